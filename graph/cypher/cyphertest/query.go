package cyphertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Query writes a query. Its text says all of it but the values of [Params].
func Query(rng *rand.Rand) string { return (&writer{rng: rng}).query() }

// Expressions writes a query that puts expressions to every node and what it leads to, which may be
// nothing.
func Expressions(rng *rand.Rand) string {
	w := &writer{rng: rng, nodes: []string{"n", "o"}, rels: []string{"r"}}
	items := make([]string, 6)
	for i := range items {
		items[i] = fmt.Sprintf("%s AS c%d", w.expression(3), i)
	}
	return "MATCH (n) OPTIONAL MATCH (n)-[r]->(o) RETURN " + strings.Join(items, ", ")
}

// ShortestPaths writes a query for the shortest paths between any two nodes that fulfil a condition, maybe
// beside another pattern. Which one it is of several is not asked.
func ShortestPaths(rng *rand.Rand) string {
	w := &writer{rng: rng, nodes: []string{"n", "o"}}
	paths := []string{w.shortest()}
	if w.chance(30) {
		paths = slices.Insert(paths, rng.IntN(2), w.path())
	}
	p := w.sought
	match := w.pick("MATCH ", "OPTIONAL MATCH ") + strings.Join(paths, ", ") + " WHERE " + w.ofPath(p) + w.pick("", " AND "+w.ofPath(p), " AND "+w.condition(1))
	return "MATCH (n), (o) WHERE n <> o " + match + " RETURN n, o, length(" + p + ") AS l"
}

// Hops writes a query for what relationships of a variable length lead to that fulfil a condition each, or
// some of them, maybe beside another pattern. Often it is not asked on which ways.
func Hops(rng *rand.Rand) string {
	w := &writer{rng: rng, nodes: []string{"n", "o"}}
	list := w.name()
	hops := w.pick("*", "*0..", "*..3", "*1..2", "*0..3", "*2..3", "*..3 {x: 1}")
	rel := "-[" + list + w.pick("", ":T", ":T|U") + hops + "]-"
	switch {
	case w.chance(40):
		rel += ">"
	case w.chance(50) || strings.HasSuffix(hops, "*") || strings.HasSuffix(hops, ".."): // both ways there are too many
		rel = "<" + rel
	}
	paths := []string{"(n)" + rel + w.pick("(o)", "(o)", "(o:A)", "(o {x: 1})", "(n)")}
	if w.chance(20) {
		paths = slices.Insert(paths, rng.IntN(2), "(o)-[:U]->("+w.pick("", "n")+")")
	}
	paths = append(paths, "(o)") // the end may be another
	where := w.ofHops(list) + w.pick("", "", " AND "+w.ofHops(list), " AND "+w.condition(1))
	head := w.pick("MATCH (n) MATCH ", "MATCH (n) OPTIONAL MATCH ", "MATCH (n), (o) MATCH ", "MATCH ")
	return head + strings.Join(paths, ", ") + " WHERE " + where + " RETURN " +
		w.pick("DISTINCT n, o", "DISTINCT n, o", "n, count(DISTINCT o) AS c", "n, o", "DISTINCT o, size("+list+") AS l", "n, [x IN "+list+" | x.w] AS l")
}

// Params are the parameters of every query.
func Params() map[string]any {
	return map[string]any{"one": int64(1), "name": "a", "none": nil, "list": []any{int64(0), int64(2), nil}}
}

// writer writes one query, and knows what is in scope.
type writer struct {
	rng   *rand.Rand
	next  int      // number of the next variable
	nodes []string // variables in scope that are nodes or null, by kind
	rels  []string
	lists []string // relationships of a variable length
	paths []string
	short []string // shortest paths, of which there may be several
	// sought is the shortest path among the patterns last written; "" if there is none.
	sought string
	plain  []string // values
	terms  []string // numbers that a comprehension goes through
	// given are the relationships that a MATCH finds bound, and may name once.
	given []string
}

func (w *writer) name() string {
	w.next++
	return fmt.Sprintf("v%d", w.next)
}

func (w *writer) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *writer) pick(all ...string) string { return all[w.rng.IntN(len(all))] }

