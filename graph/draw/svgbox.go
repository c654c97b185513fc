package draw

import "math"

// Places within a box, in pixels.
const (
	markAt   = 14 // of a mark's middle, from the left
	textAt   = 26
	rootRoom = 14
)

// width is what a box needs to show its texts, within bounds.
func (b Box) width() float64 {
	need := textAt + titleSize*width(clean(b.Title)) + padding
	for _, r := range b.Rows {
		row := textAt + textSize*width(clean(r.Label)) + padding
		if r.Aside != "" {
			row += padding + smallSize*width(clean(r.Aside))
		}
		if r.Root {
			row += rootRoom
		}
		need = max(need, row)
	}
	return math.Ceil(min(max(need, minWidth), maxWidth))
}

// box draws a box with its head and its rows; a stack has the edges of two more behind it.
func (c *canvas) box(b Box, x, y, width float64) {
	c.open(b.about())
	radius := 6.0
	if b.Kind == Subnet || b.Kind == Address {
		radius = headHeight / 2
	}
	if b.Count > 1 {
		for _, behind := range []float64{stackDepth, stackDepth / 2} {
			c.add("<rect class=\"b s b%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\"/>\n", b.State, x+behind, y+behind, width, b.height(), radius)
		}
	}
	c.add("<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\"/>\n", x, y, width, b.height(), radius)
	if len(b.Rows) == 0 {
		c.add("<rect class=\"k%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" rx=\"%.0f\"/>\n", b.Kind, x, y, width, headHeight, radius)
	} else {
		c.add("<path class=\"k%d\" d=\"M%.1f %.1fv%.0fq0 -%[5]g %[5]g -%[5]gh%.1[6]fq%[5]g 0 %[5]g %[5]gv%.0[7]fz\"/>\n",
			b.Kind, x, y+headHeight, radius-headHeight, radius, width-2*radius, headHeight-radius)
	}
	c.add("<rect class=\"b%d\" fill=\"none\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"%.0f\"/>\n", b.State, x, y, width, b.height(), radius)
	c.mark(x+markAt, y+headHeight/2, b.State)
	c.text(x+textAt, y+headHeight/2+4, "t", "start", fit(b.Title, titleSize, width-textAt-padding/2))
	for i, r := range b.Rows {
		c.row(r, x, y+rowAt(i+1), width)
	}
	c.close()
}

// row draws a row around the height y.
func (c *canvas) row(r Row, x, y, width float64) {
	c.open(r.about())
	c.add("<rect fill=\"none\" pointer-events=\"all\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n", x, y-rowHeight/2, width, rowHeight)
	if r.State != Up {
		c.mark(x+markAt, y, r.State)
	} else {
		c.symbol(x+markAt, y, r.Kind)
	}
	room, right, class := width-textAt-padding, x+width-padding, ""
	switch {
	case r.Root:
		c.text(right, y+4, "r", "end", "#")
		room, right, class = room-rootRoom, right-rootRoom, "r"
	case r.Kind == More:
		class = "a"
	}
	label := fit(r.Label, textSize, room)
	c.text(x+textAt, y+4, class, "start", label)
	if rest := room - padding - width12(label); r.Aside != "" && rest > 2*smallSize {
		c.text(right, y+4, "a", "end", fit(r.Aside, smallSize, rest))
	}
	c.close()
}

// width12 is the width of a text of the usual size.
func width12(s string) float64 { return textSize * width(s) }

// symbol puts the sign of a kind of row around a point.
func (c *canvas) symbol(x, y float64, k Kind) {
	switch k {
	case Service:
		c.add("<rect class=\"m0\" x=\"%.1f\" y=\"%.1f\" width=\"8\" height=\"8\" rx=\"1.5\"/>\n", x-4, y-4)
	case Client:
		c.add("<rect class=\"b0\" fill=\"none\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" rx=\"1.5\"/>\n", x-3.5, y-3.5)
	case Interface, Port:
		c.add("<path class=\"b0\" fill=\"none\" d=\"M%.1f %.1fv-5h8v5zm2 0v2m4 -2v2\"/>\n", x-4, y+2)
	}
}
