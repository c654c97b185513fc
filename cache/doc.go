// Package cache keeps a snapshot of chosen files, command outputs and discovery documents of every
// host of a site in Redis, and searches them without asking the hosts.
//
//	nanoprobe ──Put, Delete, Seen──▶ Redis × 1..n   every host writes to every server of its site;
//	                                     │          servers know nothing of each other
//	assim ◀──Search, List, Get───────────┘          one server of each site is read, the next if it fails
//
// The cache is a projection of what is on the hosts: it can be lost and is refilled. [Client.Seen]
// says when that is needed. [LocalServer] stands in for Redis where there is none.
//
// # Layout
//
// Names in capitals stand for values. All numbers are decimal text.
//
//	HOST#PATH    HASH  the row of what HOST has at PATH; HOST has no '#', so the first one ends it
//	idx#PATH     ZSET  HOST, scored with the number of the write that brought the row's content
//	paths        SET   PATH, those that have an index
//	hosts        ZSET  HOST, scored with when it was last seen
//	ids          HASH  HOST to the id of the host that owns this name
//	writes       INCR  the number of the last write; it orders writes, whatever hosts' clocks do
//	born         SET   when the server was first written to
//
// HOST has at most 255 bytes of UTF-8 without control characters, '#', '*', '?' and '[', and is none
// of idx, dict, pack and tri, with which keys of other kinds begin. PATH has at most 4,096 bytes of
// UTF-8 without control characters: the absolute path of a file, or "@" and the name of a document or
// a command. Times in hosts and born are Unix milliseconds by the server's clock, which is the only
// one that is compared with another time.
//
// The fields of a row:
//
//	c        the content as enc says
//	enc      "" as it is; "zstd" one zstd frame without a dictionary, for content from 1 KiB on that
//	         gets smaller; more is to come here, and a reader that doesn't know one says so
//	sha256   of the content, hex; readers check it
//	md5      of the content, hex, for people
//	wc       lines, words and bytes of the content, as wc prints them
//	stat     one line about the file: mode, owner, size, modification time
//	changed  when the content changed, by the host's clock: 2026-01-02T03:04:05.006Z, or ""
//	notice   why there is no content (too large, unreadable), or ""
//	id       id of the host; a row whose id is not the one in ids is a former host's and doesn't count
//	boot     orders the host's starts
//	seq      orders the snapshots of one start
//	write    number of the write that brought the content
//
// All else in a row is plain text, so redis-cli is enough to read one:
//
//	$ redis-cli SMEMBERS paths
//	1) "/etc/motd"
//	2) "@sysctl"
//	$ redis-cli ZRANGE idx#/etc/motd 0 -1
//	1) "web1"
//	$ redis-cli HMGET web1#/etc/motd c wc changed
//	1) "hello\n"
//	2) "1 1 6"
//	3) "2026-01-02T03:04:05.006Z"
//	$ redis-cli --raw HGET web1#@sysctl c | head -c -1 | zstd -dc | head -1
//	abi.vsyscall32 = 1
//
// A row is written by one script with its index entry, and expires 7 days after it was last Put.
// Index entries of expired rows stay until [Client.Prune]; readers pass over them.
//
// In Redis 7.0 on 64 bits a row takes 640 bytes and its content up to 64 bytes of it, and 1,280 bytes
// and its content as stored beyond, where Redis no longer packs the hash into one piece; key and index
// entry are in that. The 54 kB of a host's "sysctl -a" take 12 kB.
//
// # Trust
//
// What is read is taken as anyone's word: names that could not have been written are passed over, a
// content is limited to 16 MiB before and after decompression and must have the hash its row says,
// and a row that doesn't is in [Summary.Damaged], not in the answer. Only the length of c is asked
// for before it is fetched: a host that makes another field of its row huge costs a reader memory.
// The hash protects from damage, not from forgery: whoever may write a row may write its hash. The
// user of a reader needs the right to read and PING and TIME, no more.
//
// Commands are limited to those of Redis 6.2. KEYS and SCAN are not used.
package cache
