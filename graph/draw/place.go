package draw

import "math"

// settlings is how often heights are settled; then lines are as straight as they get.
const settlings = 24

// settle gives every vertex its height in its layer: as near as can be to its neighbours', in the order
// found, without touching.
func (s *sketch) settle() {
	for _, layer := range s.layers {
		y := 0.0
		for _, v := range layer {
			s.vertices[v].y = y
			y += s.vertices[v].height + s.gap(v)
		}
	}
	arcsOf := make([][]arc, len(s.vertices))
	for _, a := range s.arcs {
		arcsOf[a.left] = append(arcsOf[a.left], a)
		arcsOf[a.right] = append(arcsOf[a.right], a)
	}
	for round := range settlings {
		for i := range s.layers {
			if round%2 == 1 {
				i = len(s.layers) - 1 - i
			}
			s.settleLayer(s.layers[i], arcsOf)
		}
	}
	top := math.Inf(1)
	for _, v := range s.vertices {
		top = min(top, v.y)
	}
	for i := range s.vertices {
		s.vertices[i].y = math.Round(s.vertices[i].y - top)
	}
}

// gap is what stays free below a vertex.
func (s *sketch) gap(v int) float64 {
	if s.vertices[v].box < 0 {
		return boxGap / 2
	}
	return boxGap
}

// settleLayer moves the vertices of a layer to where they wish to be: where the mean of their lines is
// level. Where wishes collide the collided stand as a block, at the mean of the wishes. That is the
// regression of a sequence that may only rise, by pooling neighbours that fall.
func (s *sketch) settleLayer(layer []int, arcsOf [][]arc) {
	type block struct{ sum, weight float64 }
	var blocks []block
	var sizes []int
	offset := 0.0 // of a vertex if all above it touch
	offsets := make([]float64, len(layer))
	for i, v := range layer {
		offsets[i] = offset
		wish, weight := s.wish(v, arcsOf[v])
		blocks, sizes = append(blocks, block{(wish - offset) * weight, weight}), append(sizes, 1)
		for n := len(blocks); n > 1 && blocks[n-2].sum/blocks[n-2].weight >= blocks[n-1].sum/blocks[n-1].weight; n-- {
			blocks[n-2].sum += blocks[n-1].sum
			blocks[n-2].weight += blocks[n-1].weight
			sizes[n-2] += sizes[n-1]
			blocks, sizes = blocks[:n-1], sizes[:n-1]
		}
		offset += s.vertices[v].height + s.gap(v)
	}
	i := 0
	for b, size := range sizes {
		for range size {
			s.vertices[layer[i]].y = blocks[b].sum/blocks[b].weight + offsets[i]
			i++
		}
	}
}

// wish is where a vertex would have its top, and how much that weighs. Lanes weigh more than boxes: a
// long line that bends is worse than a short one.
func (s *sketch) wish(v int, arcs []arc) (y, weight float64) {
	if len(arcs) == 0 {
		return s.vertices[v].y, 1
	}
	for _, a := range arcs {
		if a.left == v {
			y += s.vertices[a.right].y + a.rightAt - a.leftAt
		} else {
			y += s.vertices[a.left].y + a.leftAt - a.rightAt
		}
	}
	weight = float64(len(arcs))
	y /= weight
	if s.vertices[v].box < 0 {
		weight *= 4
	}
	return y, weight
}
