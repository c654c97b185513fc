package cypher

import "slices"

// mode reads EXPLAIN or PROFILE, if the query begins with it.
func (p *parser) mode() mode {
	switch {
	case p.word("EXPLAIN"):
		return modeExplain
	case p.word("PROFILE"):
		return modeProfile
	}
	return modeRun
}

// query reads parts joined by UNION. RETURN may be missing from some subqueries.
func (p *parser) query(mustReturn bool) *query {
	defer p.leave(p.deeper())
	q := &query{pos: p.here()}
	for {
		q.parts = append(q.parts, p.part(mustReturn))
		if !p.word("UNION") {
			return q
		}
		all := p.word("ALL")
		if !all {
			p.word("DISTINCT")
		}
		q.all = append(q.all, all)
	}
}

func (p *parser) part(mustReturn bool) *part {
	s := &part{pos: p.here()}
	for {
		c := p.clause()
		if c == nil {
			break
		}
		s.clauses = append(s.clauses, c)
		if w, ok := c.(*projection); ok && w.returns {
			return s
		}
	}
	p.refuseWrites()
	if len(s.clauses) == 0 {
		p.expectedClause("MATCH, OPTIONAL MATCH, UNWIND, WITH, CALL { } or RETURN")
	}
	_, with := s.clauses[len(s.clauses)-1].(*projection)
	if mustReturn || with {
		if p.peek(0).kind == tokenEnd || p.isOp(0, "}") || p.isOp(0, ";") {
			fail(p.peek(0).pos, "InvalidClauseComposition", "the query must end with RETURN")
		}
		p.expectedClause("a clause")
	}
	return s
}

// clause reads one clause, or returns nil where none begins.
func (p *parser) clause() clause {
	at := p.here()
	switch {
	case p.word("MATCH"):
		return p.match(at, false)
	case p.word("OPTIONAL", "MATCH"):
		return p.match(at, true)
	case p.word("UNWIND"):
		u := &unwind{pos: at, list: p.expr()}
		p.needWord("AS")
		u.name = p.name()
		return u
	case p.word("WITH"):
		return p.projection(at, false)
	case p.word("RETURN"):
		return p.projection(at, true)
	case p.word("CALL"):
		return p.subcall(at)
	}
	return nil
}

func (p *parser) match(at pos, optional bool) *match {
	m := &match{pos: at, optional: optional, paths: p.paths()}
	if p.word("WHERE") {
		m.where = p.expr()
	}
	return m
}

// subcall reads what follows CALL: a subquery. Procedures are refused.
func (p *parser) subcall(at pos) *subcall {
	c := &subcall{pos: at}
	if p.isName(0) {
		fail(int(at), "ProcedureNotFound", "procedures (CALL %s...) are not supported", p.name())
	}
	alone := !p.op("(")
	if !alone && !p.op(")") {
		p.imports(c)
	}
	p.needOp("{")
	c.query = p.query(true)
	p.needOp("}")
	if alone {
		c.everything = true
		for _, part := range c.query.parts {
			part.isolated = !part.imports()
		}
	}
	return c
}

// imports reports whether the part begins with WITH and nothing but names of variables.
func (s *part) imports() bool {
	w, ok := s.clauses[0].(*projection)
	if !ok || w.returns || w.distinct || len(w.order) > 0 || w.skip != nil || w.limit != nil || w.where != nil {
		return false
	}
	return !slices.ContainsFunc(w.items, func(i item) bool {
		_, isVariable := i.expr.(*variable)
		return !isVariable || i.named
	})
}

func (p *parser) imports(c *subcall) {
	for {
		if at := p.here(); p.op("*") {
			c.everything = true
		} else {
			c.imports = append(c.imports, &variable{at, p.name()})
		}
		if p.op(")") {
			return
		}
		p.needOp(",")
	}
}

// projection reads what follows WITH or RETURN.
func (p *parser) projection(at pos, returns bool) *projection {
	w := &projection{pos: at, returns: returns, distinct: p.word("DISTINCT")}
	if p.op("*") {
		w.star = true
	} else {
		w.items = append(w.items, p.item())
	}
	for p.op(",") {
		w.items = append(w.items, p.item())
	}
	if p.word("ORDER", "BY") {
		w.order = append(w.order, p.sortKey())
		for p.op(",") {
			w.order = append(w.order, p.sortKey())
		}
	}
	if p.word("SKIP") || p.word("OFFSET") {
		w.skip = p.expr()
	}
	if p.word("LIMIT") {
		w.limit = p.expr()
	}
	if !returns && p.word("WHERE") {
		w.where = p.expr()
	}
	return w
}

func (p *parser) item() item {
	at := p.here()
	i := item{expr: p.expr()}
	switch v, isVariable := i.expr.(*variable); {
	case p.word("AS"):
		i.named, i.name = true, p.name()
	case isVariable:
		i.name = v.name
	default:
		i.name = p.since(at)
	}
	return i
}

func (p *parser) sortKey() sortKey {
	k := sortKey{expr: p.expr()}
	if p.word("DESC") || p.word("DESCENDING") {
		k.descending = true
	} else if !p.word("ASC") {
		p.word("ASCENDING")
	}
	return k
}
