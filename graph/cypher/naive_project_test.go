package cypher

import (
	"iter"
	"slices"
)

// projected is a row that a projection made, with what ORDER BY and WHERE may look back to.
type projected struct {
	columns *row // what the clause after it sees
	source  *row // the row it was made from; of a group, its first
	groups  map[*aggregation]any
	sortBy  []any
}

// project is WITH or RETURN: the steps below in the order in which openCypher applies them.
func (x *evaluator) project(w *projection, in rows) rows {
	var out iter.Seq[*projected]
	if w.aggregates() {
		out = x.grouped(w, in)
	} else {
		out = x.each(w, in)
	}
	if w.distinct {
		out = x.distinct(w, out)
	}
	if len(w.order) > 0 {
		out = x.sorted(w, out)
	}
	if w.skip != nil || w.limit != nil {
		out = x.window(w, out)
	}
	return x.filtered(w, out)
}

// each makes one row of each.
func (x *evaluator) each(w *projection, in rows) iter.Seq[*projected] {
	return func(yield func(*projected) bool) {
		for r := range in {
			x.spend(1)
			var columns *row
			for _, i := range w.items {
				columns = columns.with(i.name, x.eval(i.expr, r))
			}
			if !yield(&projected{columns: columns, source: r}) {
				return
			}
		}
	}
}

func (x *evaluator) distinct(w *projection, in iter.Seq[*projected]) iter.Seq[*projected] {
	return func(yield func(*projected) bool) {
		seen := x.newSet()
		for p := range in {
			if seen.add(p.columns.values(w.columns())) && !yield(p) {
				return
			}
		}
	}
}

// sorted keeps all rows, or with a LIMIT up to twice as many as the limit lets through.
func (x *evaluator) sorted(w *projection, in iter.Seq[*projected]) iter.Seq[*projected] {
	return func(yield func(*projected) bool) {
		_, to := x.bounds(w)
		var kept []*projected
		for p := range in {
			p.sortBy = x.sortValues(w, p)
			x.hold(p.weight())
			kept = append(kept, p)
			if to < len(kept)/2 {
				kept = x.cutSorted(w, kept, to)
			}
		}
		w.sort(kept)
		for _, p := range kept {
			if !yield(p) {
				return
			}
		}
	}
}

// cutSorted keeps the first n rows in order.
func (x *evaluator) cutSorted(w *projection, kept []*projected, n int) []*projected {
	w.sort(kept)
	for _, p := range kept[n:] {
		x.release(p.weight())
	}
	clear(kept[n:]) // for the garbage collector
	return kept[:n]
}

// weight is what a row counts that is kept for sorting.
func (p *projected) weight() int {
	n := 1 + Weight(p.sortBy)
	for r := p.columns; r != nil; r = r.before {
		n += Weight(r.value)
	}
	return n
}

func (x *evaluator) sortValues(w *projection, p *projected) []any {
	inner, visible := x.behind(w, p), p.visible(w)
	values := make([]any, len(w.order))
	for i, k := range w.order {
		values[i] = inner.eval(k.expr, visible)
	}
	return values
}

// behind evaluates what stands behind the items: ORDER BY and WHERE.
func (x *evaluator) behind(w *projection, p *projected) *evaluator {
	return &evaluator{session: x.session, groups: p.groups, aliases: w.aliases}
}

// visible is the row before the projection, with the columns hiding what has their names. What a
// query may see of it the checker has decided.
func (p *projected) visible(w *projection) *row {
	r := p.source
	for _, name := range w.columns() {
		v, _ := p.columns.get(name)
		r = r.with(name, v)
	}
	return r
}

func (w *projection) sort(kept []*projected) {
	slices.SortStableFunc(kept, func(a, b *projected) int {
		for i, k := range w.order {
			c := order(a.sortBy[i], b.sortBy[i])
			if k.descending {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// window applies SKIP and LIMIT.
func (x *evaluator) window(w *projection, in iter.Seq[*projected]) iter.Seq[*projected] {
	return func(yield func(*projected) bool) {
		from, to := x.bounds(w)
		if from == to {
			return
		}
		n := 0
		for p := range in {
			if n++; n > from && !yield(p) || n == to {
				return
			}
		}
	}
}

// bounds returns how many rows SKIP leaves out, and that number plus LIMIT.
func (x *evaluator) bounds(w *projection) (from, to int) {
	to = maxSpend
	if w.skip != nil {
		from = x.rowCount(w.skip, "SKIP")
	}
	if w.limit != nil {
		to = from + x.rowCount(w.limit, "LIMIT")
	}
	return from, to
}

// rowCount evaluates SKIP or LIMIT, which speak of no row.
func (x *evaluator) rowCount(e expr, clause string) int {
	n, ok := x.eval(e, nil).(int64)
	if !ok {
		panic(newError(SyntaxError, "InvalidArgumentType", "%s needs an integer", clause).at(e.at()))
	}
	if n < 0 {
		panic(newError(SyntaxError, "NegativeIntegerArgument", "%s needs a number that is not negative, not %d", clause, n).at(e.at()))
	}
	return int(min(n, maxSpend))
}

// filtered applies WHERE, which sees the columns and, where rows are kept, their sources.
func (x *evaluator) filtered(w *projection, in iter.Seq[*projected]) rows {
	return func(yield func(*row) bool) {
		for p := range in {
			if w.where != nil && !x.behind(w, p).condition(w.where, p.visible(w)) {
				continue
			}
			if !yield(p.columns) {
				return
			}
		}
	}
}
