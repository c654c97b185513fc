package cypher

import "iter"

// naiveGroup is the rows that are the same in all items that don't aggregate.
type naiveGroup struct {
	first        *row
	keys         []any
	accumulators []*accumulation
}

// accumulation is one aggregation in one group.
type accumulation struct {
	of   *aggregation
	to   accumulator
	seen *set // nil: not DISTINCT
}

// grouped makes one row of each group, in the order in which groups were met. Without keys there is
// one group, be it empty.
func (x *evaluator) grouped(w *projection, in rows) iter.Seq[*projected] {
	return func(yield func(*projected) bool) {
		for _, g := range x.groupRows(w, in) {
			if !yield(x.groupRow(w, g)) {
				return
			}
		}
	}
}

func (x *evaluator) groupRows(w *projection, in rows) []*naiveGroup {
	keys, aggs := w.keysAndAggregations()
	var groups []*naiveGroup
	byKey := map[string]*naiveGroup{}
	for r := range in {
		values := x.evalAll(keys, r)
		x.spend(1 + Weight(values))
		k := rowKey(values)
		g := byKey[k]
		if g == nil {
			g = x.newGroup(r, values, aggs)
			byKey[k] = g
			groups = append(groups, g)
		}
		for _, a := range g.accumulators {
			x.accumulate(a, r)
		}
	}
	if len(keys) == 0 && len(groups) == 0 {
		return []*naiveGroup{x.newGroup(nil, nil, aggs)}
	}
	return groups
}

// keysAndAggregations returns the items that rows are grouped by, and what is computed of a group.
func (w *projection) keysAndAggregations() (keys []expr, aggs []*aggregation) {
	for _, i := range w.items {
		found := aggregations(i.expr)
		aggs = append(aggs, found...)
		if len(found) == 0 {
			keys = append(keys, i.expr)
		}
	}
	for _, k := range w.order {
		aggs = append(aggs, aggregations(k.expr)...)
	}
	return keys, aggs
}

func (x *evaluator) newGroup(first *row, keys []any, aggs []*aggregation) *naiveGroup {
	x.hold(Weight(keys) + len(aggs))
	g := &naiveGroup{first: first, keys: keys}
	for _, of := range aggs {
		a := &accumulation{of: of, to: of.fn.make()}
		if of.distinct {
			a.seen = x.newSet()
		}
		g.accumulators = append(g.accumulators, a)
	}
	return g
}

// accumulate adds a row to an aggregation. Nulls don't count.
func (x *evaluator) accumulate(a *accumulation, r *row) {
	if len(a.of.args) == 0 { // count(*)
		x.must(a.of, nil, a.to.add(x.meter, true, nil))
		return
	}
	values := x.evalAll(a.of.args, r)
	if values[0] == nil || a.seen != nil && !a.seen.add(values[:1]) {
		return
	}
	x.spend(Weight(values[0]))
	x.must(a.of, nil, a.to.add(x.meter, values[0], values[1:]))
}

// groupRow computes the items of a group: its keys are known, aggregations have their results, and
// whatever else an item says is the same for all rows of the group, so the first will do.
func (x *evaluator) groupRow(w *projection, g *naiveGroup) *projected {
	p := &projected{source: g.first, groups: make(map[*aggregation]any, len(g.accumulators))}
	for _, a := range g.accumulators {
		p.groups[a.of] = a.to.result()
	}
	inner := &evaluator{session: x.session, groups: p.groups}
	nextKey := 0
	for _, i := range w.items {
		var v any
		if !hasAggregation(i.expr) {
			v = g.keys[nextKey]
			nextKey++
		} else {
			v = inner.eval(i.expr, g.first)
		}
		p.columns = p.columns.with(i.name, v)
	}
	return p
}
