package cypher

import "slices"

// longerWays is a search for ways of a given length: depth first, along every way that uses no
// relationship twice. There may be more of them than could ever be followed, and then the budget ends it.
type longerWays struct {
	rels  []RelID  // so far
	edges [][]Edge // by depth
	// goesOn says that there are longer ways, as far as can be told.
	goesOn bool
}

// searchLonger goes on where no shortest way fulfils the conditions: along all ways of so many hops,
// then along those of one more, until one does or there are no longer ones.
func (w *shortestSearch) searchLonger(hops int) {
	for ; hops <= w.most; hops++ {
		for w.back.depth < hops-1 && len(w.back.level) > 0 {
			w.deeper(&w.back, &w.there)
		}
		w.longer.goesOn = false
		if !w.onward(w.start, hops) || w.found || !w.longer.goesOn {
			return
		}
	}
	w.noteCut()
}

// onward takes the ways that go on from a node for so many hops. It returns false when no more are
// wanted. The search from the end has come far enough to know how near to it each node is: no edge is
// followed from where the end cannot be reached in time.
func (w *shortestSearch) onward(n NodeID, hops int) bool {
	if hops == 0 {
		w.longer.goesOn = true // maybe from the end and back to it
		return w.arrive(w.longer.rels)
	}
	l := &w.longer
	depth := len(l.rels)
	if depth == len(l.edges) {
		l.edges = append(l.edges, nil)
	}
	edges := w.types.expand(n, w.dir, l.edges[depth][:0])
	l.edges[depth] = edges
	w.spend(len(edges))
	for _, e := range edges {
		if slices.Contains(l.rels, e.Rel) || !w.holds(w.row, e.Rel) {
			continue
		}
		if !w.inReach(e.Other, hops-1) {
			continue
		}
		l.rels = append(l.rels, e.Rel)
		more := w.onward(e.Other, hops-1)
		l.rels = l.rels[:depth]
		if !more {
			return false
		}
	}
	return true
}

// inReach reports whether so many hops may lead from a node to the end, and notes if more might.
func (w *shortestSearch) inReach(n NodeID, hops int) bool {
	by, ok := w.back.reached[n]
	if ok && by.depth <= hops {
		return true
	}
	w.longer.goesOn = w.longer.goesOn || ok || len(w.back.level) > 0
	return false
}
