package cypher

// query yields the rows of a query that starts with the variables of outer.
func (x *evaluator) query(q *query, outer *row) rows {
	out := x.part(q.parts[0], outer)
	for i, all := range q.all {
		out = concatenated(out, x.part(q.parts[i+1], outer))
		if !all {
			out = x.distinctRows(out, q.columns)
		}
	}
	return out
}

func concatenated(a, b rows) rows {
	return func(yield func(*row) bool) {
		for r := range a {
			if !yield(r) {
				return
			}
		}
		for r := range b {
			if !yield(r) {
				return
			}
		}
	}
}

func (x *evaluator) distinctRows(in rows, columns []string) rows {
	return func(yield func(*row) bool) {
		seen := x.newSet()
		for r := range in {
			if seen.add(r.values(columns)) && !yield(r) {
				return
			}
		}
	}
}

// part chains the clauses: each turns the rows of the one before it into its own.
func (x *evaluator) part(p *part, outer *row) rows {
	if p.isolated {
		outer = nil
	}
	out := one(outer)
	for _, c := range p.clauses {
		out = x.clause(c, out)
	}
	return out
}

func (x *evaluator) clause(c clause, in rows) rows {
	switch c := c.(type) {
	case *match:
		return x.matchClause(c, in)
	case *unwind:
		return x.unwind(c, in)
	case *subcall:
		return x.subcall(c, in)
	case *projection:
		return x.project(c, in)
	}
	panic("cypher: a clause of no known kind")
}

func (x *evaluator) matchClause(c *match, in rows) rows {
	return func(yield func(*row) bool) {
		for r := range in {
			found := false
			for extended := range x.match(c.paths, c.where, r) {
				if !x.condition(c.where, extended) {
					continue
				}
				found = true
				if !yield(extended) {
					return
				}
			}
			if !found && c.optional && !yield(r.withNulls(patternNames(c.paths))) {
				return
			}
		}
	}
}

// withNulls returns r with null for the names that it lacks.
func (r *row) withNulls(names []string) *row {
	for _, name := range names {
		if _, ok := r.get(name); !ok {
			r = r.with(name, nil)
		}
	}
	return r
}

// unwind makes a row of each element. A single value is a list of one, null a list of none.
func (x *evaluator) unwind(c *unwind, in rows) rows {
	return func(yield func(*row) bool) {
		for r := range in {
			v := x.eval(c.list, r)
			elements, ok := v.([]any)
			if !ok && v != nil {
				elements = []any{v}
			}
			for _, e := range elements {
				x.spend(1)
				if !yield(r.with(c.name, e)) {
					return
				}
			}
		}
	}
}

// subcall adds the columns of the inner query to every row, once for each row it yields.
func (x *evaluator) subcall(c *subcall, in rows) rows {
	return func(yield func(*row) bool) {
		for r := range in {
			for found := range x.query(c.query, c.imported(r)) {
				extended := r
				for _, name := range c.query.columns {
					v, _ := found.get(name)
					extended = extended.with(name, v)
				}
				if !yield(extended) {
					return
				}
			}
		}
	}
}

func (c *subcall) imported(r *row) *row {
	if c.everything {
		return r
	}
	var inner *row
	for _, v := range c.imports {
		value, _ := r.get(v.name)
		inner = inner.with(v.name, value)
	}
	return inner
}

// values returns the values of variables, null for those that are not bound.
func (r *row) values(names []string) []any {
	values := make([]any, len(names))
	for i, name := range names {
		values[i], _ = r.get(name)
	}
	return values
}
