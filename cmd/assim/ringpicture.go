package main

import (
	"fmt"
	"strconv"
	"strings"
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

// drawDot is the circles in the language of Graphviz, a cluster each.
func drawDot(circles []circle) []byte {
	var b strings.Builder
	b.WriteString("digraph rings {\n\tlayout=circo\n\tnode [shape=box, style=rounded]\n")
	for i, c := range circles {
		fmt.Fprintf(&b, "\tsubgraph cluster_%d {\n\t\tlabel=%s\n", i, strconv.Quote(c.title()))
		for j, s := range c.seats {
			fmt.Fprintf(&b, "\t\tr%d_%d [label=%s, color=%s]\n", i, j, strconv.Quote(printable(s.name)+s.remark()), strconv.Quote(s.colour()))
		}
		for _, w := range c.watches {
			dir := "forward"
			if w.state == mutual {
				dir = "both"
			}
			fmt.Fprintf(&b, "\t\tr%d_%d -> r%d_%d [dir=%s, color=%s, tooltip=%s]\n", i, w.from, i, w.to, dir,
				strconv.Quote(w.state.colour()), strconv.Quote(c.sentence(w)))
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

// Colours that stay apart for those who see no red or green; lines differ in their dashes as well.
const (
	wellColour  = "#0072b2"
	oddColour   = "#e69f00"
	badColour   = "#d55e00"
	goneColour  = "#777777"
	titleColour = "#222222"
)

func (s watchState) colour() string {
	return [...]string{wellColour, oddColour, badColour, goneColour}[s]
}

func (s seat) colour() string {
	switch s.status {
	case "up":
		return wellColour
	case "dead":
		return badColour
	case "unknown", "":
		return oddColour
	}
	return goneColour
}
