package cypher

import (
	"slices"
	"strings"
)

// projection plans WITH or RETURN: the steps below in the order in which openCypher applies them.
func (p *planner) projection(w *projection, last operator, before slots) (operator, slots) {
	var c *compiler // for what stands behind the items
	var columns slots
	if w.aggregates() {
		last, columns, c = p.grouping(w, last, before)
	} else {
		last, columns, c = p.items(w, last, before)
	}
	if w.distinct {
		last = &distinct{step: p.after(last, 1), columns: columns.of(w)}
	}
	c.visible = before.overlaid(columns)
	c.aliases = make(map[expr]int, len(w.aliases))
	for e, name := range w.aliases {
		c.aliases[e] = columns[name]
	}
	last = p.sorted(w, last, c, columns)
	if w.where != nil {
		holds := c.condition(w.where)
		last = &filter{step: p.after(last, likely), conditions: []condition{holds}, text: "WHERE"}
	}
	return last, columns
}

// of returns the slots of a projection's columns in order.
func (s slots) of(w *projection) []int {
	all := make([]int, len(w.items))
	for i, it := range w.items {
		all[i] = s[it.name]
	}
	return all
}

// items plans one row of each. A variable stays where it is.
func (p *planner) items(w *projection, last operator, before slots) (operator, slots, *compiler) {
	columns, c := slots{}, p.compiler(before)
	o := &project{}
	for _, it := range w.items {
		if v, ok := it.expr.(*variable); ok {
			columns[it.name] = before[v.name]
			continue
		}
		o.values = append(o.values, c.expr(it.expr))
		slot := p.slot()
		columns[it.name] = slot
		o.to = append(o.to, slot)
	}
	o.step, o.text = p.after(last, 1), w.text()
	return o, columns, p.compiler(before)
}

func (w *projection) columns() []string {
	names := make([]string, len(w.items))
	for i, it := range w.items {
		names[i] = it.name
	}
	return names
}

// text names the columns, for people.
func (w *projection) text() string { return strings.Join(w.columns(), ", ") }

// grouping plans one row of each group.
func (p *planner) grouping(w *projection, last operator, before slots) (operator, slots, *compiler) {
	columns, c := slots{}, p.compiler(before)
	behind := p.compiler(before)
	behind.results = map[*aggregation]int{}
	o := &group{text: w.text()}
	for _, it := range w.items {
		if hasAggregation(it.expr) {
			continue
		}
		slot := p.slot()
		o.keys = append(o.keys, c.expr(it.expr))
		o.keySlots = append(o.keySlots, slot)
		columns[it.name] = slot
	}
	for _, a := range w.aggregations() {
		slot := p.slot()
		behind.results[a] = slot
		o.aggregates = append(o.aggregates, aggregating{of: a, args: c.all(a.args), to: slot})
	}
	o.kept = keptOf(w, before)
	o.step = p.after(last, grouped)
	if len(o.keys) == 0 {
		o.estimate = 1
	}
	var groups operator = o
	if t, ok := p.tallied(w, o, before); ok {
		groups = t
	}
	computed := &project{text: w.text()}
	for _, it := range w.items {
		if !hasAggregation(it.expr) {
			continue
		}
		columns[it.name] = p.slot()
		computed.values = append(computed.values, behind.expr(it.expr))
		computed.to = append(computed.to, columns[it.name])
	}
	computed.step = p.after(groups, 1)
	after := p.compiler(before)
	after.results = behind.results
	return computed, columns, after
}

// keptOf returns the slots that a group keeps of its first row: those of the variables that stand
// beside aggregations, in patterns and subqueries too. They are the same in all rows of the group.
func keptOf(w *projection, before slots) []int {
	var kept []int
	for _, it := range w.items {
		if !hasAggregation(it.expr) {
			continue
		}
		for name := range mentions(it.expr) {
			if slot, ok := before[name]; ok && !slices.Contains(kept, slot) {
				kept = append(kept, slot)
			}
		}
	}
	return kept
}

// sorted plans ORDER BY, SKIP and LIMIT.
func (p *planner) sorted(w *projection, last operator, c *compiler, columns slots) operator {
	rows := bounds{}
	if w.skip != nil {
		rows.skip = p.rowCount(w.skip, "SKIP")
	}
	if w.limit != nil {
		rows.limit = p.rowCount(w.limit, "LIMIT")
	}
	if len(w.order) > 0 {
		o := &sorting{bounds: rows}
		for _, k := range w.order {
			o.keys = append(o.keys, c.expr(k.expr))
			o.descending = append(o.descending, k.descending)
		}
		o.kept = keptBehind(w, c.visible, columns)
		o.step = p.after(last, 1)
		last = o
	}
	if w.skip != nil || w.limit != nil {
		last = &window{step: p.after(last, 1), bounds: rows}
	}
	return last
}

// keptBehind returns the slots that sorting keeps of a row: its columns, and what WHERE looks back to.
func keptBehind(w *projection, visible, columns slots) []int {
	var kept []int
	keep := func(slot int) {
		if !slices.Contains(kept, slot) {
			kept = append(kept, slot)
		}
	}
	for _, it := range w.items {
		keep(columns[it.name])
	}
	for name := range mentions(w.where) {
		if slot, ok := visible[name]; ok {
			keep(slot)
		}
	}
	return kept
}

// rowCount compiles SKIP or LIMIT, which speak of no row.
func (p *planner) rowCount(e expr, clause string) func() int {
	count := p.compiler(nil).expr(e)
	return func() int {
		n, ok := count().(int64)
		if !ok {
			panic(newError(SyntaxError, "InvalidArgumentType", "%s needs an integer", clause).at(e.at()))
		}
		if n < 0 {
			panic(newError(SyntaxError, "NegativeIntegerArgument", "%s needs a number that is not negative, not %d", clause, n).at(e.at()))
		}
		return int(min(n, maxSpend))
	}
}
