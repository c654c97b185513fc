// Package boltfile opens bbolt files that may be damaged.
//
// bbolt maps its file into memory and trusts it. A page that points to itself makes it loop, one that
// points beyond the file makes it fault, a free list that names a page in use makes it overwrite data
// later, and with its newest meta page unreadable it goes back to the one before, which is an older
// state. So before bbolt sees the file, [Open] locks it and walks it with plain reads:
//
//	page 0, 1  meta: both intact, one transaction apart; the newer one names
//	           ├─ root page ─▶ buckets ─▶ branch and leaf pages: keys ascend, elements lie in their page
//	           └─ free list ─▶ page ids
//	pages 2 to high water - 1: each in exactly one bucket or on the free list, none missing
//
// What passes can be read and written by bbolt without harm. Whether its keys and values are those that
// were written is not known: whoever keeps data in the file sums it up, as package graph/embedded does.
//
// A meta page is 80 bytes and thus within one sector of a disk: an interrupted write leaves the old or
// the new one, and a torn one is damage.
//
// The layout is that of bbolt's format version 2 on little-endian machines; on others Open refuses
// every file as of another format.
package boltfile
