package draw

import (
	"fmt"
	"slices"
	"strings"
)

const rootText = "# runs as root"

// head is a box's title with its state, unless that is well, for formats without marks.
func (b Box) head() string {
	if b.State == Up {
		return b.Title
	}
	return b.Title + " (" + b.State.String() + ")"
}

// about is what appears below the pointer.
func (b Box) about() string {
	return details(fmt.Sprintf("%s %s, %s", b.Kind, b.Title, b.State), b.Details)
}

// text is a row in one line, for formats without columns and marks.
func (r Row) text() string {
	s := strings.TrimSpace(r.Label + "  " + r.Aside)
	if r.Root {
		s = "# " + s
	}
	if r.State != Up {
		s += " (" + r.State.String() + ")"
	}
	return s
}

func (r Row) about() string {
	head := fmt.Sprintf("%s %s", r.Kind, r.Label)
	if r.State != Up {
		head += ", " + r.State.String()
	}
	if r.Root {
		head += ", runs as root"
	}
	return details(head, r.Details)
}

func (e Edge) about() string {
	switch {
	case e.Text != "" && e.Label != "":
		return e.Text + ": " + e.Label
	case e.Text != "":
		return e.Text
	}
	return e.Label
}

// states are those that boxes and rows of the picture have, in order.
func (p Picture) states() (states []State) {
	var has [len(tones)]bool
	for _, b := range p.Boxes {
		has[b.State] = true
		for _, r := range b.Rows {
			has[r.State] = has[r.State] || r.State != Up // rows are drawn without a mark when they are well
		}
	}
	for s := range has {
		if has[s] {
			states = append(states, State(s))
		}
	}
	return states
}

// looks are the entries of the legend that some edge has.
func (p Picture) looks() (looks []Look) {
	for _, l := range p.Legend {
		if slices.ContainsFunc(p.Edges, func(e Edge) bool { return e.Text == l.Text }) {
			looks = append(looks, l)
		}
	}
	return looks
}

// hasRow reports whether the picture has such a row.
func (p Picture) hasRow(is func(Row) bool) bool {
	return slices.ContainsFunc(p.Boxes, func(b Box) bool { return slices.ContainsFunc(b.Rows, is) })
}

func (p Picture) hasRoot() bool { return p.hasRow(func(r Row) bool { return r.Root }) }

func (p Picture) hasStack() bool {
	return slices.ContainsFunc(p.Boxes, func(b Box) bool { return b.Count > 1 })
}
