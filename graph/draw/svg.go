package draw

import (
	"fmt"
	"math"
	"strings"
)

// SVG is the picture for a browser, with texts below the pointer.
func SVG(p Picture) []byte {
	var c canvas
	top := float64(margin)
	if p.Title != "" {
		top += titleHeight
	}
	width, height := 0.0, 0.0
	if len(p.Circles) > 0 {
		width, height = c.circles(p, top)
	} else {
		width, height = c.layered(p, top)
	}
	width = max(width, leastWidth)
	height += c.legend(p, top+height+margin, width) + margin
	for _, note := range p.Notes {
		height += noteHeight
		c.text(margin, top+height, "n", "start", fit(note, smallSize, width-2*margin))
	}
	c.text(margin, margin+titleHeight/2, "h", "start", fit(p.Title, 16, width-2*margin))
	head := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n<title>%s</title>\n",
		width, top+height+margin, width, top+height+margin, escape(cut(clean(p.Title), maxDetail)))
	return []byte(head + styles() + "<rect class=\"p\" width=\"100%\" height=\"100%\"/>\n" + c.b.String() + "</svg>\n")
}

// Sizes of what stands around a picture, in pixels.
const (
	titleHeight = 30
	noteHeight  = 16
	leastWidth  = 420
	textSize    = 12
	titleSize   = 1.1 * textSize // of a box's title, which is bold
	smallSize   = 10
)

// canvas collects the elements of an SVG.
type canvas struct{ b strings.Builder }

func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

// text puts one line; s is clean.
func (c *canvas) text(x, y float64, class, anchor, s string) {
	if s == "" {
		return
	}
	if class != "" {
		class = " class=\"" + class + "\""
	}
	if anchor != "start" {
		anchor = " text-anchor=\"" + anchor + "\""
	} else {
		anchor = ""
	}
	c.add("<text%s%s x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, anchor, x, y, escape(s))
}

// mark puts the sign of a state around a point.
func (c *canvas) mark(x, y float64, s State) {
	c.add("<path class=\"m%d\" fill-rule=\"evenodd\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>\n", s, x, y, tones[s].mark)
}

// open begins a group with a text below the pointer; close ends it.
func (c *canvas) open(about string) { c.add("<g><title>%s</title>\n", escape(about)) }
func (c *canvas) close()            { c.add("</g>\n") }

// column is where the boxes of a layer stand, and how far lines run level before and behind them, so
// that their labels have a place, beyond the lines
// between boxes of that layer.
type column struct{ x, width, before, behind, loop float64 }

func (k column) right() float64 { return k.x + k.width }

// layered lays a picture out in layers and draws it below top. It returns what it takes.
func (c *canvas) layered(p Picture, top float64) (width, height float64) {
	s := newSketch(p)
	s.order()
	s.settle()
	columns := s.columns()
	width = 2 * margin
	if n := len(columns); n > 0 {
		width = columns[n-1].right() + columns[n-1].behind + margin
	}
	for _, v := range s.vertices {
		if v.box >= 0 {
			k := columns[v.layer]
			c.box(s.boxes[v.box], k.x, top+v.y, k.width)
		}
		height = max(height, v.y+v.height)
	}
	c.edges(s, columns, top)
	if height > 0 && len(s.isolated) > 0 {
		height += 2 * margin
	}
	w, h := c.grid(s, top+height, width)
	return max(width, w), height + h + stackDepth
}

// columns gives each layer its place.
func (s *sketch) columns() []column {
	columns := make([]column, len(s.layers))
	labels := s.labels()
	for _, v := range s.vertices {
		if v.box >= 0 {
			columns[v.layer].width = max(columns[v.layer].width, s.boxes[v.box].width())
		}
	}
	for _, e := range s.edges {
		if v := s.vertexOf[e.from]; v >= 0 && len(e.via) == 0 {
			from, to := s.beside(e)
			k := &columns[s.vertices[v].layer]
			k.loop = max(k.loop, loopDepth(from, to))
		}
	}
	for at, text := range labels {
		k := &columns[s.vertices[at.vertex].layer]
		room := width(text)*smallSize + headLength + 6
		if at.behind {
			k.behind = max(k.behind, room+k.loop)
		} else {
			k.before = max(k.before, room)
		}
	}
	bends := make([]float64, len(columns))
	for _, a := range s.arcs {
		bends[s.vertices[a.left].layer]++
	}
	x := float64(margin)
	for i := range columns {
		k := &columns[i]
		k.before = max(k.before, headLength+4)
		k.behind = max(k.behind, headLength+stackDepth+k.loop)
		if i > 0 {
			x += min(mostBend, bendWidth+2*bends[i-1]) + k.before
		}
		k.x = math.Round(x)
		x = k.right() + k.behind
	}
	return columns
}

// grid draws the boxes without lines in columns of one width, each where the columns are lowest.
func (c *canvas) grid(s *sketch, top, width float64) (w, h float64) {
	if len(s.isolated) == 0 {
		return 0, 0
	}
	widest, area := 0.0, 0.0
	for _, i := range s.isolated {
		widest = max(widest, s.boxes[i].width())
		area += s.boxes[i].height() + boxGap
	}
	step := math.Round(widest) + leastLoop + margin
	columns := max(math.Floor((width-2*margin)/step), math.Ceil(math.Sqrt(area*1.6/step)), 1)
	heights := make([]float64, min(int(columns), len(s.isolated)))
	for _, i := range s.isolated {
		lowest := 0
		for j, height := range heights {
			if height < heights[lowest] {
				lowest = j
			}
		}
		x, y := margin+float64(lowest)*step, top+heights[lowest]
		c.box(s.boxes[i], x, y, math.Round(widest))
		for _, e := range s.edges {
			if e.from == i {
				c.loop(s, e, x+math.Round(widest), y+rowAt(e.From.Row), y+rowAt(e.To.Row))
			}
		}
		heights[lowest] += s.boxes[i].height() + boxGap
		h = max(h, heights[lowest])
	}
	return float64(len(heights))*step + margin, h
}
