package cypher

import "slices"

// shortest matches shortestPath and allShortestPaths by what they mean: of all ways between two nodes
// that use no relationship twice and fulfil what WHERE asks of them, those with the fewest hops. What
// other patterns use is no matter to them.
func (w *walk) shortest(r *row) bool {
	w.start = 0
	starts, _ := w.candidates(0, r)
	for from := range starts {
		fromRow, ok := w.bind(0, from, r)
		if !ok {
			continue
		}
		ends, _ := w.candidates(1, fromRow)
		for to := range ends {
			w.nodes[0] = from
			toRow, ok := w.bind(1, to, fromRow)
			if ok && !w.between(from, to, toRow) {
				return false
			}
		}
	}
	return true
}

// between yields the shortest paths between two nodes.
func (w *walk) between(from, to NodeID, r *row) bool {
	hops := w.pattern.rels[0].hops
	if from == to && hops.min > 0 {
		return true // a way from a node back to itself is not counted as a path between two
	}
	used := w.used
	w.used = nil
	defer func() { w.used = used }()
	for length := hops.min; length <= hops.max; length++ {
		s := &naiveShortest{walk: w, row: r, to: to}
		if more := s.onward(from, length, nil); s.found || !s.reached {
			return more
		}
	}
	w.noteIfOpen(hops)
	return true
}

func (w *walk) noteIfOpen(hops *hopRange) {
	if hops.open {
		w.note(cutNote)
	}
}

// naiveShortest looks for the ways of one length.
type naiveShortest struct {
	*walk
	row     *row // before the path
	to      NodeID
	reached bool // there are ways of this length, wherever they lead
	found   bool
}

// onward goes on from a node for so many hops. It returns false when no more rows are wanted.
func (s *naiveShortest) onward(n NodeID, length int, behind []naiveHop) bool {
	if length == 0 {
		s.reached = true
		return n != s.to || s.arrive(behind)
	}
	p := s.pattern.rels[0]
	for h := range s.expand(n, p.dir, p) {
		used := slices.ContainsFunc(behind, func(b naiveHop) bool { return b.rel == h.rel })
		if used || !s.relFits(p, h.rel, s.row, false) {
			continue
		}
		if !s.onward(h.to, length-1, append(slices.Clip(behind), h)) {
			return false
		}
	}
	return true
}

// arrive yields the row of a path, if it is what WHERE asks for.
func (s *naiveShortest) arrive(hops []naiveHop) bool {
	if s.found && s.pattern.shortest == onePath {
		return true
	}
	s.hops[0] = hops
	r := s.withPath(s.withRels(s.row, 0, false))
	for _, e := range conjuncts(s.where, nil) {
		if s.decides(e, r) && !s.condition(e, r) {
			return true
		}
	}
	s.found = true
	return s.done(r)
}

// decides reports whether a condition speaks of the path, and of nothing that is found after it.
func (s *naiveShortest) decides(e expr, r *row) bool {
	about := mentions(e)
	for _, name := range patternNames(s.paths) {
		if _, bound := r.get(name); about[name] && !bound {
			return false
		}
	}
	return about[s.pattern.name] || about[s.pattern.rels[0].name]
}
