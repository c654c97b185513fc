package trigram

// Set is the distinct trigrams of a text. It takes 2 MiB, a bit for each there can be, and is cleared
// in a time that goes by what is in it.
type Set struct {
	seen   []uint64
	all    []Trigram
	folded []byte
}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{seen: make([]uint64, 1<<24/64)} }

// Add adds the trigrams of text, which it folds first. Those that reach over a line end are left out.
func (s *Set) Add(text []byte) {
	s.folded = AppendFold(s.folded[:0], text)
	var t Trigram
	length := 0 // of the line so far
	for _, c := range s.folded {
		if c == '\n' {
			length = 0
			continue
		}
		t = t<<8&0xffff00 | Trigram(c)
		if length++; length >= 3 && !s.Has(t) {
			s.seen[t/64] |= 1 << (t % 64)
			s.all = append(s.all, t)
		}
	}
}

// Has reports whether t is in the set.
func (s *Set) Has(t Trigram) bool { return s.seen[t/64]&(1<<(t%64)) != 0 }

// All returns the trigrams in the order in which they came. It is valid until the next call of Add or
// Clear.
func (s *Set) All() []Trigram { return s.all }

// Clear empties the set.
func (s *Set) Clear() {
	for _, t := range s.all {
		s.seen[t/64] = 0
	}
	s.all = s.all[:0]
}
