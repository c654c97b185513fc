package cypher

// nodeFits reports whether a node has the labels, properties and condition of its pattern. Properties
// and condition are passed over if they speak of variables not bound yet; late says that all are.
func (m *matcher) nodeFits(p *nodePattern, n NodeID, r *row, late bool) bool {
	if p.labels != nil && !late && !p.labels.holds(m.graph.labels(n)) {
		return false
	}
	return m.fits(p.constraint, r, late, func(key string) any { return m.graph.nodeProp(n, key) })
}

// relFits is nodeFits for a relationship, whose type has been seen to.
func (m *matcher) relFits(p *relPattern, rel RelID, r *row, late bool) bool {
	if p.hops != nil && p.name != "" {
		r = r.with(p.name, rel) // in its own condition, the variable is each relationship in turn
	}
	return m.fits(p.constraint, r, late, func(key string) any { return m.graph.relProp(rel, key) })
}

func (m *matcher) fits(c constraint, r *row, late bool, prop func(key string) any) bool {
	if !late && (c.opaque || !r.has(c.needs)) {
		return true
	}
	if props, ok := c.props.(*mapping); ok {
		for i, key := range props.keys {
			if equal(prop(key), m.eval(props.values[i], r)) != true {
				return false
			}
		}
	}
	return m.condition(c.where, r)
}

// lateHold applies the constraints that may have been passed over, now that all is bound.
func (w *walk) lateHold(r *row) bool {
	for i, p := range w.pattern.nodes {
		if p.late() && !w.nodeFits(p, w.nodes[i], r, true) {
			return false
		}
	}
	for i, p := range w.pattern.rels {
		if !p.late() {
			continue
		}
		for _, h := range w.hops[i] {
			if !w.relFits(p, h.rel, r, true) {
				return false
			}
		}
	}
	return true
}
