package draw

import (
	"cmp"
	"slices"
)

// laneKey is what lines have in common that share a lane: the end to which they lead, from the same
// side, and how they look.
type laneKey struct {
	to     End
	turned bool
	layer  int
	look   Look
}

// lanes gives each edge its way: through a lane in every layer that it passes.
func (s *sketch) lanes() {
	taken := map[laneKey]int{}
	for i := range s.edges {
		e := &s.edges[i]
		left, right := s.vertexOf[e.from], s.vertexOf[e.to]
		if e.from == e.to || s.vertices[left].layer == s.vertices[right].layer {
			continue
		}
		if e.turned = s.vertices[left].layer > s.vertices[right].layer; e.turned {
			left, right = right, left
		}
		e.via = append(e.via, left)
		for layer := s.vertices[left].layer + 1; layer < s.vertices[right].layer; layer++ {
			key := laneKey{e.To, e.turned, layer, e.Look}
			lane, found := taken[key]
			if !found {
				lane = len(s.vertices)
				taken[key] = lane
				s.vertices = append(s.vertices, vertex{box: -1, layer: layer, height: laneHeight})
			}
			e.via = append(e.via, lane)
		}
		e.via = append(e.via, right)
	}
	for v, vertex := range s.vertices {
		for len(s.layers) <= vertex.layer {
			s.layers = append(s.layers, nil)
		}
		s.layers[vertex.layer] = append(s.layers[vertex.layer], v)
	}
	s.connect()
}

// connect makes the arcs of all ways, each once, sorted.
func (s *sketch) connect() {
	seen := map[arc]bool{}
	for _, e := range s.edges {
		for i := 1; i < len(e.via); i++ {
			left, right := e.via[i-1], e.via[i]
			a := arc{left, right, s.meets(e, left), s.meets(e, right)}
			if !seen[a] {
				seen[a] = true
				s.arcs = append(s.arcs, a)
			}
		}
	}
	slices.SortFunc(s.arcs, func(a, b arc) int {
		return cmp.Or(cmp.Compare(a.left, b.left), cmp.Compare(a.right, b.right), cmp.Compare(a.leftAt, b.leftAt), cmp.Compare(a.rightAt, b.rightAt))
	})
}

// meets is where an edge meets a vertex on its way, from its top.
func (s *sketch) meets(e route, v int) float64 {
	switch s.vertices[v].box {
	case -1:
		return laneHeight / 2
	case e.from:
		return rowAt(e.From.Row)
	}
	return rowAt(e.To.Row)
}
