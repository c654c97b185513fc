package cypher

import (
	"fmt"
	"slices"
)

// cutNote tells that there is more than the rows show.
var cutNote = fmt.Sprintf("paths without an upper bound were followed for %d hops, and some go on", defaultHops)

// hopLimits is how many hops a variable length may have.
type hopLimits struct {
	least, most int
	unbounded   bool // most is not the query's bound, but ours
}

func (l hopLimits) String() string {
	if l.unbounded {
		return fmt.Sprintf("*%d..", l.least)
	}
	return fmt.Sprintf("*%d..%d", l.least, l.most)
}

// hopTest is the conditions on each relationship of a variable length or a shortest path.
type hopTest struct {
	slot       int // where they find the relationship; none: there are none
	conditions []condition
	text       string // for people: these, and of a shortest path all others
}

func (t *hopTest) add(holds condition, text string) {
	t.conditions = append(t.conditions, holds)
	t.text = joined(t.text, text)
}

// whereText writes conditions behind what they belong to.
func whereText(text string) string {
	if text == "" {
		return ""
	}
	return " WHERE " + text
}

// holds reports whether a relationship may be used.
func (t hopTest) holds(row []any, rel RelID) bool {
	if len(t.conditions) > 0 {
		row[t.slot] = rel
	}
	for _, holds := range t.conditions {
		if !holds() {
			return false
		}
	}
	return true
}

// trail follows a variable length along every way that uses no relationship twice, depth first.
type trail struct {
	step
	hop
	hopLimits
	hopTest
	backwards bool // it goes from the pattern's right end to its left
	list      int  // of the relationships, in the pattern's order; none: not kept
	given     bool // the list was bound before, and is followed
	walk      int  // *hops; none: not kept
}

// walking is a trail on its way.
type walking struct {
	*trail
	next   push
	hops   hops
	edges  [][]Edge // by depth
	limits hopLimits
	rels   []RelID // the given ones in the order of walking
}

func (o *trail) open(next push) push {
	w := &walking{trail: o, next: next, hops: hops{backwards: o.backwards}}
	return o.ready(o.input, w.begin)
}

func (w *walking) begin() bool {
	n, ok := w.row[w.from.slot].(NodeID)
	if !ok {
		return true
	}
	w.limits = w.hopLimits
	if w.given {
		if w.rels, ok = relsOf(w.row[w.list]); !ok || len(w.rels) > maxHops {
			return true
		}
		if w.backwards {
			slices.Reverse(w.rels)
		}
		w.limits = hopLimits{least: len(w.rels), most: len(w.rels)}
	}
	w.hops.rels = w.hops.rels[:0]
	return w.onward(n)
}

// relsOf takes a list that a variable length has made, or false if it is none.
func relsOf(v any) ([]RelID, bool) {
	list, ok := v.([]any)
	rels := make([]RelID, len(list))
	for i, e := range list {
		r, isRel := e.(RelID)
		rels[i], ok = r, ok && isRel
	}
	return rels, ok
}

// onward goes on from a node that the hops so far have reached. It returns false when no more rows are
// wanted.
func (w *walking) onward(n NodeID) bool {
	depth := len(w.hops.rels)
	if depth >= w.limits.least && !w.arrive(n) {
		return false
	}
	if depth == w.limits.most {
		w.noteIfCut(n)
		return true
	}
	if depth == len(w.edges) {
		w.edges = append(w.edges, nil)
	}
	edges := w.types.expand(n, w.dir, w.edges[depth][:0])
	w.edges[depth] = edges
	w.spend(len(edges))
	for _, e := range edges {
		if !w.usable(e.Rel, depth) {
			continue
		}
		w.hops.rels = append(w.hops.rels, e.Rel)
		more := w.onward(e.Other)
		w.hops.rels = w.hops.rels[:depth]
		if !more {
			return false
		}
	}
	return true
}

// usable reports whether a relationship can be the next hop.
func (w *walking) usable(rel RelID, depth int) bool {
	if w.given && w.rels[depth] != rel {
		return false
	}
	return !slices.Contains(w.hops.rels, rel) && w.free(w.row, rel) && w.holds(w.row, rel)
}

// arrive takes a node for the end.
func (w *walking) arrive(n NodeID) bool {
	w.spend(1)
	if !w.to.takes(w.row, n) {
		return true
	}
	if w.walk != none {
		w.row[w.walk] = &w.hops
	}
	if w.list != none && !w.given {
		list := boxed(w.hops.rels)
		if w.backwards {
			slices.Reverse(list)
		}
		w.spend(len(list))
		w.row[w.list] = list
	}
	return w.next()
}

// noteIfCut tells about a way that would go on, had the query given a bound.
func (w *walking) noteIfCut(n NodeID) {
	if !w.limits.unbounded {
		return
	}
	edges := w.types.expand(n, w.dir, nil)
	w.spend(len(edges))
	for _, e := range edges {
		if w.usable(e.Rel, 0) {
			w.note(cutNote)
			return
		}
	}
}

func (o *trail) title() string {
	return "Walk " + o.typeText() + " " + o.hopLimits.String() + whereText(o.hopTest.text)
}
