package segment

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/assim-mesh/assim/cache/trigram"
)

const (
	// maxBlockTrigrams is how many distinct trigrams a block may have and be indexed. One that has more,
	// keys in base 64 for example, would be a candidate for nearly every query, and its entries would
	// take more than half of its text.
	maxBlockTrigrams = 1 << 14
	// maxIndexBytes bounds the memory of an index that is being made. Blocks after that are not indexed.
	maxIndexBytes = 64 << 20
	// entryBytes is what a trigram takes in it beside its runs: an entry of the map and a list.
	entryBytes = 24 + runsBytes
	// indexFieldBytes is where a field of the index is cut: what a query pays for a trigram.
	indexFieldBytes = 8 << 10
)

// index gathers which blocks have a trigram.
type index struct {
	found *trigram.Set
	at    map[trigram.Trigram]uint32 // in lists
	lists []runs
	bytes int
	left  []uint32 // blocks that are not indexed
}

func newIndex() *index {
	return &index{found: trigram.NewSet(), at: map[trigram.Trigram]uint32{}}
}

// add takes in a block, whose number is above those before it.
func (x *index) add(block uint32, text []byte) {
	x.found.Clear()
	x.found.Add(text)
	if len(x.found.All()) > maxBlockTrigrams || x.bytes > maxIndexBytes {
		x.left = append(x.left, block)
		return
	}
	for _, t := range x.found.All() {
		at, ok := x.at[t]
		if !ok {
			at = uint32(len(x.lists))
			x.at[t] = at
			x.lists = append(x.lists, runs{})
			x.bytes += entryBytes
		}
		x.bytes += x.lists[at].add(block, 1)
	}
}

// write calls put with the fields of the index, whose trigrams ascend, and returns the first trigram of
// each.
func (x *index) write(blocks int, put func(field string, raw []byte) error) (firsts []trigram.Trigram, err error) {
	var raw []byte
	var members, prev []uint32
	var last trigram.Trigram
	flush := func() error {
		if len(raw) == 0 {
			return nil
		}
		err := put(indexField(len(firsts)-1), raw)
		raw, prev, last = raw[:0], prev[:0], 0
		return err
	}
	for _, t := range slices.Sorted(maps.Keys(x.at)) {
		if len(raw) == 0 {
			firsts = append(firsts, t)
		}
		raw = binary.AppendUvarint(raw, uint64(t-last))
		last = t
		members = members[:0]
		for block := range x.lists[x.at[t]].all {
			members = append(members, block)
		}
		raw = appendSet(raw, blocks, members, prev)
		members, prev = prev, members
		if len(raw) >= indexFieldBytes {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return firsts, flush()
}
