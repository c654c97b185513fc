// Package segment keeps the distinct lines of one path over many hosts, with who has them, in fields that
// fit into Redis hashes, and searches them without unpacking more than a query needs.
//
//	contents ──Builder──▶ fields ──Open──▶ Segment ──Lookup──▶ lines, hosts
//	                        ▲                 │
//	                        └─────Merge───────┘ several, with the hosts that changed since masked
//
// It stores nothing itself: fields go through a [Put] and come back through a [Get]. Hosts are ordinals,
// whose names and write numbers the caller keeps. Nothing runs on when a call has returned.
//
// # Lines
//
// A line ends before "\n", or at the end of its content; one "\r" before that is not part of it. A line
// end at the end of a content begins no further line. Bytes that are not UTF-8 are kept as they are. How
// often a host has a line is kept. A content with a NUL byte, with a line of more than 64 KiB, of more than
// 64 MiB or of 2^20 lines or more is not fit: [Builder.Add] says so, and it has to be read where it is. A
// host with an empty content is covered and has no lines.
//
// The order of the lines of one host is kept as far as hosts agree: each line has one rank for all of
// them. A line gets it from the first file that it is in, between the ranks of its neighbours there. Files
// that have lines in another order than the first, or more than fit between two, come out of order there.
// Anchors carry ranks from one segment to the next.
//
// # Fields
//
// Each has at most 1 MiB, stored and unpacked:
//
//	bytes 0-3   CRC-32C of the field's name and of the bytes from 4 on, little-endian
//	byte 4      0x10 the rest is as it is; 0x11 the rest is one zstd frame. Another format, other numbers
//	bytes 5-    length unpacked, uvarint, and the rest
//
// A uvarint is as in encoding/binary. Unpacked, the fields are:
//
//	bN       text of block N from 0: about 128 KiB of lines in ascending order of bytes, each with "\n"
//	pN       postings of block N:
//	           number of lines; bytes of ranks, both uvarint
//	           for each line: its rank less that of the line before (0 before the first), zigzag, uvarint
//	           for each line: set of the hosts that have it, by position among the covered ones; times
//	tN       part of the index, cut after 8 KiB:
//	           for each trigram, ascending: less the one before (0 before the first of each part), uvarint;
//	           set of the blocks whose folded lines have it
//	anchors  the up to 4,096 lines that most hosts have, and two at least, by rank:
//	           rank less the one before, uvarint; FNV-1a of the line in 8 bytes, little-endian
//	meta     1 + the highest ordinal covered, and the set of those covered; number of distinct lines; bytes
//	         of text; number of blocks; set of the blocks that are in no index; number of fields tN and for
//	         each the first trigram, less the one before; all numbers uvarint. It is put last
//
// A set of numbers below n is a uvarint head, of which the two low bits say how it goes on. The writer
// takes what is shortest:
//
//	00  head>>2 numbers are in it: gap before each, uvarint
//	01  head>>2 numbers are not in it: gap before each, uvarint. All of n are the one byte 01
//	10  a bit for each number, lowest first, n/8 bytes rounded up
//	11  the same as the set before this one in the field
//
// Times are the uvarint 0 when each of the hosts has the line once. Otherwise how often most have it, the
// number of hosts that differ, and for each of these the gap before its position and how often; all uvarint.
//
// A trigram is in the index as package trigram folds text. A block with more than 16,384 of them, or that
// comes when the index has taken 64 MiB, is in no list and read by every query.
//
// # Trust
//
// What is read is checked: field by field against its checksum, and numbers against what they count.
// [ErrDamaged] names the field. Memory that a reader takes is bounded by the limits here, whatever is in
// the fields. The checksum protects from damage, not from forgery.
package segment
