package segment

import (
	"fmt"
	"iter"
	"math/bits"
)

// MaxHosts bounds the ordinals of hosts, which begin at 0. It keeps the worst posting of one line within
// one field; a site with more hosts makes several segments of a path.
const MaxHosts = 1 << 17

// Hosts is a set of hosts by their ordinals. The zero value is the empty set.
type Hosts struct{ in bitmap }

// Add puts a host into the set. It panics for an ordinal that is not below [MaxHosts].
func (h *Hosts) Add(ordinal uint32) {
	if ordinal >= MaxHosts {
		panic(fmt.Sprintf("segment: host %d: at most %d", ordinal, MaxHosts-1))
	}
	for int(ordinal/64) >= len(h.in) {
		h.in = append(h.in, 0)
	}
	h.in.add(ordinal)
}

// Has reports whether a host is in the set.
func (h Hosts) Has(ordinal uint32) bool { return h.in.has(ordinal) }

// Len is the number of hosts in the set.
func (h Hosts) Len() int { return h.in.count() }

// All yields the hosts in ascending order.
func (h Hosts) All() iter.Seq[uint32] { return h.in.all }

// bitmap is a set of small numbers.
type bitmap []uint64

func newBitmap(universe int) bitmap { return make(bitmap, (universe+63)/64) }

func (b bitmap) add(n uint32) { b[n/64] |= 1 << (n % 64) }

func (b bitmap) has(n uint32) bool { return int(n/64) < len(b) && b[n/64]&(1<<(n%64)) != 0 }

func (b bitmap) count() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

func (b bitmap) all(yield func(uint32) bool) {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			if !yield(uint32(i*64 + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}

// and keeps what is in other too; or adds what is in other. Both are of one universe.
func (b bitmap) and(other bitmap) {
	for i := range b {
		b[i] &= other[i]
	}
}

func (b bitmap) or(other bitmap) {
	for i := range b {
		b[i] |= other[i]
	}
}
