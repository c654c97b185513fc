package main

import (
	"fmt"
	"html"
	"math"
	"strings"
	"unicode/utf8"
)

// Sizes of a picture, in pixels.
const (
	labelHeight  = 16  // what a name takes of the circumference
	labelWidth   = 7   // of a character, at most
	maxLabel     = 24  // characters of a name that are shown; the whole stands in its title
	minRadius    = 60  // of a circle with few members
	seatRadius   = 5   // of a member
	margin       = 24  // around a circle and its names
	titleHeight  = 40  // above a circle
	legendHeight = 96  // below all
	legendWidth  = 660 // of its longest line
	perRow       = 4   // circles of one level beside each other
)

// drawSVG draws each circle as one: a dot and a name for a member, a line for a watch, what they are in
// their titles, which a browser shows below the pointer. Levels stand below each other.
func drawSVG(circles []circle) []byte {
	var body strings.Builder
	width, y := float64(legendWidth), 0.0
	for start := 0; start < len(circles); {
		end := start + 1
		for end < len(circles) && end-start < perRow && circles[end].level == circles[start].level {
			end++
		}
		x, height := 0.0, 0.0
		for _, c := range circles[start:end] {
			size := c.size()
			c.svg(&body, x+size/2, y+titleHeight+size/2, y)
			x, height = x+size, max(height, size)
		}
		width, y, start = max(width, x), y+titleHeight+height, end
	}
	legend(&body, y)
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" font-family="sans-serif" font-size="12">`, width, y+legendHeight)
	return []byte(head + "\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body.String() + "</svg>\n")
}

// radius leaves each member the height of its name.
func (c circle) radius() float64 {
	return max(minRadius, float64(len(c.seats))*labelHeight/(2*math.Pi))
}

// size is that of the square around a circle with its names and its title.
func (c circle) size() float64 {
	longest := 0
	for _, s := range c.seats {
		longest = max(longest, utf8.RuneCountInString(shorten(printable(s.name))))
	}
	across := 2 * (c.radius() + 2*seatRadius + float64(longest*labelWidth) + margin)
	return max(across, float64(utf8.RuneCountInString(c.title())*labelWidth+2*margin))
}

func shorten(name string) string {
	if utf8.RuneCountInString(name) <= maxLabel {
		return name
	}
	return string([]rune(name)[:maxLabel-1]) + "…"
}

// svg draws c around (x, y), and its title at the top.
func (c circle) svg(b *strings.Builder, x, y, top float64) {
	fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-weight=\"bold\" fill=\"%s\">%s</text>\n",
		x, top+titleHeight-margin/2, titleColour, html.EscapeString(c.title()))
	angle := func(seat int) float64 { return 2*math.Pi*float64(seat)/float64(len(c.seats)) - math.Pi/2 }
	at := func(seat int) point {
		return point{x + c.radius()*math.Cos(angle(seat)), y + c.radius()*math.Sin(angle(seat))}
	}
	for _, w := range c.watches {
		from, to := at(w.from), at(w.to)
		// What is not as usual bends inwards, where there is room to be seen.
		bend := 0.25
		if w.state == mutual {
			bend = 0
		}
		mid := point{(from.x + to.x) / 2, (from.y + to.y) / 2}
		line(b, from, point{mid.x + bend*(x-mid.x), mid.y + bend*(y-mid.y)}, to, w.state, c.sentence(w))
	}
	for i, s := range c.seats {
		dot(b, at(i), s, s.name+s.remark()+"\nhost id "+s.id)
		degrees, anchor, gap := angle(i)*180/math.Pi, "start", 2.0*seatRadius
		if math.Cos(angle(i)) < -1e-9 { // the left half, where the name would stand on its head
			degrees, anchor, gap = degrees+180, "end", -gap
		}
		fmt.Fprintf(b, "<text transform=\"translate(%.1f %.1f) rotate(%.1f)\" x=\"%.0f\" dy=\"0.35em\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
			at(i).x, at(i).y, degrees, gap, anchor, titleColour, html.EscapeString(shorten(printable(s.name))))
	}
}

type point struct{ x, y float64 }

// line draws a watch as a curve that via pulls aside; one that goes one way has an arrow's head in its middle.
func line(b *strings.Builder, from, via, to point, state watchState, title string) {
	dashes := [...]string{"none", "8 3", "3 3", "1 4"}[state]
	fmt.Fprintf(b, "<g><title>%s</title><path d=\"M%.1f %.1f Q%.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\"/>",
		html.EscapeString(title), from.x, from.y, via.x, via.y, to.x, to.y, state.colour(), dashes)
	if state != mutual {
		fmt.Fprintf(b, "<path d=\"M-4 -4 L5 0 L-4 4 Z\" fill=\"%s\" transform=\"translate(%.1f %.1f) rotate(%.1f)\"/>",
			state.colour(), (from.x+2*via.x+to.x)/4, (from.y+2*via.y+to.y)/4, math.Atan2(to.y-from.y, to.x-from.x)*180/math.Pi)
	}
	b.WriteString("</g>\n")
}

// dot draws a member; one that represents its ring has a rim.
func dot(b *strings.Builder, at point, s seat, title string) {
	rim := ""
	if s.office {
		rim = fmt.Sprintf(" stroke=\"%s\" stroke-width=\"3\"", titleColour)
	}
	lines := strings.Split(title, "\n")
	for i := range lines {
		lines[i] = html.EscapeString(printable(lines[i]))
	}
	fmt.Fprintf(b, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" fill=\"%s\"%s><title>%s</title></circle>\n",
		at.x, at.y, seatRadius, s.colour(), rim, strings.Join(lines, "\n"))
}

// legend explains colours and lines, from y downwards.
func legend(b *strings.Builder, y float64) {
	say := func(x, y float64, text string) {
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\" dy=\"0.35em\" fill=\"%s\">%s</text>\n", x, y, titleColour, html.EscapeString(text))
	}
	x := float64(margin)
	for _, entry := range []struct {
		state watchState
		text  string
	}{{mutual, "watch each other"}, {oneWay, "watches, is not watched"}, {trouble, "link fails"}, {gone, "watches who is gone"}} {
		line(b, point{x, y + margin}, point{x + 15, y + margin}, point{x + 30, y + margin}, entry.state, entry.text)
		say(x+36, y+margin, entry.text)
		x += float64(60 + labelWidth*len(entry.text))
	}
	x = margin
	for _, s := range []seat{{status: "up"}, {status: "up", office: true}, {status: "dead"}, {status: "unknown"}, {status: "shutdown"}} {
		text := s.status
		if s.office {
			text = "represents"
		}
		dot(b, point{x + seatRadius, y + 2*margin}, s, text)
		say(x+4*seatRadius, y+2*margin, text)
		x += 100
	}
}
