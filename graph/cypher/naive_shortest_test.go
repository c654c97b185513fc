package cypher

// shortest matches shortestPath and allShortestPaths: breadth first between any two nodes that fit.
// The paths it finds use no relationship twice by being shortest; what other patterns use is no
// matter to them.
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
	if hops == nil {
		hops = &hopRange{min: 1, max: 1}
	}
	if from == to && hops.min > 0 {
		return true // a way from a node back to itself is not counted as a path between two
	}
	return w.backwards(to, from, w.search(from, to, hops, r), nil, r)
}

// reached is how a node is reached on shortest paths: at which depth, and by which hops from which nodes.
type reached struct {
	depth int
	by    []naiveHop // to is the node that the hop comes from
}

// search goes breadth first until it meets the end, and returns how each node was reached.
func (w *walk) search(from, to NodeID, hops *hopRange, r *row) map[NodeID]*reached {
	p := w.pattern.rels[0]
	found := map[NodeID]*reached{from: {}}
	for level, depth := []NodeID{from}, 1; len(level) > 0 && found[to] == nil; depth++ {
		if depth > hops.max {
			w.noteIfOpen(hops)
			break
		}
		var next []NodeID
		for _, n := range level {
			for h := range w.expand(n, p.dir, p) {
				known := found[h.to]
				if known != nil && known.depth < depth || !w.relFits(p, h.rel, r, false) {
					continue
				}
				if known == nil {
					known = &reached{depth: depth}
					found[h.to] = known
					next = append(next, h.to)
				}
				known.by = append(known.by, naiveHop{h.rel, n})
			}
		}
		level = next
	}
	return found
}

func (w *walk) noteIfOpen(hops *hopRange) {
	if hops.open {
		w.note(cutNote)
	}
}

// backwards follows the ways that search found from the end to the start, and yields each. Behind is
// the way from n to the end. It returns false when no more paths are wanted.
func (w *walk) backwards(n, start NodeID, found map[NodeID]*reached, behind []naiveHop, r *row) bool {
	if n == start {
		return w.emitShortest(behind, r)
	}
	at := found[n]
	if at == nil {
		return true
	}
	for _, h := range at.by {
		w.spend(1)
		more := w.backwards(h.to, start, found, append([]naiveHop{{h.rel, n}}, behind...), r)
		if !more || w.pattern.shortest == onePath {
			return more
		}
	}
	return true
}

func (w *walk) emitShortest(hops []naiveHop, r *row) bool {
	w.hops[0] = hops
	if p := w.pattern.rels[0]; p.hops == nil && p.name != "" {
		r = r.with(p.name, hops[0].rel)
	}
	return w.done(w.withPath(w.withRels(r, 0, false)))
}
