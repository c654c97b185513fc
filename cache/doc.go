// Package cache keeps a snapshot of chosen files, command outputs and discovery documents of every
// host of a site in Redis, and searches them without asking the hosts.
//
//	nanoprobe ──Put, Delete, Seen──▶ Redis × 1..n ◀──▶ Indexer   every host writes to every server of its
//	                                     │           one a server  site; servers know nothing of each other
//	assim ◀──Search, Scan, List, Get─────┘                       one server of each site is read, the next
//	                                                             if it fails
//
// The cache is a projection of what is on the hosts: it can be lost and is refilled. [Client.Seen]
// says when that is needed. [LocalServer] stands in for Redis where there is none. An [Indexer] makes
// searches faster and rows smaller; without one everything works.
//
// # Layout
//
// Names in capitals stand for values. All numbers are decimal text.
//
//	HOST#PATH        HASH    the row of what HOST has at PATH; HOST has no '#', so the first one ends it
//	idx#PATH         ZSET    HOST, scored with the number of the write that brought the row's content
//	due#PATH         ZSET    HOST, scored with when the row expires unless it is renewed
//	paths            SET     PATH, those that have an index
//	hosts            ZSET    HOST, scored with when it was last seen
//	ids              HASH    HOST to the id of the host that owns this name; "imported:" gives way, see Client.Import
//	moved            ZSET    HOST, scored with the number of the write when another id took the name
//	writes           STRING  the number of the last write; it orders changes, whatever hosts' clocks do
//	born             STRING  when the server was first written to
//	dict#NAME        STRING  a zstd dictionary: raw content, whose id is 0. NAME is 16 hex digits of its sha256
//	dicts            HASH    PATH to the NAME of the dictionary to pack contents with from now on
//	segments         HASH    PATH to a pointer, see below; those that are indexed
//	pack#PATH#GEN    HASH    lines of a segment and who has them, as package segment describes; hosts; and
//	                         made, when it was swapped in, Unix seconds by the server's clock
//	tri#PATH#GEN     HASH    its index
//	gone#PATH        ZSET    HOST, scored with the number of the write that took its row away
//	indexer          STRING  the token of the indexer at work, random text, and behind a blank its name; it
//	                         expires after 30 s without it
//
// HOST has at most 255 bytes of UTF-8 without control characters, '#', '*', '?' and '[', and is none
// of idx, due, gone, dict, pack and tri, with which keys of other kinds begin. PATH has at most 4,096
// bytes of UTF-8 without control characters: the absolute path of a file, or "@" and the name of a
// document or a command. Times in hosts, due and born are Unix milliseconds by the server's clock, which
// is the only one that is compared with another time.
//
// The fields of a row:
//
//	c        the content as enc says
//	enc      "" as it is; for content from 1 KiB on that gets smaller, "zstd" one zstd frame,
//	         "zstd:NAME" one that needs the dictionary of that name, or "lines:NAME" one of what differs
//	         from that dictionary by lines, see package lines. A reader that doesn't know one says so
//	crc      CRC-32C of enc and c, one after the other, 8 hex digits; a search checks it
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
//	$ redis-cli --raw HGET dicts @packages
//	2fba61d93c6bbb72
//	$ redis-cli --raw GET dict#2fba61d93c6bbb72 | head -c -1 >dict
//	$ redis-cli --raw HGET web1#@packages c | head -c -1 | zstd -dc -D dict
//
// Of "lines:NAME" zstd gives what differs only. [Get] puts it together, and so does
//
//	$ assim search --search web1#@sysctl --contents
//
// A row is written by one script with its index entries, and expires 7 days after it was last Put.
// Index entries of expired rows stay until [Client.Prune]; readers pass over them. A write, a row taken
// away, and a name that changes hands have a number each.
//
// In Redis 7.0 on 64 bits a row takes 800 bytes and its content up to 64 bytes of it, and 1,450 bytes
// and its content as stored beyond, where Redis no longer packs the hash into one piece; key and index
// entries are in that. Where the server is configured with "hash-max-listpack-value 4096" it still does,
// and rows of up to 4 KiB as stored take 815 bytes and their content.
//
// # Audit
//
// Each server that a search, a scan or a list reads is told so on the channel assim-audit, as JSON of
// at most 4 KiB, see [Audit]: who asked for what, and what it cost.
//
//	$ redis-cli SUBSCRIBE assim-audit
//	{"user":"eve","uid":"1001","host":"desk7","dir":"/home/eve","tool":"assim search","time":"2026-01-02T03:04:05.006Z",
//	 "kind":"search","query":{"pattern":"^eve:","paths":["/etc/passwd"]},"site":"east","server":"10.0.0.1:6379",
//	 "keys":24247,"bytes":9700123,"hits":17,"took_ms":240}
//
// A server that can't tell it answers all the same. Who asks is the asker's own word, and whoever reads
// with another program tells nobody. [Get] and [Known] are not told of: who has a name has searched.
//
// # Dictionaries
//
// The indexer trains a dictionary for each path that 4 hosts or more have, and another when it packs
// better by a fifth. A writer is told which one to use when it has something to send. Dictionaries don't
// change; one expires after twice the life of the rows, which begins anew with each row that names it. A
// writer that has one which the server lacks sends it with the row, in one script.
//
// A dictionary is used in two ways. Of a content of which it has many lines, the runs of these are stored
// and the few lines that differ, and a search looks through the dictionary once for all such rows; other
// contents are packed by zstd with it. Of writers that know one way only, and of both, rows are read alike.
//
// # Segments
//
// The pointer of a path is "1" and for each of its segments a number and GEN: "1 8191:GEN 8207:GEN". The
// base comes first, then small ones of hosts that changed since. Of a host that several know, the last is
// right. Together they know all writes up to the last number; and so
//
//	what a host has =  its row      if it is in idx, gone or moved with a higher number, or due
//	                   its row      if the segment's hosts say that it is not fit for a segment
//	                   the segment  otherwise
//
// Hosts have ordinals that are the same in all segments of a path; hosts is a field of pack#PATH#GEN that
// names them (version, CRC-32C, and a zstd frame of names, states and times of change). A pointer is
// swapped at once, by the holder of the lease. Segments without a pointer expire: those that it left after
// a minute, those that it never had after ten. A path that is being indexed for the first time has the
// pointer "1": gone is kept for paths with a pointer only. A "0" before a pointer says that gone had more
// than 131,072 entries and was dropped: the segments are not to be used.
//
// Where anything is wrong with segments the rows are read, and [Summary.Doubts] says so.
//
// # Trust
//
// What is read is taken as anyone's word: names that could not have been written are passed over, a
// content is limited to 16 MiB before and after decompression and must have the hash its row says, or
// in a search be as stored, by crc; a row that doesn't is read from another server of the
// site, or is in [Summary.Damaged] and not in the answer. Only the length of c is asked for before it
// is fetched: a host that makes another field of its row huge costs a reader memory, and so does an
// indexer with a field of a segment. The hash protects from damage, not from forgery: whoever may
// write a row may write its hash.
//
// # Servers
//
// Commands are limited to those of Redis 6.2; KEYS and SCAN are not used. docs/operations.md has the
// rights that a writer, an indexer and a reader need: a reader changes nothing, and PUBLISHes on
// assim-audit for its searches to be told of. A server whose memory is full takes no new content
// ([ErrFull]) and stays usable otherwise: what it holds is read, renewed, and deleted. Package sites says
// where servers are; [Inspect] says how one is, and [SiteTimes] what writing to it takes the hosts, which
// keep that at [TimesPath].
package cache
