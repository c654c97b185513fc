package draw

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Sizes of lines, in pixels.
const (
	headLength = 8  // of an arrowhead
	leastLoop  = 22 // how far a line within a box or a layer reaches beyond it
	mostLoop   = 64
)

// place is where lines meet a vertex: a row, before or behind it.
type place struct {
	vertex, row int
	behind      bool
}

// labels joins the labels of the lines that arrive at one place.
func (s *sketch) labels() map[place]string {
	found := map[place]map[string]bool{}
	for _, e := range s.edges {
		if e.Label == "" || len(e.via) == 0 {
			continue
		}
		at := place{s.vertexOf[e.to], e.To.Row, e.turned}
		if found[at] == nil {
			found[at] = map[string]bool{}
		}
		found[at][clean(e.Label)] = true
	}
	labels := map[place]string{}
	for at, texts := range found {
		labels[at] = fit(strings.Join(slices.Sorted(maps.Keys(texts)), " "), smallSize, maxLabels)
	}
	return labels
}

// edges draws all lines with their heads and labels.
func (c *canvas) edges(s *sketch, columns []column, top float64) {
	for _, e := range s.edges {
		if len(e.via) == 0 {
			if v := s.vertexOf[e.from]; v >= 0 {
				from, to := s.beside(e)
				c.loop(s, e, columns[s.vertices[v].layer].right(), top+from, top+to)
			}
			continue
		}
		c.open(s.about(e))
		c.add("<path class=\"e e%d%s\" d=\"%s\"/>\n", e.State, dashed(e.Look), s.path(e, columns, top))
		left, right := e.via[0], e.via[len(e.via)-1]
		atLeft, atRight := e.Arrows == AtBoth || e.Arrows == AtTo && e.turned, e.Arrows == AtBoth || e.Arrows == AtTo && !e.turned
		if atLeft {
			c.head(columns[s.vertices[left].layer].right(), top+s.vertices[left].y+s.meets(e, left), headLength, e.State)
		}
		if atRight {
			c.head(columns[s.vertices[right].layer].x, top+s.vertices[right].y+s.meets(e, right), -headLength, e.State)
		}
		c.close()
	}
	labels := s.labels()
	for _, at := range slices.SortedFunc(maps.Keys(labels), comparePlaces) {
		k, y := columns[s.vertices[at.vertex].layer], top+s.vertices[at.vertex].y+rowAt(at.row)-4
		if at.behind {
			c.text(k.right()+k.loop+headLength+2, y, "l", "start", labels[at])
		} else {
			c.text(k.x-headLength-2, y, "l", "end", labels[at])
		}
	}
}

func comparePlaces(a, b place) int {
	side := func(p place) int {
		if p.behind {
			return 1
		}
		return 0
	}
	return slices.Compare([]int{a.vertex, a.row, side(a)}, []int{b.vertex, b.row, side(b)})
}

// about names both ends of a line.
func (s *sketch) about(e route) string {
	name := func(box int, end End) string {
		b := s.boxes[box]
		if end.Row == 0 {
			return b.Title
		}
		return b.Title + " " + b.Rows[end.Row-1].Label
	}
	arrow := " → "
	switch e.Arrows {
	case AtBoth:
		arrow = " ↔ "
	case AtNone:
		arrow = " — "
	}
	lines := e.Details
	if text := e.Edge.about(); text != "" {
		lines = append([]string{text}, lines...)
	}
	return details(name(e.from, e.From)+arrow+name(e.to, e.To), lines)
}

// path is the way of a line: level beside boxes and through lanes, and bent between two columns.
func (s *sketch) path(e route, columns []column, top float64) string {
	var b strings.Builder
	for i, v := range e.via {
		k, y := columns[s.vertices[v].layer], top+s.vertices[v].y+s.meets(e, v)
		if i == 0 {
			fmt.Fprintf(&b, "M%.1f %.1fH%.1f", k.right(), y, k.right()+k.behind)
			continue
		}
		before := e.via[i-1]
		x0, y0 := columns[s.vertices[before].layer].right()+columns[s.vertices[before].layer].behind, top+s.vertices[before].y+s.meets(e, before)
		x1 := k.x - k.before
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", (x0+x1)/2, y0, (x0+x1)/2, y, x1, y)
		if i < len(e.via)-1 {
			fmt.Fprintf(&b, "H%.1f", k.right()+k.behind)
		} else {
			fmt.Fprintf(&b, "H%.1f", k.x)
		}
	}
	return b.String()
}

// beside is where a line between boxes of one layer begins and ends.
func (s *sketch) beside(e route) (from, to float64) {
	return s.vertices[s.vertexOf[e.from]].y + rowAt(e.From.Row), s.vertices[s.vertexOf[e.to]].y + rowAt(e.To.Row)
}

// loopDepth is how far a line reaches beyond the boxes beside it: the longer the further.
func loopDepth(from, to float64) float64 {
	return min(leastLoop+math.Abs(from-to)/12, mostLoop)
}

// loop draws a line between two heights at the right side of a layer.
func (c *canvas) loop(s *sketch, e route, right, from, to float64) {
	pull := right + loopDepth(from, to)*4/3
	c.open(s.about(e))
	c.add("<path class=\"e e%d%s\" d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\"/>\n", e.State, dashed(e.Look), right, from, pull, from, pull, to, right, to)
	if e.Arrows != AtNone {
		c.head(right, to, headLength, e.State)
	}
	if e.Arrows == AtBoth {
		c.head(right, from, headLength, e.State)
	}
	c.close()
}

// head draws an arrowhead whose tip is at (x, y) and that is so long to the right, or to the left if
// length is negative.
func (c *canvas) head(x, y, length float64, s State) {
	c.add("<path class=\"x%d\" d=\"M%.1f %.1fl%.0f -4v8z\"/>\n", s, x, y, length)
}

func dashed(l Look) string {
	if l.Dashed {
		return " d"
	}
	return ""
}
