package cypher

import "slices"

// tally makes one row that says how many nodes or relationships there are: the graph knows.
type tally struct {
	step
	of   func() int
	to   []int // slots
	text string
}

func (o *tally) open(next push) push {
	return func() bool {
		o.spend(1)
		for _, slot := range o.to {
			o.row[slot] = int64(o.of())
		}
		return next()
	}
}

func (o *tally) title() string { return "Count " + o.text }

// tallied returns what does the work of a group that counts the rows of its input, if the graph knows
// their number: they are the nodes of one label, or the relationships of some types, and nothing else is
// asked of them.
func (p *planner) tallied(w *projection, o *group, before slots) (*tally, bool) {
	t := &tally{step: step{session: p.session, estimate: 1}}
	var made []int // slots that are null in no row
	switch all := o.input.(type) {
	case *scan:
		if !all.first() || len(all.labels) > 1 {
			return nil, false
		}
		t.of, t.text = func() int { return p.graph.NodeCount(all.labels[0]) }, p.nodesText(all.labels...)
		made = []int{all.to}
	case *expand:
		if !all.everything() {
			return nil, false
		}
		t.of, t.text = func() int { return p.graph.relCount(all.types.ids) }, all.typeText()
		made = []int{all.from.slot, all.to.slot, all.rel}
	default:
		return nil, false
	}
	for _, it := range w.items {
		if a, ok := it.expr.(*aggregation); !ok || !a.countsAll(before, made) {
			return nil, false
		}
	}
	for _, a := range o.aggregates {
		t.to = append(t.to, a.to)
	}
	return t, true
}

// countsAll reports whether an aggregation counts every row, when some slots are null in none.
func (e *aggregation) countsAll(visible slots, made []int) bool {
	if e.fn.name != "count" || e.distinct {
		return false
	}
	for _, arg := range e.args {
		if v, ok := arg.(*variable); !ok || !slices.Contains(made, visible[v.name]) {
			return false
		}
	}
	return true
}

// first reports whether nothing comes before an operator.
func (s *step) first() bool { _, isUnit := s.input.(*unit); return isUnit }

// everything reports whether an expansion makes one row of each relationship of its types.
func (o *expand) everything() bool {
	all, isScan := o.input.(*scan)
	return isScan && all.first() && all.labels[0] == AnyLabel && !o.to.known && o.dir != Both && !o.types.impossible && o.types.other == nil
}

// relCount returns the number of relationships of some types, or of all if there are none.
func (g names) relCount(types []TypeID) (n int) {
	if len(types) == 0 {
		return g.RelCount(AnyType)
	}
	for _, id := range types {
		n += g.RelCount(id)
	}
	return n
}
