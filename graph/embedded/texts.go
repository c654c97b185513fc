package embedded

import (
	"hash/maphash"
	"strings"
)

// minTable is the length of the first table of texts.
const minTable = 64

// texts keeps strings once each, by number, as long as somebody uses them.
type texts struct {
	values column[any] // string, boxed: what a query reads costs no allocation

	// What follows is the writer's.
	users []uint32 // by number
	free  []uint32
	seed  maphash.Seed
	// table has the numbers of all texts, at their hash or, where others are, behind it; 0 where nothing
	// is. Its length is a power of 2, at most 3/4 of it is full, and it does not shrink. With its tags it
	// takes 7 to 13 bytes a text, a fifth of a map, which keeps the strings' headers besides.
	table []uint32
	// tags are other bits of the hashes of what is in table, never 0, and 0 where nothing is. To look at
	// a text in vain is to wait for memory four times; of 128 texts in the way, 127 are told apart here.
	tags []uint8
}

// use returns the number of s, which counts one user more. Numbers begin at 1.
func (t *texts) use(s string, batch uint64) uint32 {
	t.reserve(1)
	hash := maphash.String(t.seed, s)
	at := t.place(s, hash)
	if id := t.table[at]; id != 0 {
		t.users[id]++
		return id
	}
	var id uint32
	if last := len(t.free) - 1; last >= 0 {
		id, t.free = t.free[last], t.free[:last]
	} else {
		id = uint32(max(1, len(t.users)))
		t.users = append(t.users, make([]uint32, int(id)+1-len(t.users))...)
	}
	t.users[id] = 1
	t.values.set(id, strings.Clone(s), batch) // s may be a part of something longer
	t.table[at], t.tags[at] = id, tag(hash)
	return id
}

// drop counts one user less.
func (t *texts) drop(id uint32, batch uint64) {
	if t.users[id]--; t.users[id] > 0 {
		return
	}
	t.leave(id)
	t.values.set(id, nil, batch)
	t.free = append(t.free, id)
}

// text returns what has a number.
func (t *texts) text(id uint32) string { return t.values.get(id).(string) }

// find returns the number of s, 0 if it has none.
func (t *texts) find(s string) uint32 {
	if len(t.table) == 0 {
		return 0
	}
	return t.table[t.place(s, maphash.String(t.seed, s))]
}

// home is where the table has what has this hash, if nothing else is there.
func (t *texts) home(hash uint64) int { return int(hash) & (len(t.table) - 1) }

// tag is what home does not use of a hash: the table has less than 2^33 places.
func tag(hash uint64) uint8 { return uint8(hash>>56) | 0x80 }

// place is where the table has s, of this hash, or, if it has not, room for it.
func (t *texts) place(s string, hash uint64) int {
	for at := t.home(hash); ; at = t.behind(at) {
		if t.tags[at] == 0 || t.tags[at] == tag(hash) && t.text(t.table[at]) == s {
			return at
		}
	}
}

func (t *texts) behind(at int) int { return (at + 1) & (len(t.table) - 1) }

// reserve makes room in the table for more texts. When it is full, every text moves to one of twice its
// length: at two million texts a batch takes 0.4 s longer for it, once.
func (t *texts) reserve(more int) {
	length := max(minTable, len(t.table))
	for len(t.users)-len(t.free)+more > length*3/4 {
		length *= 2
	}
	if length == len(t.table) {
		return
	}
	old := t.table
	t.table, t.tags = make([]uint32, length), make([]uint8, length)
	for _, id := range old {
		if id != 0 {
			hash := maphash.String(t.seed, t.text(id))
			at := t.place(t.text(id), hash)
			t.table[at], t.tags[at] = id, tag(hash)
		}
	}
}

// leave takes a text out of the table. Of those behind it, the ones that the hole would part from their
// home move up.
func (t *texts) leave(id uint32) {
	hole := t.place(t.text(id), maphash.String(t.seed, t.text(id)))
	for at := t.behind(hole); t.table[at] != 0; at = t.behind(at) {
		home := t.home(maphash.String(t.seed, t.text(t.table[at])))
		if mask := len(t.table) - 1; (at-home)&mask >= (at-hole)&mask {
			t.table[hole], t.tags[hole] = t.table[at], t.tags[at]
			hole = at
		}
	}
	t.table[hole], t.tags[hole] = 0, 0
}
