package embedded

import (
	"iter"
	"slices"
)

// maxLeaf bounds a leaf of a wordSet at 4 kB, so that to insert a word moves 2 kB on average.
const maxLeaf = 512

// leaf is a run of ascending words, at least one. Only the batch that made it writes to it.
type leaf struct {
	batch uint64
	words []uint64
}

// wordSet is an ordered set of words, in leaves under one list. A copy of the struct is a snapshot, as
// of a column. With a hash in the upper half of a word and an id in the lower it is an index.
type wordSet struct {
	leaves []*leaf
	firsts []uint64 // of the leaves, so that a search touches one leaf
	batch  uint64   // the batch that made both lists
}

// newWordSet makes a set of ascending words.
func newWordSet(words []uint64, batch uint64) wordSet {
	s := wordSet{batch: batch}
	for part := range slices.Chunk(words, maxLeaf*3/4) { // room to grow, and not much
		s.leaves = append(s.leaves, &leaf{batch: batch, words: slices.Clone(part)})
		s.firsts = append(s.firsts, part[0])
	}
	return s
}

// leafOf returns the index of the leaf in which w is or would be; -1 if the set is empty.
func (s *wordSet) leafOf(w uint64) int {
	i, found := slices.BinarySearch(s.firsts, w)
	if found || i == 0 && len(s.firsts) > 0 {
		return i
	}
	return i - 1
}

// from yields the words from least on, ascending.
func (s *wordSet) from(least uint64) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		first := max(0, s.leafOf(least))
		for i, l := range s.leaves[min(first, len(s.leaves)):] {
			words := l.words
			if i == 0 {
				at, _ := slices.BinarySearch(words, least)
				words = words[at:]
			}
			for _, w := range words {
				if !yield(w) {
					return
				}
			}
		}
	}
}

// add puts in a word that is not there.
func (s *wordSet) add(w uint64, batch uint64) {
	i := s.leafOf(w)
	if i < 0 {
		s.own(batch)
		s.leaves, s.firsts = append(s.leaves, &leaf{batch: batch, words: []uint64{w}}), append(s.firsts, w)
		return
	}
	l := s.ownLeaf(i, batch)
	at, _ := slices.BinarySearch(l.words, w)
	l.words = slices.Insert(l.words, at, w)
	s.firsts[i] = l.words[0]
	if len(l.words) > maxLeaf {
		upper := &leaf{batch: batch, words: slices.Clone(l.words[maxLeaf/2:])}
		l.words = l.words[:maxLeaf/2]
		s.leaves = slices.Insert(s.leaves, i+1, upper)
		s.firsts = slices.Insert(s.firsts, i+1, upper.words[0])
	}
}

// remove takes out a word that is there.
func (s *wordSet) remove(w uint64, batch uint64) {
	i := s.leafOf(w)
	l := s.ownLeaf(i, batch)
	at, found := slices.BinarySearch(l.words, w)
	if !found {
		panic("embedded: a word that is not in its set")
	}
	if l.words = slices.Delete(l.words, at, at+1); len(l.words) == 0 {
		s.leaves, s.firsts = slices.Delete(s.leaves, i, i+1), slices.Delete(s.firsts, i, i+1)
		return
	}
	s.firsts[i] = l.words[0]
}

// own makes the lists those of this batch.
func (s *wordSet) own(batch uint64) {
	if s.batch != batch {
		s.leaves, s.firsts, s.batch = slices.Clone(s.leaves), slices.Clone(s.firsts), batch
	}
}

// ownLeaf makes a leaf one of this batch.
func (s *wordSet) ownLeaf(i int, batch uint64) *leaf {
	s.own(batch)
	if s.leaves[i].batch != batch {
		s.leaves[i] = &leaf{batch: batch, words: append(make([]uint64, 0, len(s.leaves[i].words)+8), s.leaves[i].words...)}
	}
	return s.leaves[i]
}
