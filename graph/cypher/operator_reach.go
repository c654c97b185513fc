package cypher

import "slices"

// reach finds the nodes that a variable length leads to, each once, breadth first. It stands in for a
// trail where only the ends matter: it looks at every relationship once, where the ways between two
// nodes can be more than could ever be counted.
type reach struct {
	step
	hop
	hopLimits
	hopTest
	ends nodeTests // what the nodes it leads to must be; they are on the way without it
}

// reaching is a reach on its way.
type reaching struct {
	*reach
	next        func([]NodeID) bool
	seen        nodeSet
	level, then []NodeID // at this depth, and at the next
	edges       gathered
}

func (o *reach) open(next push) push {
	return o.openBulk(func(nodes []NodeID) bool {
		for _, n := range nodes {
			if o.to.takes(o.row, n) && !next() {
				return false
			}
		}
		return true
	})
}

func (o *reach) openBulk(next func([]NodeID) bool) push {
	w := &reaching{reach: o, next: next}
	return o.ready(o.input, w.begin)
}

func (o *reach) varies() int {
	if o.to.known {
		return none
	}
	return o.to.slot
}

func (w *reaching) begin() bool {
	n, ok := w.row[w.from.slot].(NodeID)
	if !ok {
		return true
	}
	w.seen.clear(w.graph.NodeLimit())
	w.level = append(w.level[:0], n)
	if w.least == 0 {
		w.seen.add(n)
		if !w.arrive() {
			return false
		}
	}
	for depth := 0; depth < w.most && len(w.level) > 0; depth++ {
		w.then = w.then[:0]
		inBulks(w.level, w.onward)
		w.level, w.then = w.then, w.level
		if !w.arrive() {
			return false
		}
	}
	w.noteIfCut()
	return true
}

// onward notes the nodes that one hop leads to and that were not reached before.
func (w *reaching) onward(nodes []NodeID) bool {
	w.gather(nodes, &w.edges)
	w.spend(len(w.edges.edges))
	for _, e := range w.edges.edges {
		if w.seen.has(e.Other) || !w.free(w.row, e.Rel) || !w.holds(w.row, e.Rel) {
			continue
		}
		w.seen.add(e.Other)
		w.then = append(w.then, e.Other)
	}
	return true
}

// arrive takes the nodes of a level for the end, if their labels are right.
func (w *reaching) arrive() bool {
	if len(w.ends.tests) == 0 {
		return inBulks(w.level, w.next)
	}
	w.then = w.then[:0]
	for _, n := range w.level {
		if w.ends.hold(n) {
			w.then = append(w.then, n)
		}
	}
	return inBulks(w.then, w.next)
}

// noteIfCut tells about nodes that are further away than our bound.
func (w *reaching) noteIfCut() {
	if !w.unbounded {
		return
	}
	inBulks(w.level, func(nodes []NodeID) bool {
		w.gather(nodes, &w.edges)
		w.spend(len(w.edges.edges))
		further := func(e Edge) bool { return !w.seen.has(e.Other) && w.holds(w.row, e.Rel) }
		if !slices.ContainsFunc(w.edges.edges, further) {
			return true
		}
		w.note(cutNote)
		return false
	})
}

func (o *reach) title() string {
	return "Reach " + o.typeText() + " " + o.hopLimits.String() + o.ends.text + whereText(o.hopTest.text)
}

// nodeTests are conditions on a node.
type nodeTests struct {
	tests []func(NodeID) bool
	text  string // for people
}

// hold reports whether a node fulfils all of them.
func (t nodeTests) hold(n NodeID) bool {
	for _, holds := range t.tests {
		if !holds(n) {
			return false
		}
	}
	return true
}
