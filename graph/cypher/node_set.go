package cypher

// nodeSet is a set of nodes: a bit for every id below a limit.
type nodeSet struct {
	words   []uint64
	touched []uint32 // indexes of the words that are not zero
}

// clear empties the set and makes room for ids below limit.
func (s *nodeSet) clear(limit NodeID) {
	if words := int(limit)/64 + 1; words > len(s.words) {
		s.words = make([]uint64, words)
	} else {
		for _, i := range s.touched {
			s.words[i] = 0
		}
	}
	s.touched = s.touched[:0]
}

func (s *nodeSet) has(n NodeID) bool { return s.words[n/64]>>(n%64)&1 == 1 }

// add reports whether the node was not there yet.
func (s *nodeSet) add(n NodeID) bool {
	word, bit := &s.words[n/64], uint64(1)<<(n%64)
	if *word&bit != 0 {
		return false
	}
	if *word == 0 {
		s.touched = append(s.touched, uint32(n/64))
	}
	*word |= bit
	return true
}
