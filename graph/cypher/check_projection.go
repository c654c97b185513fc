package cypher

import (
	"slices"
)

// checkProjection checks WITH or RETURN and returns what can be seen after it and its columns. It
// writes out *, and finds what ORDER BY repeats of the items.
func checkProjection(w *projection, visible scope) (scope, []string) {
	if w.star {
		if len(visible) == 0 {
			fail(w.at(), "NoVariablesInScope", "there are no variables for *")
		}
		w.items = append(starItems(w.pos, visible), w.items...)
		w.star = false
	}
	after := scope{}
	var columns []string
	for _, i := range w.items {
		if _, ok := after[i.name]; ok {
			fail(i.at(), "ColumnNameConflict", "there are two columns %q", i.name)
		}
		if _, ok := i.expr.(*variable); !ok && !i.named && !w.returns {
			fail(i.at(), "NoExpressionAlias", "an expression in WITH needs a name: AS name")
		}
		after[i.name] = checkExpr(i.expr, visible)
		columns = append(columns, i.name)
	}
	if w.aggregates() {
		checkGrouping(w)
	}
	checkOrder(w, visible, after)
	checkCount(w.skip, "SKIP")
	checkCount(w.limit, "LIMIT")
	return after, columns
}

// aggregates reports whether the projection groups rows instead of keeping each.
func (w *projection) aggregates() bool {
	return slices.ContainsFunc(w.items, func(i item) bool { return hasAggregation(i.expr) })
}

// keepsRows reports whether every row of the projection comes from one row before it, whose variables
// ORDER BY and WHERE then still see.
func (w *projection) keepsRows() bool { return !w.distinct && !w.aggregates() }

func starItems(at pos, visible scope) []item {
	var items []item
	for _, name := range visible.names() {
		items = append(items, item{expr: &variable{at, name}, name: name, named: true})
	}
	return items
}

// checkGrouping holds what stands beside an aggregation in an item to constants and to what other
// items group by: anything else has no one value in a group.
func checkGrouping(w *projection) {
	keys := map[string]bool{}
	for _, i := range w.items {
		if !hasAggregation(i.expr) {
			keys[canonical(i.expr)] = true
		}
	}
	for _, i := range w.items {
		if hasAggregation(i.expr) {
			checkGrouped(i.expr, keys, nil)
		}
	}
}

// checkGrouped checks e outside aggregations. Local are the variables that comprehensions around e
// define.
func checkGrouped(e expr, keys map[string]bool, local []string) {
	if keys[canonical(e)] {
		return
	}
	switch e := e.(type) {
	case *aggregation:
		return
	case *comprehension:
		local = append(slices.Clip(local), e.name)
	case *quantifier:
		local = append(slices.Clip(local), e.name)
	case *reduction:
		local = append(slices.Clip(local), e.name, e.total)
	case *variable:
		if !slices.Contains(local, e.name) {
			refuseUngrouped(e)
		}
	}
	for _, kid := range e.kids() {
		checkGrouped(kid, keys, local)
	}
}

func refuseUngrouped(v *variable) {
	fail(v.at(), "AmbiguousAggregationExpression", "variable %q stands beside an aggregation, but the rows are not grouped by it", v.name)
}

// checkOrder checks ORDER BY and WHERE, which see the columns, and before them what the items are made
// from: all of it where rows are kept, else only what an item repeats.
func checkOrder(w *projection, before, after scope) {
	if len(w.order) == 0 && w.where == nil {
		return
	}
	w.aliases = map[expr]string{}
	columnOf := map[string]string{}
	for _, i := range w.items {
		columnOf[canonical(i.expr)] = i.name
	}
	for _, k := range w.order {
		if !w.aggregates() {
			refuseAggregations(k.expr)
		}
		repeated := w.findRepeated(k.expr, columnOf)
		if w.keepsRows() {
			checkExpr(k.expr, before.overlaid(after))
		} else {
			checkRepeated(k.expr, repeated, before, after)
		}
	}
	switch {
	case w.where == nil:
	case w.keepsRows():
		checkWhere(w.where, before.overlaid(after))
	default:
		refuseAggregations(w.where)
		checkRepeated(w.where, w.findRepeated(w.where, columnOf), before, after)
	}
}

// findRepeated notes what in e is an item already, and returns it. Variables are found by their name.
func (w *projection) findRepeated(e expr, columnOf map[string]string) map[expr]bool {
	repeated := map[expr]bool{}
	visit(e, func(e expr) bool {
		column, ok := columnOf[canonical(e)]
		if !ok {
			return true
		}
		repeated[e] = true
		if _, isVariable := e.(*variable); !isVariable {
			w.aliases[e] = column
		}
		return false
	})
	return repeated
}

// checkRepeated checks what stands behind a projection that made one row of several: it sees columns,
// what repeats an item, and aggregations of what was before.
func checkRepeated(e expr, repeated map[expr]bool, before, after scope) {
	aggregating := hasAggregation(e)
	visit(e, func(e expr) bool {
		if repeated[e] {
			return false
		}
		switch e := e.(type) {
		case *aggregation: // of rows that had these variables, under names that can still be seen
			checkExpr(e, after)
			return false
		case *comprehension, *quantifier, *reduction, *patternList, *patternTest, *subquery:
			checkPredicate(e, after)
			return false
		case *variable:
			_, known := before[e.name]
			if _, ok := after[e.name]; known && !ok && aggregating {
				refuseUngrouped(e)
			}
			after.lookup(e.at(), e.name)
		}
		return true
	})
}

// checkCount checks SKIP or LIMIT: a constant, and as far as can be seen a number.
func checkCount(e expr, clause string) {
	if e == nil {
		return
	}
	visit(e, func(e expr) bool {
		if v, ok := e.(*variable); ok {
			fail(v.at(), "NonConstantExpression", "%s needs a constant, so not the variable %q", clause, v.name)
		}
		return true
	})
	refuseAggregations(e)
	checkExpr(e, scope{})
	if l, ok := e.(*literal); ok {
		switch n, isInt := l.value.(int64); {
		case !isInt:
			fail(l.at(), "InvalidArgumentType", "%s needs an integer, not %s", clause, describe(l.value))
		case n < 0:
			fail(l.at(), "NegativeIntegerArgument", "%s needs a number that is not negative", clause)
		}
	}
}
