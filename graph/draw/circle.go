package draw

import (
	"math"
	"unicode/utf8"
)

// Sizes of circles, in pixels.
const (
	seatRoom     = 16  // what a name takes of the circumference
	nameWidth    = 170 // of a name, at most
	minRadius    = 60  // of a circle with few members
	seatRadius   = 6   // of a member
	circleTitle  = 36  // above a circle
	perRow       = 4   // circles of one level beside each other
	bentInward   = 0.25
	charsOfTitle = 90
)

// circles draws each circle as one: a dot and a name for a box, a line for an edge. Levels stand below
// each other. It returns the size that they take.
func (c *canvas) circles(p Picture, top float64) (width, height float64) {
	y := top
	for start := 0; start < len(p.Circles); {
		end := start + 1
		for end < len(p.Circles) && end-start < perRow && p.Circles[end].Level == p.Circles[start].Level {
			end++
		}
		x, high := 0.0, 0.0
		for i := start; i < end; i++ {
			r := p.ring(i)
			c.add("<text class=\"t\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x+r.size()/2, y+circleTitle/2, escape(r.title))
			c.ring(p, r, x+r.size()/2, y+circleTitle+r.size()/2)
			x, high = x+r.size(), max(high, r.size())
		}
		width, y, start = max(width, x), y+circleTitle+high, end
	}
	return width, y - top
}

// ring is one circle: its boxes by their place on it.
type ring struct {
	title   string
	seats   []Box
	seatOf  map[string]int
	longest float64 // of the names
}

func (p Picture) ring(circle int) ring {
	r := ring{title: cut(clean(p.Circles[circle].Title), charsOfTitle), seatOf: map[string]int{}}
	for _, b := range p.on(circle) {
		r.seatOf[b.ID] = len(r.seats)
		r.seats = append(r.seats, b)
		r.longest = max(r.longest, textSize*width(fit(b.Title, textSize, nameWidth)))
	}
	return r
}

// radius leaves each member the height of its name.
func (r ring) radius() float64 {
	return max(minRadius, float64(len(r.seats))*seatRoom/(2*math.Pi))
}

// size is that of the square around a circle with its names and its title.
func (r ring) size() float64 {
	across := 2 * (r.radius() + 2*seatRadius + r.longest + margin)
	return math.Round(max(across, float64(utf8.RuneCountInString(r.title))*textSize*0.7+2*margin))
}

// ring draws a circle around (x, y): its edges, then its boxes, so that these are on top.
func (c *canvas) ring(p Picture, r ring, x, y float64) {
	for e := range p.links() {
		from, seated := r.seatOf[e.From.Box]
		to, both := r.seatOf[e.To.Box]
		if seated && both {
			c.chord(e.Edge, point{x, y}, r.at(from, x, y), r.at(to, x, y))
		}
	}
	for i, b := range r.seats {
		c.seat(b, r.at(i, x, y), r.angle(i))
	}
}

// point is a place in a picture.
type point struct{ x, y float64 }

// angle is where a member stands, in radians from the right, clockwise; the first is at the top.
func (r ring) angle(seat int) float64 {
	return 2*math.Pi*float64(seat)/float64(len(r.seats)) - math.Pi/2
}

// at is where a member stands if the circle is around (x, y).
func (r ring) at(seat int, x, y float64) point {
	return point{x + r.radius()*math.Cos(r.angle(seat)), y + r.radius()*math.Sin(r.angle(seat))}
}

// chord draws an edge within a circle around middle. What is not as usual bends inwards, where there is
// room to be seen.
func (c *canvas) chord(e Edge, middle, from, to point) {
	bend := bentInward
	if e.State == Up && e.Arrows == AtBoth {
		bend = 0
	}
	half := point{(from.x + to.x) / 2, (from.y + to.y) / 2}
	via := point{half.x + bend*(middle.x-half.x), half.y + bend*(middle.y-half.y)}
	c.open(details(e.about(), e.Details))
	c.add("<path class=\"e e%d%s\" d=\"M%.1f %.1fQ%.1f %.1f %.1f %.1f\"/>\n", e.State, dashed(e.Look), from.x, from.y, via.x, via.y, to.x, to.y)
	if e.Arrows == AtTo {
		c.add("<path class=\"x%d\" transform=\"translate(%.1f %.1f) rotate(%.1f)\" d=\"M-4 -4L5 0L-4 4Z\"/>\n",
			e.State, (from.x+2*via.x+to.x)/4, (from.y+2*via.y+to.y)/4, math.Atan2(to.y-from.y, to.x-from.x)*180/math.Pi)
	}
	c.close()
}

// seat draws a member with its name, which points away from the circle.
func (c *canvas) seat(b Box, at point, angle float64) {
	c.open(b.about())
	if b.Rimmed {
		c.rim(at.x, at.y)
	}
	c.mark(at.x, at.y, b.State)
	degrees, anchor, gap := angle*180/math.Pi, "start", 2.0*seatRadius
	if math.Cos(angle) < -1e-9 { // the left half, where the name would stand on its head
		degrees, anchor, gap = degrees+180, "end", -gap
	}
	c.add("<text transform=\"translate(%.1f %.1f) rotate(%.1f)\" x=\"%.0f\" dy=\"0.35em\" text-anchor=\"%s\">%s</text>\n",
		at.x, at.y, degrees, gap, anchor, escape(fit(b.Title, textSize, nameWidth)))
	c.close()
}

// rim marks a member around a point.
func (c *canvas) rim(x, y float64) {
	c.add("<circle class=\"e e0\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>\n", x, y, seatRadius+2)
}
