package cypher

// group makes one row of all rows that are the same in the keys, in the order in which they were met.
// Without keys it makes one row of none, too.
type group struct {
	step
	keys       []value
	keySlots   []int
	aggregates []aggregating
	kept       []int // slots that come from a group's first row
	text       string
}

// aggregating is one aggregation and the slot for its result.
type aggregating struct {
	of   *aggregation
	args []value // none for count(*)
	to   int
}

// grouping is one group on its way.
type grouping struct {
	keys, kept []any
	to         []accumulator
	seen       []*set // nil where an aggregation is not DISTINCT
}

func (o *group) open(next push) push {
	var groups []*grouping
	byKey := map[any]*grouping{}
	held := 0
	keys := make([]any, len(o.keys))
	groupOf := func(weight int) *grouping {
		if len(keys) == 0 && len(groups) == 1 {
			return groups[0]
		}
		k := identity(keys)
		g := byKey[k]
		if g == nil {
			g = o.newGrouping(keys)
			held += weight + len(o.aggregates)
			o.hold(weight + len(o.aggregates))
			byKey[k] = g
			groups = append(groups, g)
		}
		return g
	}
	run := o.ready(o.input, func() bool {
		for i, k := range o.keys {
			keys[i] = k()
		}
		n := Weight(keys)
		o.spend(1 + n)
		g := groupOf(n)
		for i := range o.aggregates {
			held += o.accumulate(&o.aggregates[i], g, i)
		}
		return true
	})
	return func() bool {
		groups = groups[:0]
		clear(byKey)
		o.release(held)
		held = 0
		run()
		if len(o.keys) == 0 && len(groups) == 0 {
			groups = append(groups, o.newGrouping(nil))
		}
		for _, g := range groups {
			o.put(g)
			if !next() {
				return false
			}
		}
		return true
	}
}

func (o *group) newGrouping(keys []any) *grouping {
	g := &grouping{
		keys: append([]any(nil), keys...),
		kept: make([]any, len(o.kept)),
		to:   make([]accumulator, len(o.aggregates)),
		seen: make([]*set, len(o.aggregates)),
	}
	for i, slot := range o.kept {
		g.kept[i] = o.row[slot]
	}
	for i, a := range o.aggregates {
		g.to[i] = a.of.fn.make()
		if a.of.distinct {
			g.seen[i] = o.newSet()
		}
	}
	return g
}

// accumulate adds the row at hand to the i-th aggregation, and returns how many more values that keeps.
// Nulls don't count.
func (o *group) accumulate(a *aggregating, g *grouping, i int) (held int) {
	var v any = true // what count(*) counts
	var more []any
	if len(a.args) > 0 {
		v = a.args[0]()
		for _, arg := range a.args[1:] {
			more = append(more, arg())
		}
	}
	before := o.valuesHeld
	if v == nil || g.seen[i] != nil && !g.seen[i].add([]any{v}) {
		return 0
	}
	o.spend(Weight(v))
	must(a.of, nil, g.to[i].add(o.meter, v, more))
	return o.valuesHeld - before
}

// put makes a group the row at hand.
func (o *group) put(g *grouping) {
	for i, slot := range o.keySlots {
		o.row[slot] = g.keys[i]
	}
	for i, slot := range o.kept {
		o.row[slot] = g.kept[i]
	}
	for i, a := range o.aggregates {
		o.row[a.to] = g.to[i].result()
	}
}

func (o *group) title() string { return "Aggregate " + o.text }
