// Package dump writes the cache into a directory tree, so that grep, diff and find answer.
//
//	cache.Scan ─ rows ─▶ DIR/SITE/HOST/etc/passwd     the file /etc/passwd
//	                     DIR/SITE/HOST/@os            the document os, or the output of a command
//	                     DIR/.assim-dump              says that DIR may be purged; locked by the dump at work
//
// A file appears at once, by renaming, and one whose content is the same is not touched. What the cache
// no longer has goes at the end, of the sites that answered for all of it: a site that is missing, has
// damaged rows, or had nothing at all keeps what it had.
//
// Names come from hosts. What is no name of a file (a host "..", a path "/a/../b", one above 255 bytes)
// is refused and counted, and nothing is written outside of DIR whatever names say and whatever symbolic
// links stand in it. A directory that is neither empty nor a dump's is not written to.
//
// Nothing is synced to the disk: after a loss of power the next dump makes good what is lacking.
package dump
