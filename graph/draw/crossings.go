package draw

import (
	"cmp"
	"slices"
)

// crossings counts the pairs of arcs that cross.
func (s *sketch) crossings() (n int) {
	place := s.places()
	between := make([][]arc, len(s.layers))
	for _, a := range s.arcs {
		layer := s.vertices[a.left].layer
		between[layer] = append(between[layer], a)
	}
	for _, arcs := range between {
		n += inversions(arcs, place)
	}
	return n
}

// inversions counts the arcs between two layers that cross: of two, the one that begins higher ends lower.
func inversions(arcs []arc, place []int) (n int) {
	atRight := func(a, b arc) int {
		return cmp.Or(cmp.Compare(place[a.right], place[b.right]), cmp.Compare(a.rightAt, b.rightAt))
	}
	slices.SortFunc(arcs, atRight)
	rank := make(map[arc]int, len(arcs))
	for i, a := range arcs {
		rank[a] = i
		if i > 0 && atRight(arcs[i-1], a) == 0 {
			rank[a] = rank[arcs[i-1]]
		}
	}
	slices.SortFunc(arcs, func(a, b arc) int {
		return cmp.Or(cmp.Compare(place[a.left], place[b.left]), cmp.Compare(a.leftAt, b.leftAt), cmp.Compare(rank[a], rank[b]))
	})
	tree := make([]int, len(arcs)+1) // of Fenwick: how many with a rank up to i stood before
	seen := 0
	for start := 0; start < len(arcs); {
		end := start // arcs from one point don't cross
		for ; end < len(arcs) && arcs[end].left == arcs[start].left && arcs[end].leftAt == arcs[start].leftAt; end++ {
			upTo := 0
			for i := rank[arcs[end]] + 1; i > 0; i -= i & -i {
				upTo += tree[i]
			}
			n += seen - upTo
		}
		for _, a := range arcs[start:end] {
			for i := rank[a] + 1; i <= len(arcs); i += i & -i {
				tree[i]++
			}
		}
		seen += end - start
		start = end
	}
	return n
}
