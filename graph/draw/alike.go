package draw

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxRounds bounds how far away a difference may lie that keeps two boxes apart, in edges.
const maxRounds = 50

// Group draws boxes that are alike as one stack. Alike are those of one kind and state with equal rows
// (Row.Aside and all details may differ) whose edges look the same and lead to and come from boxes that
// are alike. If that leaves more than most nodes, what depends on boxes no longer tells them apart. So
// each of a stack depends on some of the stack that its edge leads to, not on all.
func Group(p Picture, most int) Picture {
	g := p.stacked(p.classes(true))
	if g.Nodes() > most {
		g = p.stacked(p.classes(false))
	}
	return g
}

// stacked draws the boxes of each class as one.
func (p Picture) stacked(classes []int) Picture {
	members := make([][]int, slices.Max(append(classes, 0))+1)
	for i, c := range classes {
		members[c] = append(members[c], i)
	}
	g := Picture{Title: p.Title, Circles: p.Circles, Legend: p.Legend, Rim: p.Rim, Notes: p.Notes}
	for _, m := range members {
		if len(m) > 0 {
			g.Boxes = append(g.Boxes, p.stack(m))
		}
	}
	first := func(box int, e End) End { return End{p.Boxes[members[classes[box]][0]].ID, e.Row} }
	type line struct {
		from, to End
		look     Look
		label    string
	}
	merged := map[line]int{}
	for l := range p.links() {
		e := l.Edge
		e.From, e.To = first(l.from, e.From), first(l.to, e.To)
		key := line{e.From, e.To, e.Look, e.Label}
		if i, known := merged[key]; known {
			g.Edges[i].Details = joinDetails(g.Edges[i].Details, e.Details)
			continue
		}
		merged[key] = len(g.Edges)
		e.Details = joinDetails(nil, e.Details)
		g.Edges = append(g.Edges, e)
	}
	return g
}

// joinDetails appends lines, one more than are shown at most, so that it shows that there are more.
func joinDetails(to, lines []string) []string {
	return append(slices.Clone(to), lines[:min(len(lines), max(0, maxDetails+1-len(to)))]...)
}

// classes numbers the boxes so that those which are alike have one number, in the order in which the
// first of each stands. It begins with what boxes are in themselves and tells apart, round by round,
// those whose neighbours were told apart; those from which edges come count only if incoming is true.
func (p Picture) classes(incoming bool) []int {
	signs := make([]string, len(p.Boxes))
	for i, b := range p.Boxes {
		signs[i] = b.sign()
	}
	classes, count := number(signs)
	for range maxRounds {
		neighbours := make([][]string, len(p.Boxes))
		for e := range p.links() {
			look := fmt.Sprintf("%d %d %d %v %q %q", e.From.Row, e.To.Row, e.State, e.Dashed, e.Label, e.Text)
			neighbours[e.from] = append(neighbours[e.from], fmt.Sprintf("to %d %s", classes[e.to], look))
			if incoming {
				neighbours[e.to] = append(neighbours[e.to], fmt.Sprintf("from %d %s", classes[e.from], look))
			}
		}
		for i, n := range neighbours {
			slices.Sort(n)
			signs[i] = strconv.Itoa(classes[i]) + "\n" + strings.Join(slices.Compact(n), "\n")
		}
		before := count
		if classes, count = number(signs); count == before {
			break
		}
	}
	return classes
}

// sign is equal for boxes that are alike in themselves.
func (b Box) sign() string {
	s := fmt.Sprint(b.Kind, b.State, b.Circle, b.Rimmed)
	for _, r := range b.Rows {
		s += fmt.Sprintf("\n%d %d %v %q", r.Kind, r.State, r.Root, r.Label)
	}
	return s
}

// number gives equal texts equal numbers from 0, in the order in which they first stand, and returns how
// many there are.
func number(signs []string) ([]int, int) {
	numbers, known := make([]int, len(signs)), map[string]int{}
	for i, s := range signs {
		n, found := known[s]
		if !found {
			n = len(known)
			known[s] = n
		}
		numbers[i] = n
	}
	return numbers, len(known)
}

// stack is the box for several that are alike, or the one itself.
func (p Picture) stack(members []int) Box {
	b := p.Boxes[members[0]]
	if len(members) == 1 {
		return b
	}
	names := make([]string, len(members))
	b.Count = 0
	for i, m := range members {
		names[i] = p.Boxes[m].Title
		b.Count += max(1, p.Boxes[m].Count)
	}
	names = spans(names)
	b.Title = titled(fmt.Sprintf("%d %s", b.Count, b.Kind.plural()), names)
	b.Details = nil
	for chunk := range slices.Chunk(names, 8) {
		b.Details = append(b.Details, strings.Join(chunk, ", "))
	}
	b.Rows = slices.Clone(b.Rows)
	for i := range b.Rows {
		b.Rows[i].Aside, b.Rows[i].Details = "", p.rowDetails(members, i)
	}
	return b
}

// titled is the title of a stack: as many of its names as there is room for, and whether there are more.
func titled(title string, names []string) string {
	sep := " "
	for i, name := range names {
		longer, rest := title+sep+name, ""
		if i < len(names)-1 {
			rest = " …"
		}
		if i > 0 && titleSize*width(longer+rest) > maxWidth-textAt-padding {
			return title + " …"
		}
		title, sep = longer, ", "
	}
	return title
}

// rowDetails tells of one row of each box what is particular to it.
func (p Picture) rowDetails(members []int, row int) (lines []string) {
	for _, m := range members[:min(len(members), maxDetails+1)] {
		r := p.Boxes[m].Rows[row]
		lines = append(lines, strings.Join(append([]string{p.Boxes[m].Title + ":", r.Aside}, r.Details...), " "))
	}
	return lines
}