func (w *writer) query() string {
	text := w.part()
	if w.chance(8) {
		other := &writer{rng: w.rng, next: w.next}
		return text + " RETURN " + w.column() + " AS c " + w.pick("UNION", "UNION ALL") + " " + other.part() + " RETURN " + other.column() + " AS c"
	}
	return text + " " + w.ending()
}

func (w *writer) part() string {
	var clauses []string
	for range 1 + w.rng.IntN(3) {
		clauses = append(clauses, w.clause())
	}
	return strings.Join(clauses, " ")
}

func (w *writer) clause() string {
	switch w.rng.IntN(12) {
	case 0:
		list, name := w.pick("[1, 2]", "[0, 1, 1]", "[]", "null", "range(0, 2)"), w.name()
		w.plain = append(w.plain, name)
		return "UNWIND " + list + " AS " + name
	case 1:
		return w.with()
	case 2:
		return w.call()
	case 3, 4:
		return "OPTIONAL MATCH " + w.patterns() + w.where()
	}
	return "MATCH " + w.patterns() + w.where()
}

// with keeps some variables, maybe each combination of them once, and names a value.
func (w *writer) with() string {
	kept := w.kept()
	name := w.name()
	items := append(slices.Clone(kept), w.value()+" AS "+name)
	text := "WITH " + w.pick("", "DISTINCT ") + strings.Join(items, ", ")
	w.plain = append(w.plain, name)
	if w.chance(30) {
		text += " ORDER BY " + name + w.pick("", " DESC")
	}
	return text + w.where()
}

// kept forgets some of the variables and returns the others.
func (w *writer) kept() (all []string) {
	for _, vars := range []*[]string{&w.nodes, &w.rels, &w.lists, &w.paths, &w.short, &w.plain} {
		*vars = slices.DeleteFunc(*vars, func(string) bool { return w.chance(25) })
		all = append(all, *vars...)
	}
	return all
}

func (w *writer) call() string {
	inner := &writer{rng: w.rng, next: w.next}
	imported := w.pick("() {", "{")
	if len(w.nodes) > 0 {
		n := w.pick(w.nodes...)
		imported = w.pick("("+n+") {", "{ WITH "+n)
		inner.nodes = []string{n}
	}
	name := "c" + w.name()
	text := "CALL " + imported + " MATCH " + inner.patterns() + inner.where() + " RETURN " + inner.column() + " AS " + name + " }"
	w.next = inner.next + 1
	w.plain = append(w.plain, name)
	return text
}

// column is a variable or a value.
func (w *writer) column() string {
	var vars []string
	vars = append(vars, w.nodes...)
	vars = append(vars, w.rels...)
	vars = append(vars, w.lists...)
	vars = append(vars, w.paths...)
	vars = append(vars, w.plain...)
	switch {
	case len(vars) > 0 && w.chance(40):
		return w.pick(vars...)
	case w.chance(50):
		return w.value()
	}
	return w.expression(2)
}

// ending is RETURN in one of its forms.
func (w *writer) ending() string {
	a, b := w.column(), w.column()
	switch w.rng.IntN(9) {
	case 0:
		return fmt.Sprintf("RETURN DISTINCT %s AS a", a)
	case 1:
		return fmt.Sprintf("RETURN count(DISTINCT %s) AS a, min(%s) AS b", a, w.number())
	case 2:
		return fmt.Sprintf("RETURN %s AS a, count(*) AS b, sum(%s) AS c", a, w.number())
	case 3:
		return fmt.Sprintf("RETURN %s AS a, collect(%s) AS b", a, w.number())
	case 4:
		return fmt.Sprintf("RETURN %s AS a, %s AS b ORDER BY a, b DESC", w.number(), w.number())
	case 5:
		return fmt.Sprintf("RETURN DISTINCT %s AS a, %s AS b ORDER BY b, a SKIP %d LIMIT %d", w.number(), w.number(), w.rng.IntN(2), w.rng.IntN(5))
	case 6:
		return fmt.Sprintf("RETURN %s AS a, %s AS b, %s AS c", w.expression(2), w.expression(2), w.expression(2))
	case 7:
		return fmt.Sprintf("RETURN %s AS a, %s(%s%s) AS b, count(%s) AS c", w.text(1), w.pick("avg", "sum", "max", "collect"),
			w.pick("", "DISTINCT "), w.numeric(1), b)
	}
	return fmt.Sprintf("RETURN %s AS a, %s AS b", a, b)
}
