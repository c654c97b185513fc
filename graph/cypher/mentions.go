package cypher

// nameSet is a set of variables' names.
type nameSet map[string]bool

// mentions returns every variable that expressions speak of, those inside patterns and subqueries and
// those that comprehensions define included: maybe more than are taken from outside, never fewer.
func mentions(all ...expr) nameSet {
	m := nameSet{}
	for _, e := range all {
		m.expr(e)
	}
	return m
}

func (m nameSet) expr(e expr) {
	visit(e, func(e expr) bool {
		switch e := e.(type) {
		case *variable:
			m[e.name] = true
		case *patternList:
			m.path(e.path)
			m.expr(e.where)
			m.expr(e.result)
		case *patternTest:
			m.path(e.path)
		case *subquery:
			m.query(e.query)
		}
		return true
	})
}

func (m nameSet) path(p *pathPattern) {
	m[p.name] = true
	for i, n := range p.nodes {
		m.constraint(n.constraint)
		if i < len(p.rels) {
			m.constraint(p.rels[i].constraint)
		}
	}
	delete(m, "")
}

func (m nameSet) constraint(c constraint) {
	m[c.name] = true
	m.expr(c.props)
	m.expr(c.where)
}

func (m nameSet) query(q *query) {
	for _, part := range q.parts {
		for _, c := range part.clauses {
			m.clause(c)
		}
	}
}

func (m nameSet) clause(c clause) {
	switch c := c.(type) {
	case *match:
		for _, p := range c.paths {
			m.path(p)
		}
		m.expr(c.where)
	case *unwind:
		m.expr(c.list)
	case *subcall:
		for _, v := range c.imports {
			m[v.name] = true
		}
		m.query(c.query)
	case *projection:
		for _, i := range c.items {
			m.expr(i.expr)
		}
		for _, k := range c.order {
			m.expr(k.expr)
		}
		m.expr(c.skip)
		m.expr(c.limit)
		m.expr(c.where)
	}
}
