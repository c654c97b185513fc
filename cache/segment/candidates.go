package segment

import (
	"context"
	"slices"
	"sort"

	"github.com/assim-mesh/assim/cache/trigram"
)

// candidates returns the blocks that can have a line which satisfies q, in order.
func (s *Segment) candidates(ctx context.Context, q trigram.Query) ([]uint32, error) {
	if q.Any() {
		all := make([]uint32, s.stats.Blocks)
		for i := range all {
			all[i] = uint32(i)
		}
		return all, nil
	}
	found, err := s.trigrams(ctx, q.Trigrams())
	if err != nil {
		return nil, err
	}
	blocks := s.satisfying(q, found)
	blocks.or(s.left.bitmap())
	return slices.Collect(blocks.all), nil
}

// satisfying returns the blocks that have what q asks for.
func (s *Segment) satisfying(q trigram.Query, found map[trigram.Trigram]set) bitmap {
	blocks := newBitmap(s.stats.Blocks)
	for n := range uint32(s.stats.Blocks) {
		blocks.add(n)
	}
	for _, t := range q.All {
		some := newBitmap(s.stats.Blocks)
		if in, ok := found[t]; ok {
			some = in.bitmap()
		}
		blocks.and(some)
	}
	for _, group := range q.OneOf {
		some := newBitmap(s.stats.Blocks)
		for _, one := range group {
			some.or(s.satisfying(one, found))
		}
		blocks.and(some)
	}
	return blocks
}

// trigrams reads the blocks of those trigrams that the index has. They ascend.
func (s *Segment) trigrams(ctx context.Context, wanted []trigram.Trigram) (map[trigram.Trigram]set, error) {
	perField := map[int][]trigram.Trigram{}
	var fields []int
	var names []string
	for _, t := range wanted {
		field := sort.Search(len(s.firsts), func(i int) bool { return s.firsts[i] > t }) - 1
		if field < 0 {
			continue // before all that the index has
		}
		if perField[field] == nil {
			fields = append(fields, field)
			names = append(names, indexField(field))
		}
		perField[field] = append(perField[field], t)
	}
	if len(names) == 0 {
		return nil, nil
	}
	values, err := s.get.fetch(ctx, names)
	if err != nil {
		return nil, err
	}
	found := map[trigram.Trigram]set{}
	for i, field := range fields {
		raw, err := s.opener.open(names[i], values[i], nil)
		if err != nil {
			return nil, err
		}
		if !collect(found, raw, s.stats.Blocks, perField[field]) {
			return nil, damaged(names[i], "not an index")
		}
	}
	return found, nil
}

// collect adds to found those of the wanted trigrams that a field of the index has; false if it is
// damaged.
func collect(found map[trigram.Trigram]set, raw []byte, blocks int, wanted []trigram.Trigram) bool {
	in := input{b: raw}
	var t trigram.Trigram
	var blocksOf set
	for len(in.b) > 0 && len(wanted) > 0 {
		t += trigram.Trigram(in.uvarint(1<<24 - 1 - uint64(t)))
		blocksOf = in.set(blocks, blocksOf)
		for len(wanted) > 0 && wanted[0] < t {
			wanted = wanted[1:]
		}
		if len(wanted) > 0 && wanted[0] == t {
			found[t] = blocksOf
		}
	}
	return !in.bad
}
