package segment

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// key is 8 bytes of a line, from where those that are sorted together begin to differ. Lines have no
// zero bytes, so that zeros behind the end of one put it before those that go on.
type key struct {
	bytes  uint64
	record uint32
}

// sorted returns the numbers of all records in the order of their lines.
func (t *table) sorted() []uint32 {
	keys := make([]key, t.lines)
	for n := range keys {
		keys[n].record = uint32(n)
	}
	t.sort(keys, 0)
	order := make([]uint32, len(keys))
	for i, k := range keys {
		order[i] = k.record
	}
	return order
}

// sort sorts lines whose first depth bytes are equal: by the next 8 bytes, then each group of those that
// are equal in these too by what follows. Text is looked at once for 8 bytes, not for each comparison.
func (t *table) sort(keys []key, depth int) {
	for len(keys) > 1 {
		for i := range keys {
			keys[i].bytes = keyAt(t.text(t.record(keys[i].record)), depth)
		}
		slices.SortFunc(keys, func(a, b key) int { return cmp.Compare(a.bytes, b.bytes) })
		depth += 8
		largest := t.sortGroups(keys, depth)
		keys = largest
	}
}

// sortGroups sorts all groups of equal keys but the largest, which it returns, so that the depth of
// recursion is bounded by the logarithm of their number and not by the length of a line.
func (t *table) sortGroups(keys []key, depth int) (largest []key) {
	for len(keys) > 0 {
		end := 1
		for end < len(keys) && keys[end].bytes == keys[0].bytes {
			end++
		}
		group := keys[:end]
		if len(group) > len(largest) {
			group, largest = largest, group
		}
		t.sort(group, depth)
		keys = keys[end:]
	}
	return largest
}

// keyAt returns the 8 bytes of line from depth on, as a number that orders like them.
func keyAt(line []byte, depth int) uint64 {
	rest := line[min(depth, len(line)):]
	if len(rest) >= 8 {
		return binary.BigEndian.Uint64(rest)
	}
	var padded [8]byte
	copy(padded[:], rest)
	return binary.BigEndian.Uint64(padded[:])
}
