package cypher

import "slices"

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
	if names, all := c.needs(); !late && (!all || !r.has(names)) {
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

// needs returns the variables that props and where speak of, and whether these are all.
func (c constraint) needs() (names []string, all bool) {
	all = true
	for _, e := range present(c.props, c.where) {
		more, known := references(e)
		names, all = append(names, more...), all && known
	}
	return names, all
}

// late reports whether props or where may speak of what is bound after the node or relationship.
func (c constraint) late() bool {
	names, all := c.needs()
	return !all || slices.ContainsFunc(names, func(name string) bool { return name != c.name })
}

// references returns the variables that an expression takes from outside. It says false when it
// cannot know them all, because there is a pattern or a subquery inside.
func references(e expr) (names []string, all bool) {
	all = true
	visit(e, func(e expr) bool {
		switch e := e.(type) {
		case *variable:
			names = append(names, e.name) // maybe a comprehension's own: then one too many, which is safe
		case *patternList, *patternTest, *subquery:
			all = false
		}
		return true
	})
	return names, all
}
