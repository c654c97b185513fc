package embedded

import (
	"iter"
	"math/bits"

	"github.com/assim-mesh/assim/graph/cypher"
)

// idSet is a set of ids, one bit each: 125 kB for a million nodes.
type idSet struct {
	words column[uint64]
	count int
}

func (s *idSet) has(id uint32) bool { return s.words.get(id/64)>>(id%64)&1 == 1 }

// add puts in an id that is not there.
func (s *idSet) add(id uint32, batch uint64) {
	*s.words.at(id/64, batch) |= 1 << (id % 64)
	s.count++
}

// remove takes out an id that is there.
func (s *idSet) remove(id uint32, batch uint64) {
	*s.words.at(id/64, batch) &^= 1 << (id % 64)
	s.count--
}

// all yields the ids, ascending.
func (s *idSet) all() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		buf := make([]cypher.NodeID, pageLen)
		for n, cursor := s.read(0, buf); n > 0; n, cursor = s.read(cursor, buf) {
			for _, id := range buf[:n] {
				if !yield(uint32(id)) {
					return
				}
			}
		}
	}
}

// read puts the ids from cursor on into buf, ascending, and returns how many and where to go on.
func (s *idSet) read(cursor int, buf []cypher.NodeID) (n, next int) {
	for w := cursor / 64; w < len(s.words.pages)*pageLen; w++ {
		if w%pageLen == 0 && s.words.pages[w/pageLen] == nil {
			w += pageLen - 1
			continue
		}
		word := s.words.get(uint32(w))
		if w == cursor/64 {
			word &= ^uint64(0) << (cursor % 64)
		}
		for ; word != 0; word &= word - 1 {
			id := w*64 + bits.TrailingZeros64(word)
			if n == len(buf) {
				return n, id
			}
			buf[n] = cypher.NodeID(id)
			n++
		}
	}
	return n, len(s.words.pages) * pageLen * 64
}
