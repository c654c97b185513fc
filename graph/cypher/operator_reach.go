package cypher

// reach finds the nodes that a variable length leads to, each once, breadth first. It stands in for a
// trail where only the ends matter: it looks at every relationship once, where the ways between two
// nodes can be more than could ever be counted.
type reach struct {
	step
	hop
	hopLimits
	hopTest
}

// reaching is a reach on its way.
type reaching struct {
	*reach
	next        push
	seen        nodeSet
	level, then []NodeID // at this depth, and at the next
	edges       []Edge
}

func (o *reach) open(next push) push {
	w := &reaching{reach: o, next: next}
	return o.ready(o.input, w.begin)
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
		if !w.arrive(n) {
			return false
		}
	}
	for depth := 0; depth < w.most && len(w.level) > 0; depth++ {
		w.then = w.then[:0]
		for _, n := range w.level {
			if !w.onward(n) {
				return false
			}
		}
		w.level, w.then = w.then, w.level
	}
	w.noteIfCut()
	return true
}

// onward takes the nodes that one hop leads to and that were not reached before.
func (w *reaching) onward(n NodeID) bool {
	w.edges = w.types.expand(n, w.dir, w.edges[:0])
	w.spend(len(w.edges))
	for _, e := range w.edges {
		if w.seen.has(e.Other) || !w.free(w.row, e.Rel) || !w.holds(w.row, e.Rel) {
			continue
		}
		w.seen.add(e.Other)
		w.then = append(w.then, e.Other)
		if !w.arrive(e.Other) {
			return false
		}
	}
	return true
}

// arrive takes a node for the end.
func (w *reaching) arrive(n NodeID) bool { return !w.to.takes(w.row, n) || w.next() }

// noteIfCut tells about nodes that are further away than our bound.
func (w *reaching) noteIfCut() {
	if !w.unbounded {
		return
	}
	for _, n := range w.level {
		w.edges = w.types.expand(n, w.dir, w.edges[:0])
		w.spend(len(w.edges))
		for _, e := range w.edges {
			if !w.seen.has(e.Other) && w.holds(w.row, e.Rel) {
				w.note(cutNote)
				return
			}
		}
	}
}

func (o *reach) title() string { return "Reach " + o.typeText() + " " + o.hopLimits.String() }

// nodeSet is a set of nodes: a bit for every id below a limit.
type nodeSet struct {
	words   []uint64
	touched []uint32 // indexes of the words that are not zero
}

// clear empties the set and makes room for ids below limit.
func (s *nodeSet) clear(limit NodeID) {
	if words := int(limit)/64 + 1; words > len(s.words) {
		s.words = make([]uint64, words)
	} else {
		for _, i := range s.touched {
			s.words[i] = 0
		}
	}
	s.touched = s.touched[:0]
}

func (s *nodeSet) has(n NodeID) bool { return s.words[n/64]>>(n%64)&1 == 1 }

func (s *nodeSet) add(n NodeID) {
	if s.words[n/64] == 0 {
		s.touched = append(s.touched, uint32(n/64))
	}
	s.words[n/64] |= 1 << (n % 64)
}
