package cypher

// query plans a query that sees the variables of a scope, and returns where its columns are. Idempotent
// says that whoever gets the rows takes many that are equal for one.
func (p *planner) query(q *query, outer slots, idempotent bool) (operator, slots) {
	if len(q.parts) == 1 {
		return p.part(q.parts[0], q.columns, outer, idempotent)
	}
	columns := slots{}
	to := make([]int, len(q.columns))
	for i, name := range q.columns {
		to[i] = p.slot()
		columns[name] = to[i]
	}
	idempotent = idempotent || !q.all[0]
	u := &union{step: step{session: p.session}}
	for _, part := range q.parts {
		last, have := p.part(part, q.columns, outer, idempotent)
		m := &move{step: p.after(last, 1), to: to}
		for _, name := range q.columns {
			m.from = append(m.from, have[name])
		}
		u.estimate += m.estimate
		u.inner = append(u.inner, m)
	}
	if q.all[0] {
		return u, columns
	}
	return &distinct{step: p.after(u, 1), columns: to}, columns
}

// part plans clauses one behind the other.
func (p *planner) part(s *part, columns []string, visible slots, idempotent bool) (operator, slots) {
	if s.isolated {
		visible = nil
	}
	last := p.unit()
	repeats := repeatable(s.clauses, idempotent)
	for i, c := range s.clauses {
		last, visible = p.clause(c, last, visible, sequel{repeats[i], s.clauses[i+1:]})
	}
	have := slots{}
	for _, name := range columns {
		have[name] = visible[name]
	}
	return last, have
}

// clause plans a clause behind what comes before it, and returns what can be seen after it.
func (p *planner) clause(c clause, last operator, visible slots, then sequel) (operator, slots) {
	switch c := c.(type) {
	case *match:
		if c.optional {
			return p.optionalMatch(c, last, visible, then)
		}
		return p.match(c.paths, c.where, last, visible, then)
	case *unwind:
		list, to := p.compiler(visible).expr(c.list), p.slot()
		return &unwinding{step: p.after(last, 10), list: list, to: to, name: c.name}, visible.with(c.name, to)
	case *subcall:
		return p.subcall(c, last, visible, then.repeats)
	case *projection:
		return p.projection(c, last, visible)
	}
	panic("cypher: a clause of no known kind")
}

func (p *planner) optionalMatch(c *match, last operator, visible slots, then sequel) (operator, slots) {
	inner, after := p.match(c.paths, c.where, p.unit(), visible, then)
	o := &optional{step: p.after(last, max(1, inner.about().estimate))}
	o.inner = append(o.inner, inner)
	for _, name := range patternNames(c.paths) {
		if _, known := visible[name]; !known {
			o.nulls = append(o.nulls, after[name])
		}
	}
	return o, after
}

func (p *planner) subcall(c *subcall, last operator, visible slots, idempotent bool) (operator, slots) {
	imported := slots{}
	if c.everything {
		imported = visible
	}
	for _, v := range c.imports {
		imported[v.name] = visible[v.name]
	}
	inner, columns := p.query(c.query, imported, idempotent)
	o := &apply{step: p.after(last, inner.about().estimate)}
	o.inner = append(o.inner, inner)
	return o, visible.overlaid(columns)
}

// sequel is what becomes of the rows that a clause makes.
type sequel struct {
	repeats bool     // it does not matter how often equal ones come; see repeatable
	clauses []clause // that stand behind, and see its variables up to the first WITH or RETURN
}

// reads reports whether a variable of the clause is spoken of behind it.
func (q sequel) reads(p *planner, name string) bool {
	for _, c := range q.clauses {
		m := nameSet{}
		m.clause(c)
		p.spend(1 + len(m))
		if m[name] {
			return true
		}
		if _, ends := c.(*projection); ends {
			return false
		}
	}
	return false
}

// repeatable says of each clause whether the rows that it makes may come any number of times: whether
// all that follows does the same for equal rows, up to a clause that takes many for one.
func repeatable(clauses []clause, idempotent bool) []bool {
	repeats := make([]bool, len(clauses))
	for i := len(clauses) - 1; i >= 0; i-- {
		repeats[i] = idempotent
		if w, ok := clauses[i].(*projection); ok {
			idempotent = w.takesManyForOne() || idempotent && !w.counts()
		}
	}
	return repeats
}

// takesManyForOne reports whether it makes no difference to the projection how often a row comes.
func (w *projection) takesManyForOne() bool {
	if !w.aggregates() {
		return w.distinct
	}
	for _, a := range w.aggregations() {
		if extreme := a.fn.name == "min" || a.fn.name == "max"; !a.distinct && !extreme {
			return false
		}
	}
	return true
}

// counts reports whether the projection tells apart how often a row comes.
func (w *projection) counts() bool { return w.aggregates() || w.skip != nil || w.limit != nil }

// aggregations returns those of the items and of ORDER BY.
func (w *projection) aggregations() (all []*aggregation) {
	for _, i := range w.items {
		all = append(all, aggregations(i.expr)...)
	}
	for _, k := range w.order {
		all = append(all, aggregations(k.expr)...)
	}
	return all
}
