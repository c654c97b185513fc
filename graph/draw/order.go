package draw

import (
	"cmp"
	"slices"
)

// sweeps is how often the order of all layers is improved: more find next to nothing.
const sweeps = 16

// order puts each layer in an order with few crossings: vertices as their neighbours in the layer
// before, from left to right and back, then exchanged where two next to each other cross less so. The
// best order that was met is kept.
func (s *sketch) order() {
	s.begin()
	leftOf, rightOf := s.neighbours()
	best, fewest := s.copyLayers(), s.crossings()
	for sweep := 0; sweep < sweeps && fewest > 0; sweep++ {
		place := s.places()
		for i := range s.layers {
			if sweep%2 == 0 {
				s.sortLayer(i, place, leftOf)
			} else {
				s.sortLayer(len(s.layers)-1-i, place, rightOf)
			}
		}
		s.exchange(place, leftOf, rightOf)
		if n := s.crossings(); n < fewest {
			best, fewest = s.copyLayers(), n
		}
	}
	s.layers = best
}

// begin orders the layers as a walk meets their vertices, which keeps together what hangs together.
func (s *sketch) begin() {
	next := make([][]int, len(s.vertices))
	for _, a := range s.arcs {
		next[a.left] = append(next[a.left], a.right)
		next[a.right] = append(next[a.right], a.left)
	}
	met, count := make([]int, len(s.vertices)), 0
	var walk func(int)
	walk = func(v int) {
		count++
		met[v] = count
		for _, n := range next[v] {
			if met[n] == 0 {
				walk(n)
			}
		}
	}
	for v := range s.vertices {
		if met[v] == 0 {
			walk(v)
		}
	}
	for _, layer := range s.layers {
		slices.SortFunc(layer, func(a, b int) int { return cmp.Compare(met[a], met[b]) })
	}
}

// neighbour is the other end of an arc, and where between 0 and 1 of its height the arc meets it.
type neighbour struct {
	vertex int
	at     float64
}

func (s *sketch) neighbours() (leftOf, rightOf [][]neighbour) {
	leftOf, rightOf = make([][]neighbour, len(s.vertices)), make([][]neighbour, len(s.vertices))
	for _, a := range s.arcs {
		leftOf[a.right] = append(leftOf[a.right], neighbour{a.left, a.leftAt / s.vertices[a.left].height})
		rightOf[a.left] = append(rightOf[a.left], neighbour{a.right, a.rightAt / s.vertices[a.right].height})
	}
	return leftOf, rightOf
}

// places are the places of vertices in their layers.
func (s *sketch) places() []int {
	place := make([]int, len(s.vertices))
	for _, layer := range s.layers {
		for i, v := range layer {
			place[v] = i
		}
	}
	return place
}

// sortLayer sorts a layer by the mean place of neighbours; one without any keeps its own.
func (s *sketch) sortLayer(layer int, place []int, neighbours [][]neighbour) {
	mean := make(map[int]float64, len(s.layers[layer]))
	for _, v := range s.layers[layer] {
		mean[v] = float64(place[v])
		if len(neighbours[v]) > 0 {
			var sum float64
			for _, n := range neighbours[v] {
				sum += float64(place[n.vertex]) + n.at
			}
			mean[v] = sum / float64(len(neighbours[v]))
		}
	}
	slices.SortStableFunc(s.layers[layer], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
	for i, v := range s.layers[layer] {
		place[v] = i
	}
}

// exchange swaps vertices next to each other whose lines cross less then, until none do or that often.
func (s *sketch) exchange(place []int, leftOf, rightOf [][]neighbour) {
	const most = 8
	crossed := func(above, below int) int {
		return crossed(leftOf[above], leftOf[below], place) + crossed(rightOf[above], rightOf[below], place)
	}
	for round, better := 0, true; better && round < most; round++ {
		better = false
		for _, layer := range s.layers {
			for i := 1; i < len(layer); i++ {
				if above, below := layer[i-1], layer[i]; crossed(above, below) > crossed(below, above) {
					layer[i-1], layer[i] = below, above
					place[above], place[below] = i, i-1
					better = true
				}
			}
		}
	}
}

// crossed counts the pairs of lines of two vertices that cross if one stands above the other.
func crossed(above, below []neighbour, place []int) (n int) {
	for _, a := range above {
		for _, b := range below {
			if float64(place[a.vertex])+a.at > float64(place[b.vertex])+b.at {
				n++
			}
		}
	}
	return n
}

func (s *sketch) copyLayers() [][]int {
	c := make([][]int, len(s.layers))
	for i, layer := range s.layers {
		c[i] = slices.Clone(layer)
	}
	return c
}
