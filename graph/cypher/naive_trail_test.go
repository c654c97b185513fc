package cypher

import "slices"

// trail matches a variable length: every way of min to max hops, no relationship twice.
func (w *walk) trail(i int, l leg, r *row) bool {
	p := w.pattern.rels[l.rel]
	t := &naiveTrail{walk: w, after: i + 1, leg: l, pattern: p, row: r, least: p.hops.min, most: p.hops.max}
	if bound, ok := r.named(p.name); ok {
		rels, ok := relsOf(bound)
		if !ok {
			return true
		}
		if l.to < l.from {
			slices.Reverse(rels)
		}
		t.bound, t.isBound = rels, true
		t.least, t.most = len(rels), len(rels)
	}
	w.hops[l.rel] = w.hops[l.rel][:0]
	return t.from(w.nodes[l.from])
}

// naiveTrail is a variable length on its way.
type naiveTrail struct {
	*walk
	after       int // the step after this one
	leg         leg
	pattern     *relPattern
	row         *row // before the relationship
	least, most int
	bound       []RelID // the relationships in walking order, if the variable is bound
	isBound     bool
}

// from goes on from a node that the hops so far have reached.
func (t *naiveTrail) from(n NodeID) bool {
	depth := len(t.hops[t.leg.rel])
	if depth >= t.least && !t.end(n) {
		return false
	}
	if depth == t.most {
		t.noteIfCut(n)
		return true
	}
	for h := range t.expand(n, t.leg.dir, t.pattern) {
		if t.isBound && t.bound[depth] != h.rel || !t.relFits(t.pattern, h.rel, t.row, false) {
			continue
		}
		t.hops[t.leg.rel] = append(t.hops[t.leg.rel][:depth], h)
		t.used = append(t.used, h.rel)
		more := t.from(h.to)
		t.used = t.used[:len(t.used)-1]
		t.hops[t.leg.rel] = t.hops[t.leg.rel][:depth]
		if !more {
			return false
		}
	}
	return true
}

// end takes the node reached for the end of the relationship pattern and goes on behind it.
func (t *naiveTrail) end(n NodeID) bool {
	r, ok := t.bind(t.leg.to, n, t.row)
	if !ok {
		return true
	}
	return t.step(t.after, t.withRels(r, t.leg.rel, t.isBound))
}

// noteIfCut tells about a path that would go on, had the query given a bound.
func (t *naiveTrail) noteIfCut(n NodeID) {
	if !t.pattern.hops.open || t.isBound {
		return
	}
	for h := range t.expand(n, t.leg.dir, t.pattern) {
		if t.relFits(t.pattern, h.rel, t.row, false) {
			t.note(cutNote)
			return
		}
	}
}

// withRels binds the variable of a variable length, unless it is bound.
func (w *walk) withRels(r *row, rel int, isBound bool) *row {
	p := w.pattern.rels[rel]
	if p.name == "" || isBound || p.hops == nil {
		return r
	}
	list := []any{}
	for _, h := range w.inPatternOrder(rel) {
		list = append(list, h.rel)
	}
	w.spend(len(list))
	return r.with(p.name, list)
}
