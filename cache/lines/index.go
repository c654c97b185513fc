package lines

import (
	"bytes"
	"hash/maphash"
	"math/bits"
)

// index finds lines of a base: a hash table of those that are not there before, as numbers from 1.
type index struct {
	*Base
	seed   maphash.Seed
	places []uint32 // a power of two, at most half of them taken; 0 is none
}

func newIndex(b *Base) index {
	x := index{Base: b, seed: maphash.MakeSeed(), places: make([]uint32, 1<<bits.Len(uint(2*b.count())))}
	for n := range b.count() {
		if at := x.place(b.Line(n)); x.places[at] == 0 {
			x.places[at] = uint32(n + 1)
		}
	}
	return x
}

// place is where a line is, or would be.
func (x index) place(line []byte) int {
	mask := uint64(len(x.places) - 1)
	at := maphash.Bytes(x.seed, line) & mask
	for x.places[at] != 0 && !bytes.Equal(x.Line(int(x.places[at]-1)), line) {
		at = (at + 1) & mask
	}
	return int(at)
}

// find returns the lines of the base that text begins with: those from next on, or else those from the
// first that is equal.
func (x index) find(text []byte, next int) (first, count int) {
	if count := x.common(text, next); count > 0 {
		return next, count
	}
	found := x.places[x.place(text[:lineLen(text)])]
	if found == 0 {
		return next, 0
	}
	first = int(found - 1)
	return first, x.common(text, first)
}

// common counts the lines of the base from first on with which text begins.
func (x index) common(text []byte, first int) (count int) {
	for first+count < x.count() {
		line := x.Line(first + count)
		if !bytes.HasPrefix(text, line) {
			break
		}
		text = text[len(line):]
		count++
	}
	return count
}
