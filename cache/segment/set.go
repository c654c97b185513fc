package segment

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// The kinds of a set, in the two low bits of its head.
const (
	kindFew    = 0 // gaps between its numbers
	kindAllBut = 1 // gaps between the numbers that are not in it
	kindBitmap = 2 // a bit for each number of the universe
	kindSame   = 3 // the set before this one
)

// set is a set of numbers below universe, as stored. It has been checked.
type set struct {
	kind     byte
	universe int
	size     int
	body     []byte
}

// appendSet stores members, which ascend, in the way that takes least. Prev is the set stored before
// this one, or empty.
func appendSet(dst []byte, universe int, members, prev []uint32) []byte {
	if len(prev) > 0 && slices.Equal(members, prev) {
		return append(dst, kindSame)
	}
	start := len(dst)
	if len(members) <= universe/2 {
		dst = binary.AppendUvarint(dst, uint64(len(members))<<2|kindFew)
		next := uint32(0)
		for _, m := range members {
			dst = binary.AppendUvarint(dst, uint64(m-next))
			next = m + 1
		}
	} else {
		dst = appendMissing(dst, universe, members)
	}
	if size := (universe + 7) / 8; len(dst)-start > 1+size {
		dst = append(dst[:start], kindBitmap)
		dst = append(dst, make([]byte, size)...)
		for _, m := range members {
			dst[start+1+int(m/8)] |= 1 << (m % 8)
		}
	}
	return dst
}

func appendMissing(dst []byte, universe int, members []uint32) []byte {
	dst = binary.AppendUvarint(dst, uint64(universe-len(members))<<2|kindAllBut)
	gap, m := 0, 0
	for n := range uint32(universe) {
		if m < len(members) && members[m] == n {
			m++
			gap++
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(gap))
		gap = 0
	}
	return dst
}

// set reads a set and checks it. Prev is the set before it, or the zero set.
func (in *input) set(universe int, prev set) set {
	head := in.uvarint(uint64(universe)<<2 | 3)
	s := set{kind: byte(head & 3), universe: universe}
	count := int(head >> 2)
	switch s.kind {
	case kindSame:
		if prev.universe != universe || count != 0 {
			in.fail()
		}
		return prev
	case kindBitmap:
		s.body = in.take((universe + 7) / 8)
		for _, b := range s.body {
			s.size += bits.OnesCount8(b)
		}
		if spare := universe % 8; count != 0 || spare > 0 && len(s.body) > 0 && s.body[len(s.body)-1]>>spare != 0 {
			in.fail()
		}
		return s
	}
	body := in.b
	next := uint64(0)
	for range count {
		if next += in.uvarint(uint64(universe)) + 1; next > uint64(universe) || in.bad {
			in.fail()
			return s
		}
	}
	s.body = body[:len(body)-len(in.b)]
	if s.size = count; s.kind == kindAllBut {
		s.size = universe - count
	}
	return s
}

// listed yields the numbers in gaps.
func (s set) listed(yield func(uint32) bool) {
	in := input{b: s.body}
	for next := uint32(0); len(in.b) > 0; next++ {
		next += uint32(in.uvarint(uint64(s.universe)))
		if !yield(next) {
			return
		}
	}
}

// all yields the numbers in ascending order.
func (s set) all(yield func(uint32) bool) {
	switch s.kind {
	case kindFew:
		s.listed(yield)
	case kindBitmap:
		for i, b := range s.body {
			for ; b != 0; b &= b - 1 {
				if !yield(uint32(i*8 + bits.TrailingZeros8(b))) {
					return
				}
			}
		}
	case kindAllBut:
		next := uint32(0)
		for missing := range s.listed {
			for ; next < missing; next++ {
				if !yield(next) {
					return
				}
			}
			next++
		}
		for ; next < uint32(s.universe); next++ {
			if !yield(next) {
				return
			}
		}
	}
}

// bitmap returns the set as one.
func (s set) bitmap() bitmap {
	b := newBitmap(s.universe)
	for n := range s.all {
		b.add(n)
	}
	return b
}

// mask is a set of numbers that don't count. The zero mask is empty.
type mask struct {
	in bitmap // of the universe, or nil
	n  int    // how many are in it
}

// sizeWithout is the number of those that are not masked. It doesn't write the set out.
func (s set) sizeWithout(m mask) int {
	if m.n == 0 {
		return s.size
	}
	clear := 0
	switch s.kind {
	case kindBitmap:
		for i, b := range s.body {
			clear += bits.OnesCount8(b &^ byte(m.in[i/8]>>(i%8*8)))
		}
		return clear
	default:
		for n := range s.listed {
			if !m.in.has(n) {
				clear++
			}
		}
	}
	if s.kind == kindAllBut {
		return s.universe - m.n - clear
	}
	return clear
}
