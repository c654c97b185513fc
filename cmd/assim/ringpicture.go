package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/assim-mesh/assim/graph/draw"
)

// title is a circle's heading, for people.
func (c circle) title() string {
	members := fmt.Sprintf("%d members", len(c.seats))
	if len(c.seats) == 1 {
		members = "1 member"
	}
	if c.said > len(c.seats) {
		members = fmt.Sprintf("%d of %d members, the others are not heard here", len(c.seats), c.said)
	}
	of := "hosts"
	if c.level > 0 {
		of = "representatives"
	}
	return fmt.Sprintf("ring %s  level %d, of %s, %s", printable(c.name), c.level, of, members)
}

// drawText draws each circle as a column of its members, which goes on from the last to the first. Who
// stands next to each other watches each other; what is otherwise is said below.
func drawText(circles []circle) []byte {
	var b strings.Builder
	for i, c := range circles {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(c.title() + "\n")
		for j, s := range c.seats {
			b.WriteString("  " + edgeOf(j, len(c.seats)) + " " + printable(s.name) + s.remark() + "\n")
		}
		for _, note := range c.notes() {
			b.WriteString("  ! " + note + "\n")
		}
	}
	return []byte(b.String())
}

// edgeOf is the piece of the circle that stands before the seat of that number among n.
func edgeOf(seat, n int) string {
	switch {
	case n == 1:
		return "○"
	case seat == 0:
		return "╭"
	case seat == n-1:
		return "╰"
	}
	return "│"
}

// remark says what is special about a seat, behind its name.
func (s seat) remark() string {
	var remarks []string
	if s.office {
		remarks = append(remarks, "represents the ring")
	}
	if s.status != "up" && s.status != "" {
		remarks = append(remarks, printable(s.status))
	}
	if len(remarks) == 0 {
		return ""
	}
	return "  (" + strings.Join(remarks, ", ") + ")"
}

// notes say what is not as it should be in a circle.
func (c circle) notes() (notes []string) {
	for _, w := range c.watches {
		if w.state != mutual {
			notes = append(notes, c.sentence(w))
		}
	}
	for _, seat := range c.unwatched() {
		notes = append(notes, "nobody watches "+printable(c.seats[seat].name))
	}
	return notes
}

// Looks of the lines between members, by watchState.
var watchLooks = [...]draw.Look{
	mutual:  {Text: "watch each other", Arrows: draw.AtBoth},
	oneWay:  {Text: "watches, is not watched", State: draw.AtRisk},
	trouble: {Text: "link fails", State: draw.Dead},
	gone:    {Text: "watches who is gone", State: draw.Shutdown},
}

// ringPicture draws each circle as one: a dot and a name for a member, with a rim if it represents its
// ring, and a line for a watch.
func ringPicture(circles []circle) draw.Picture {
	p := draw.Picture{Title: "Who watches whom", Legend: watchLooks[:], Rim: "represents its ring"}
	for i, c := range circles {
		p.Circles = append(p.Circles, draw.Circle{Title: c.title(), Level: c.level})
		id := func(seat int) string { return fmt.Sprintf("%d|%s", i, c.seats[seat].id) }
		for j, s := range c.seats {
			p.Boxes = append(p.Boxes, draw.Box{ID: id(j), Title: s.name, State: stateOf(cmp.Or(s.status, "unknown")), Circle: i, Rimmed: s.office,
				Details: []string{strings.Trim(s.remark(), " ()"), "host id " + s.id}})
		}
		for _, w := range c.watches {
			p.Edges = append(p.Edges, draw.Edge{From: draw.End{Box: id(w.from)}, To: draw.End{Box: id(w.to)}, Look: watchLooks[w.state],
				Details: []string{c.sentence(w)}})
		}
	}
	return p
}

// stateOf is a host's status as it is drawn; of whom nothing is said is up, since no news is good news.
func stateOf(status string) draw.State {
	switch status {
	case "", "up":
		return draw.Up
	case "dead":
		return draw.Dead
	case "shutdown":
		return draw.Shutdown
	}
	return draw.Unknown
}
