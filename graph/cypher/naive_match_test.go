package cypher

import "slices"

// matcher finds the ways in which the patterns of one MATCH lie in the graph: path pattern after path
// pattern, each from a start node outwards, depth first. No relationship is used twice in a match.
// Shortest paths come last.
type matcher struct {
	*evaluator
	paths []*pathPattern
	where expr // of the MATCH: only to find start nodes by; whoever asked for the match applies it
	walks []*walk
	used  []RelID // in the match so far
	yield func(*row) bool
}

// match yields r extended by the variables of the patterns, once for every way in which they match.
func (x *evaluator) match(paths []*pathPattern, where expr, r *row) rows {
	return func(yield func(*row) bool) {
		m := &matcher{evaluator: x, paths: paths, where: where, yield: yield}
		for _, p := range paths {
			if p.shortest == anyPath {
				m.walks = append(m.walks, newWalk(m, p))
			}
		}
		for _, p := range paths { // once all that WHERE may ask of them is known
			if p.shortest != anyPath {
				m.walks = append(m.walks, newWalk(m, p))
			}
		}
		m.next(0, r)
	}
}

// next matches the patterns from the i-th on. It returns false when no more matches are wanted.
func (m *matcher) next(i int, r *row) bool {
	if i < len(m.walks) {
		w := m.walks[i]
		w.done = func(r *row) bool { return m.next(i+1, r) }
		return w.run(r)
	}
	for _, w := range m.walks {
		if !w.lateHold(r) {
			return true
		}
	}
	return m.yield(r)
}

// walk matches one path pattern, beginning at one of its nodes: first to the right end, then from
// there on to the left end.
type walk struct {
	*matcher
	pattern *pathPattern
	start   int          // position of the node to begin at
	nodes   []NodeID     // found, by position
	hops    [][]naiveHop // found, by position of the relationship, in the order walked
	done    func(*row) bool
}

// naiveHop is a relationship and the node it led to.
type naiveHop struct {
	rel RelID
	to  NodeID
}

func newWalk(m *matcher, p *pathPattern) *walk {
	return &walk{matcher: m, pattern: p, nodes: make([]NodeID, len(p.nodes)), hops: make([][]naiveHop, len(p.rels))}
}

func (w *walk) run(r *row) bool {
	if w.pattern.shortest != anyPath {
		return w.shortest(r)
	}
	start, candidates := w.chooseStart(r)
	w.start = start
	for n := range candidates {
		if extended, ok := w.bind(start, n, r); ok && !w.step(0, extended) {
			return false
		}
	}
	return true
}

// bind takes a node for a position of the pattern, if it fits, and returns r with its variable.
func (w *walk) bind(position int, n NodeID, r *row) (*row, bool) {
	w.spend(1)
	p := w.pattern.nodes[position]
	switch bound, ok := r.named(p.name); {
	case ok && bound != any(n):
		return nil, false
	case !ok && p.name != "":
		r = r.with(p.name, n)
	}
	w.nodes[position] = n
	return r, w.nodeFits(p, n, r, false)
}

// leg is one step of a walk: a relationship of the pattern, in the direction it is walked.
type leg struct {
	rel, from, to int // positions in the pattern
	dir           Direction
}

// leg returns the i-th step.
func (w *walk) leg(i int) leg {
	if right := len(w.pattern.rels) - w.start; i >= right {
		rel := len(w.pattern.rels) - 1 - i
		return leg{rel, rel + 1, rel, w.pattern.rels[rel].dir.reversed()}
	}
	rel := w.start + i
	return leg{rel, rel, rel + 1, w.pattern.rels[rel].dir}
}

// step matches the relationships from the i-th step on.
func (w *walk) step(i int, r *row) bool {
	if i == len(w.pattern.rels) {
		return w.done(w.withPath(r))
	}
	l := w.leg(i)
	if w.pattern.rels[l.rel].hops != nil {
		return w.trail(i, l, r)
	}
	p := w.pattern.rels[l.rel]
	bound, isBound := r.named(p.name)
	for h := range w.expand(w.nodes[l.from], l.dir, p) {
		if isBound && bound != any(h.rel) {
			continue
		}
		extended := r
		if p.name != "" && !isBound {
			extended = r.with(p.name, h.rel)
		}
		if !w.relFits(p, h.rel, extended, false) {
			continue
		}
		extended, ok := w.bind(l.to, h.to, extended)
		if !ok {
			continue
		}
		w.hops[l.rel] = append(w.hops[l.rel][:0], h)
		w.used = append(w.used, h.rel)
		more := w.step(i+1, extended)
		w.used = w.used[:len(w.used)-1]
		if !more {
			return false
		}
	}
	return true
}

// expand yields the unused relationships of a node that have one of the pattern's types.
func (w *walk) expand(n NodeID, dir Direction, p *relPattern) func(yield func(naiveHop) bool) {
	return func(yield func(naiveHop) bool) {
		types, isChoice := []string{""}, true
		if p.labels != nil {
			types, isChoice = alternatives(p.labels)
		}
		if !isChoice {
			types = []string{""}
		}
		for _, relType := range types {
			for _, e := range w.graph.expand(n, dir, relType) {
				w.spend(1)
				if slices.Contains(w.used, e.Rel) || !isChoice && !p.labels.holds([]string{w.graph.relType(e.Rel)}) {
					continue
				}
				if !yield(naiveHop{e.Rel, e.Other}) {
					return
				}
			}
		}
	}
}

// withPath binds the name of the path.
func (w *walk) withPath(r *row) *row {
	if w.pattern.name == "" {
		return r
	}
	p := &path{nodes: []NodeID{w.nodes[0]}}
	for i := range w.hops {
		for _, h := range w.inPatternOrder(i) {
			p.rels = append(p.rels, h.rel)
			p.nodes = append(p.nodes, h.to)
		}
	}
	w.spend(len(p.nodes))
	return r.with(w.pattern.name, p)
}

// inPatternOrder returns the hops of a relationship as they lead from left to right.
func (w *walk) inPatternOrder(rel int) []naiveHop {
	walked := w.hops[rel]
	if rel >= w.start {
		return walked
	}
	hops := make([]naiveHop, 0, len(walked))
	for i := len(walked) - 1; i >= 0; i-- {
		to := w.nodes[rel+1] // where the walk to the left began
		if i > 0 {
			to = walked[i-1].to
		}
		hops = append(hops, naiveHop{walked[i].rel, to})
	}
	return hops
}
