package segment

import (
	"bytes"
	"hash/maphash"
)

const (
	// Lines are kept in chunks and records in pages, which never move.
	chunkBytes  = 1 << 20
	pageRecords = 1 << 14
	// What a distinct line takes beside its text: a record, and up to 8/3 slots of 8 bytes.
	recordBytes = 32 + 22
	runsBytes   = 48
)

// table gathers the distinct lines of contents and who has them.
//
//	slots ──▶ records ──▶ chunks   the text
//	(hash)          └───▶ older    hosts before the newest, for lines that two or more have
//
// Hosts have numbers in the order in which they came, so that those of a line ascend.
type table struct {
	seed    maphash.Seed
	slots   []slot // a power of two of them, at most 3/4 in use
	pages   [][]record
	lines   int // records in use
	chunks  [][]byte
	filling int // the chunk that is being filled
	older   []runs
	heap    int               // bytes of closed runs
	hosts   []uint32          // ordinals by number
	anchors map[uint64]uint64 // ranks of lines that were seen elsewhere, by hash
	pending []*record         // new lines of a content between two that have ranks
}

// slot is empty or names a record; hash is the upper half of its line's.
type slot struct {
	hash   uint32
	record uint32 // number + 1
}

// record is a distinct line.
type record struct {
	rank  uint64
	at    uint32 // of the text: chunk, and offset in it
	size  uint32
	host  uint32 // number of the newest host that has it
	times uint32 // how often that one has it
	older uint32 // number + 1
}

func newTable(anchors map[uint64]uint64) *table {
	return &table{seed: maphash.MakeSeed(), slots: make([]slot, 1<<12), anchors: anchors}
}

// clear forgets all lines and keeps the memory.
func (t *table) clear() {
	clear(t.slots)
	clear(t.older)
	t.older, t.hosts = t.older[:0], t.hosts[:0]
	for i := range t.chunks {
		t.chunks[i] = t.chunks[i][:0]
	}
	t.lines, t.filling, t.heap = 0, 0, 0
}

// bytes is what the lines take.
func (t *table) bytes() int {
	return (t.filling+1)*chunkBytes + t.lines*recordBytes + len(t.older)*runsBytes + t.heap
}

func (t *table) record(n uint32) *record { return &t.pages[n/pageRecords][n%pageRecords] }

func (t *table) text(r *record) []byte {
	offset := r.at % chunkBytes
	return t.chunks[r.at/chunkBytes][offset : offset+r.size]
}

// add takes in the content of a host that has not been added.
func (t *table) add(ordinal uint32, content []byte) {
	host := uint32(len(t.hosts))
	t.hosts = append(t.hosts, ordinal)
	rank := uint64(0) // of the last line that has one
	for len(content) > 0 {
		var line []byte
		line, content = cutLine(content)
		r, isNew := t.find(line)
		if !isNew && r.host == host {
			r.times++ // its place is where it was first
			continue
		}
		known := !isNew
		if isNew {
			r.rank, known = t.anchored(line)
		} else {
			t.pushOlder(r)
		}
		r.host, r.times = host, 1
		if !known {
			t.pending = append(t.pending, r)
			continue
		}
		between(t.pending, rank, r.rank)
		rank, t.pending = r.rank, t.pending[:0]
	}
	after(t.pending, rank)
	t.pending = t.pending[:0]
}

func (t *table) pushOlder(r *record) {
	if r.older == 0 {
		t.older = append(t.older, runs{})
		r.older = uint32(len(t.older))
	}
	t.heap += t.older[r.older-1].add(r.host, r.times)
}

// find returns the record of line, a new one if need be.
func (t *table) find(line []byte) (r *record, isNew bool) {
	hash := maphash.Bytes(t.seed, line)
	tag, last := uint32(hash>>32), uint64(len(t.slots)-1)
	i := hash & last
	for ; t.slots[i].record != 0; i = (i + 1) & last {
		if t.slots[i].hash == tag {
			if r := t.record(t.slots[i].record - 1); bytes.Equal(t.text(r), line) {
				return r, false
			}
		}
	}
	if t.lines/pageRecords == len(t.pages) {
		t.pages = append(t.pages, make([]record, pageRecords))
	}
	r = t.record(uint32(t.lines))
	*r = record{at: t.keep(line), size: uint32(len(line))}
	t.lines++
	t.slots[i] = slot{hash: tag, record: uint32(t.lines)}
	if t.lines > len(t.slots)/4*3 {
		t.grow()
	}
	return r, true
}

// keep copies a line into a chunk that has room for it, and returns where it is.
func (t *table) keep(line []byte) uint32 {
	if t.filling < len(t.chunks) && chunkBytes-len(t.chunks[t.filling]) < len(line) {
		t.filling++
	}
	if t.filling == len(t.chunks) {
		t.chunks = append(t.chunks, make([]byte, 0, chunkBytes))
	}
	chunk := t.chunks[t.filling]
	t.chunks[t.filling] = append(chunk, line...)
	return uint32(t.filling*chunkBytes + len(chunk))
}

// grow doubles the slots.
func (t *table) grow() {
	t.slots = make([]slot, 2*len(t.slots))
	last := uint64(len(t.slots) - 1)
	for n := range uint32(t.lines) {
		hash := maphash.Bytes(t.seed, t.text(t.record(n)))
		i := hash & last
		for t.slots[i].record != 0 {
			i = (i + 1) & last
		}
		t.slots[i] = slot{hash: uint32(hash >> 32), record: n + 1}
	}
}

// anchored returns the rank that a line has elsewhere.
func (t *table) anchored(line []byte) (rank uint64, ok bool) {
	if len(t.anchors) == 0 {
		return 0, false
	}
	rank, ok = t.anchors[lineHash(line)]
	return rank, ok
}

// holders appends those of a line, by number.
func (t *table) holders(dst []Holder, r *record) []Holder {
	if r.older > 0 {
		for host, times := range t.older[r.older-1].all {
			dst = append(dst, Holder{Host: host, Times: times})
		}
	}
	return append(dst, Holder{Host: r.host, Times: r.times})
}
