// Package sysopsapi copies what a live cache of LinkedIn's sysops-api holds into ours.
//
//	Redis, database 1 ──SCAN──▶ keys ──▶ 4 workers: fetch, unpack, check ──Client.Import──▶ every server of a site
//
// The source has a row of a host and path as a LIST of five items, each compressed with bzip2 on its own,
// which expires 6 h after its host has pushed it:
//
//	HOST#PATH                                          0 content   3 counts of characters, lines and words
//	HOST#PATH@file_size_exceeded                       1 its md5   4 when it was pushed, seconds since 1970
//	HOST#/etc/hardware_identification.json@COMMAND     2 os.stat()
//	HOST$UUID                                          a row that is being written
//
// and it becomes
//
//	the content of PATH, with 2 as its stat and 4 as the time of its change; 3 is counted anew
//	a notice in place of the content of PATH
//	the content of @COMMAND
//	nothing
//
// What is left of a row's life says how long ago its host was heard, so that a host is stale here when it
// would have vanished there. Rows have the order of the times at which they were pushed. A host that
// writes here itself is passed over, and one that begins to takes its name over at once.
//
// An import holds no list of anything and can be repeated: what is here already is not sent again. It
// leaves the source as it is. What the source says is taken as anyone's word: a row above 10 MiB before
// or after decompression, or one whose content has another md5, is passed over, counted and named.
package sysopsapi
