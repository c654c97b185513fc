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
	// is. Its length is a power of 2, at most 3/4 of it is full, and it does not shrink. At 5 to 11 bytes
	// a text it takes a sixth of a map, which keeps the strings' headers besides.
	table []uint32
}

// use returns the number of s, which counts one user more. Numbers begin at 1.
func (t *texts) use(s string, batch uint64) uint32 {
	if id := t.find(s); id != 0 {
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
	s = strings.Clone(s) // it may be a part of something longer
	t.users[id] = 1
	t.values.set(id, s, batch)
	t.enter(id)
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
	return t.table[t.place(s)]
}

// home is where the table has s if nothing else is there.
func (t *texts) home(s string) int { return int(maphash.String(t.seed, s)) & (len(t.table) - 1) }

// place is where the table has s or, if it has not, room for it.
func (t *texts) place(s string) int {
	for at := t.home(s); ; at = t.behind(at) {
		if id := t.table[at]; id == 0 || t.text(id) == s {
			return at
		}
	}
}

func (t *texts) behind(at int) int { return (at + 1) & (len(t.table) - 1) }

// enter puts a new text into the table. When that is full, every text moves to one of twice its length:
// at two million texts a batch takes 0.4 s longer for it, once.
func (t *texts) enter(id uint32) {
	if inUse := len(t.users) - len(t.free); inUse > len(t.table)*3/4 {
		old := t.table
		t.table = make([]uint32, max(minTable, 2*len(old)))
		for _, id := range old {
			if id != 0 {
				t.table[t.place(t.text(id))] = id
			}
		}
	}
	t.table[t.place(t.text(id))] = id
}

// leave takes a text out of the table. Of those behind it, the ones that the hole would part from their
// home move up.
func (t *texts) leave(id uint32) {
	hole := t.place(t.text(id))
	for at := t.behind(hole); t.table[at] != 0; at = t.behind(at) {
		fromHome, fromHole := at-t.home(t.text(t.table[at])), at-hole
		if mask := len(t.table) - 1; fromHome&mask >= fromHole&mask {
			t.table[hole], hole = t.table[at], at
		}
	}
	t.table[hole] = 0
}
