package draw

// Sizes of the legend, in pixels.
const (
	legendLine  = 22 // of a line of entries
	legendGap   = 22 // between two entries
	symbolWidth = 36 // of what stands before an entry's text, at most
)

// entry explains a sign.
type entry struct {
	text string
	wide bool // the sign takes symbolWidth, else half of it
	draw func(x, y float64)
}

// legend explains what the picture has, in lines of a width from y on, and returns their height.
func (c *canvas) legend(p Picture, y, wide float64) float64 {
	x, lines := float64(margin), 1
	for _, e := range c.entries(p) {
		sign := float64(symbolWidth) / 2
		if e.wide {
			sign = symbolWidth
		}
		text := fit(e.text, textSize, wide-2*margin-sign)
		need := sign + textSize*width(text)
		if x+need > wide-margin && x > margin {
			x, lines = margin, lines+1
		}
		at := y + float64(lines-1)*legendLine
		e.draw(x, at)
		c.text(x+sign, at+4, "", "start", text)
		x += need + legendGap
	}
	return float64(lines) * legendLine
}

func (c *canvas) entries(p Picture) (entries []entry) {
	for _, s := range p.states() {
		entries = append(entries, entry{s.String(), false, func(x, y float64) { c.mark(x+6, y, s) }})
	}
	for _, k := range []Kind{Service, Client, Interface, Port} {
		if p.hasRow(func(r Row) bool { return r.Kind == k }) {
			entries = append(entries, entry{k.String(), false, func(x, y float64) { c.symbol(x+6, y, k) }})
		}
	}
	if p.hasRoot() {
		entries = append(entries, entry{rootText[2:], false, func(x, y float64) { c.text(x+3, y+4, "r", "start", rootText[:1]) }})
	}
	if p.hasStack() {
		entries = append(entries, entry{"several that are alike", true, func(x, y float64) {
			for _, behind := range []float64{4, 2, 0} {
				c.add("<rect class=\"b b0\" x=\"%.1f\" y=\"%.1f\" width=\"20\" height=\"10\" rx=\"2\"/>\n", x+behind, y-7+behind)
			}
		}})
	}
	if p.Rim != "" {
		entries = append(entries, entry{clean(p.Rim), false, func(x, y float64) {
			c.mark(x+6, y, Up)
			c.rim(x+6, y)
		}})
	}
	for _, l := range p.looks() {
		entries = append(entries, entry{clean(l.Text), true, func(x, y float64) { c.sample(x, y, l) }})
	}
	return entries
}

// sample draws a short line with its heads.
func (c *canvas) sample(x, y float64, l Look) {
	c.add("<path class=\"e e%d%s\" d=\"M%.1f %.1fh28\"/>\n", l.State, dashed(l), x, y)
	if l.Arrows != AtNone {
		c.head(x+28, y, -headLength, l.State)
	}
	if l.Arrows == AtBoth {
		c.head(x, y, headLength, l.State)
	}
}
