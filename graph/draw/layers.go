package draw

import (
	"math"
	"slices"
)

// slack is how much more room a picture takes than its boxes do side by side.
const slack = 1.2

// bound is the height to which a layer is filled: that of a square picture.
func (s *sketch) bound(joined []bool) float64 {
	var area float64
	for i, b := range s.boxes {
		if joined[i] {
			area += (b.height() + boxGap) * (maxWidth + bendWidth)
		}
	}
	return max(minHeight, math.Sqrt(slack*area))
}

// peers reports whether two boxes have equal rows, as members of a cluster do. Their lines to each other
// put neither before the other, or a cluster of ten would be ten layers deep.
func (s *sketch) peers(from, to int) bool {
	a, b := s.boxes[from], s.boxes[to]
	return from == to || a.Kind == b.Kind && len(a.Rows) > 0 &&
		slices.EqualFunc(a.Rows, b.Rows, func(x, y Row) bool { return x.Kind == y.Kind && x.Label == y.Label })
}

// acyclic returns the pairs of boxes with an edge, turned where it would close a cycle: those that lead
// back to where a walk along the edges came from. Walks begin at boxes that nothing depends on.
func (s *sketch) acyclic() [][]int {
	out, in := make([][]int, len(s.boxes)), make([]int, len(s.boxes))
	for _, e := range s.edges {
		if !s.peers(e.from, e.to) {
			out[e.from] = append(out[e.from], e.to)
			in[e.to]++
		}
	}
	const (
		unseen = iota
		onWay
		done
	)
	state, forward := make([]int, len(s.boxes)), make([][]int, len(s.boxes))
	var walk func(int)
	walk = func(box int) {
		state[box] = onWay
		for _, to := range out[box] {
			switch state[to] {
			case onWay:
				forward[to] = append(forward[to], box)
				continue
			case unseen:
				walk(to)
			}
			forward[box] = append(forward[box], to)
		}
		state[box] = done
	}
	for _, first := range []bool{true, false} {
		for box := range s.boxes {
			if state[box] == unseen && (in[box] == 0 || !first) {
				walk(box)
			}
		}
	}
	return forward
}

// filling is how high each layer is filled, from the first.
type filling struct {
	filled []float64
	bound  float64
}

// room returns the first layer from least on that a box of that height fits in; an empty one does always.
func (f *filling) room(least int, height float64) int {
	for least < len(f.filled) && f.filled[least] > 0 && f.filled[least]+height+boxGap > f.bound {
		least++
	}
	return least
}

func (f *filling) add(layer int, height float64) {
	for len(f.filled) <= layer {
		f.filled = append(f.filled, 0)
	}
	f.filled[layer] += height + boxGap
}

// assign gives each box a layer left of those of the boxes it leads to: the nearest that is not filled
// to the bound. Then boxes with more lines from the left than to the right move left as far as they can.
// What a box gets that is not joined to others means nothing.
func assign(boxes []Box, joined []bool, forward [][]int, bound float64) []int {
	into := make([][]int, len(boxes))
	for box, tos := range forward {
		for _, to := range tos {
			into[to] = append(into[to], box)
		}
	}
	order, layers := sorted(forward), make([]int, len(boxes))
	fill := filling{bound: bound} // from the right
	for _, box := range slices.Backward(order) {
		if !joined[box] {
			continue
		}
		for _, to := range forward[box] {
			layers[box] = max(layers[box], layers[to]+1)
		}
		layers[box] = fill.room(layers[box], boxes[box].height())
		fill.add(layers[box], boxes[box].height())
	}
	for box := range layers {
		layers[box] = len(fill.filled) - 1 - layers[box]
	}
	slices.Reverse(fill.filled)
	for _, box := range order {
		if len(into[box]) <= len(forward[box]) {
			continue
		}
		least := 0
		for _, from := range into[box] {
			least = max(least, layers[from]+1)
		}
		if layer := fill.room(least, boxes[box].height()); layer < layers[box] {
			fill.add(layers[box], -boxes[box].height()-2*boxGap)
			fill.add(layer, boxes[box].height())
			layers[box] = layer
		}
	}
	return layers
}

// sorted returns the boxes so that each stands before those it leads to.
func sorted(forward [][]int) []int {
	in := make([]int, len(forward))
	for _, tos := range forward {
		for _, to := range tos {
			in[to]++
		}
	}
	var order []int
	for box, n := range in {
		if n == 0 {
			order = append(order, box)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, to := range forward[order[i]] {
			if in[to]--; in[to] == 0 {
				order = append(order, to)
			}
		}
	}
	return order
}
