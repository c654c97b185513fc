package cypher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestPlannerAgainstNaive runs random queries on random graphs by the planner and by the naive
// executor, which takes clauses and patterns as they are written, and wants equal rows. The seed is
// the bug report.
func TestPlannerAgainstNaive(t *testing.T) {
	const graphs, queriesPerGraph = 80, 60
	ran := 0
	for seed := range uint64(graphs) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			g := newMemory(t, randomGraph(rng))
			for range queriesPerGraph {
				w := &queryWriter{rng: rng}
				if compareWithNaive(t, g, w.query()) {
					ran++
				}
			}
		})
	}
	if want := graphs * queriesPerGraph / 4; ran < want {
		t.Errorf("%d queries had rows to compare, want at least %d, or the test tries too little", ran, want)
	}
}

// compareWithNaive reports whether there were rows to compare.
func compareWithNaive(t *testing.T, g *memory, text string) bool {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	budget := Budget{Steps: 300_000}
	want, err := naive(g, q, budget)
	var limit *Error
	if errors.As(err, &limit) && limit.Kind == LimitExceeded {
		return false
	}
	got, planErr := q.Run(context.Background(), g, nil, Budget{})
	if err != nil || planErr != nil {
		t.Fatalf("%s\nplanned: %v\nnaive:   %v", text, planErr, err)
	}
	if a, b := shown(got, text), shown(want, text); a != b {
		t.Errorf("%s\nplanned\n%s\nnaive\n%s", text, a, b)
	}
	return len(want.Rows) > 0
}

// naive answers a query by the naive executor.
func naive(g Reader, q *Query, b Budget) (res *Result, err error) {
	defer catch(q.text, &err)
	s := &session{graph: names{g}, meter: newMeter(context.Background(), b)}
	res = &Result{Columns: q.Columns()}
	for r := range (&evaluator{session: s}).query(q.root, nil) {
		values := r.values(q.root.columns)
		for i, v := range values {
			values[i] = s.material(v)
		}
		res.Rows = append(res.Rows, values)
	}
	return res, nil
}

// shown writes rows so that equal answers are written alike.
func shown(res *Result, query string) string {
	var lines []string
	for _, row := range res.Rows {
		lines = append(lines, show(row, strings.Contains(query, "collect")))
	}
	if ending := query[strings.LastIndex(query, "RETURN"):]; !strings.Contains(ending, "ORDER BY") {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n")
}

// randomGraph writes a graph of up to nine nodes, with loops, parallel relationships and nulls.
func randomGraph(rng *rand.Rand) string {
	var parts []string
	nodes := 1 + rng.IntN(9)
	for i := range nodes {
		labels := ""
		for _, l := range []string{":A", ":B", ":C"} {
			if rng.IntN(2) == 0 {
				labels += l
			}
		}
		props := fmt.Sprintf("id: %d", i)
		if rng.IntN(3) > 0 {
			props += fmt.Sprintf(", x: %d", rng.IntN(3))
		}
		if rng.IntN(3) > 0 {
			props += fmt.Sprintf(", s: '%c'", 'a'+rng.IntN(3))
		}
		parts = append(parts, fmt.Sprintf("(n%d%s {%s})", i, labels, props))
	}
	for i := range rng.IntN(2 * nodes) {
		kind := []string{"T", "U", "V"}[rng.IntN(3)]
		parts = append(parts, fmt.Sprintf("(n%d)-[:%s {w: %d, x: %d}]->(n%d)", rng.IntN(nodes), kind, i, rng.IntN(3), rng.IntN(nodes)))
	}
	return strings.Join(parts, ", ")
}

// queryWriter writes random queries that are valid and whose rows do not depend on their order.
type queryWriter struct {
	rng   *rand.Rand
	next  int      // number of the next variable
	nodes []string // variables in scope that are nodes or null, by kind
	rels  []string
	lists []string // relationships of a variable length
	paths []string
	short []string // shortest paths, of which there may be several
	plain []string // values
	// given are the relationships that a MATCH finds bound, and may name once.
	given []string
}

func (w *queryWriter) name() string {
	w.next++
	return fmt.Sprintf("v%d", w.next)
}

func (w *queryWriter) chance(percent int) bool { return w.rng.IntN(100) < percent }

func (w *queryWriter) pick(all ...string) string { return all[w.rng.IntN(len(all))] }

func (w *queryWriter) query() string {
	text := w.part()
	if w.chance(8) {
		other := &queryWriter{rng: w.rng, next: w.next}
		return text + " RETURN " + w.column() + " AS c " + w.pick("UNION", "UNION ALL") + " " + other.part() + " RETURN " + other.column() + " AS c"
	}
	return text + " " + w.ending()
}

func (w *queryWriter) part() string {
	var clauses []string
	for range 1 + w.rng.IntN(3) {
		clauses = append(clauses, w.clause())
	}
	return strings.Join(clauses, " ")
}

func (w *queryWriter) clause() string {
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
func (w *queryWriter) with() string {
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
func (w *queryWriter) kept() (all []string) {
	for _, vars := range []*[]string{&w.nodes, &w.rels, &w.lists, &w.paths, &w.short, &w.plain} {
		*vars = slices.DeleteFunc(*vars, func(string) bool { return w.chance(25) })
		all = append(all, *vars...)
	}
	return all
}

func (w *queryWriter) call() string {
	inner := &queryWriter{rng: w.rng, next: w.next}
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

func (w *queryWriter) patterns() string {
	w.given = slices.Clone(w.rels)
	for _, l := range w.lists {
		w.given = append(w.given, l+"*")
	}
	if w.chance(8) && len(w.nodes) > 0 {
		return w.shortest()
	}
	paths := []string{w.path()}
	if w.chance(30) {
		paths = append(paths, w.path())
	}
	return strings.Join(paths, ", ")
}

func (w *queryWriter) shortest() string {
	from, to := w.pick(w.nodes...), w.pick("(:A)", "(:B)", "({x: 1})", "("+w.pick(w.nodes...)+")")
	p := w.name()
	w.short = append(w.short, p)
	return fmt.Sprintf("%s = %s((%s)%s%s)", p, w.pick("shortestPath", "allShortestPaths"), from, w.arrow(w.pick("[:T*]", "[*..3]", "[:T|U*0..4]", "[*..3 {x: 1}]")), to)
}

func (w *queryWriter) path() string {
	name, hasName := "", w.chance(20)
	var path []string
	path = append(path, w.node())
	for range w.rng.IntN(3) {
		path = append(path, w.rel(), w.node())
	}
	if hasName {
		p := w.name()
		name = p + " = "
		w.paths = append(w.paths, p)
	}
	return name + strings.Join(path, "")
}

func (w *queryWriter) node() string {
	if len(w.nodes) > 0 && w.chance(30) {
		return "(" + w.pick(w.nodes...) + w.pick("", "", ":A") + ")"
	}
	name := ""
	if w.chance(60) {
		name = w.name()
	}
	text := name + w.pick("", "", ":A", ":B", ":A&B", ":A|C", ":!B", ":%", ":None")
	switch {
	case w.chance(10):
		text += fmt.Sprintf(" {id: %d}", w.rng.IntN(9))
	case w.chance(10):
		text += " {x: " + w.number() + "}"
	case name != "" && w.chance(10):
		text += " WHERE " + name + ".x = " + w.number()
	}
	if name != "" {
		w.nodes = append(w.nodes, name)
	}
	return "(" + text + ")"
}

func (w *queryWriter) rel() string {
	if len(w.given) > 0 && w.chance(15) {
		name := w.given[0]
		w.given = w.given[1:]
		return w.arrow("[" + name + w.pick("", "", " {x: 1}") + "]")
	}
	types := w.pick("", "", ":T", ":T|U", ":!T", ":None|T")
	name, hops := "", ""
	if w.chance(25) {
		hops = w.pick("*1..2", "*0..2", "*..3", "*2..3", "*2", "*0..0")
	}
	props := ""
	if w.chance(15) {
		props = " {x: " + w.number() + "}"
	}
	if w.chance(40) {
		name = w.name()
		if hops == "" {
			w.rels = append(w.rels, name)
		} else {
			w.lists = append(w.lists, name)
		}
	}
	return w.arrow("[" + name + types + hops + props + "]")
}

func (w *queryWriter) arrow(rel string) string {
	switch w.rng.IntN(4) {
	case 0:
		return "<-" + rel + "-"
	case 1:
		return "-" + rel + "-"
	}
	return "-" + rel + "->"
}

func (w *queryWriter) where() string {
	if w.chance(50) {
		return ""
	}
	return " WHERE " + w.condition(2)
}

func (w *queryWriter) condition(depth int) string {
	if depth > 0 && w.chance(30) {
		return "(" + w.condition(depth-1) + w.pick(" AND ", " AND ", " OR ", " XOR ") + w.condition(depth-1) + ")"
	}
	if w.chance(10) {
		return "NOT (" + w.condition(0) + ")"
	}
	if len(w.nodes) == 0 || w.chance(20) {
		return w.number() + w.pick(" = ", " < ", " <> ", " >= ") + w.number()
	}
	n := w.pick(w.nodes...)
	switch w.rng.IntN(8) {
	case 0:
		return n + w.pick(":A", ":A|B", ":!C")
	case 1:
		return n + ".s " + w.pick("= 'a'", "IN ['a', 'b']", "STARTS WITH 'b'", "IS NULL", "IS NOT NULL", "=~ '[ab]'")
	case 2:
		return n + ".id IN [0, 1, " + w.number() + "]"
	case 3:
		return w.pick("", "NOT ") + "(" + n + ")" + w.arrow(w.pick("[]", "[:T]", "[:T*]", "[*0..2]")) + w.pick("()", "(:A)", "("+w.pick(w.nodes...)+")")
	case 4:
		return w.existence(n)
	case 5:
		return n + w.pick(" = ", " <> ") + w.pick(w.nodes...)
	case 6:
		return n + ".id " + w.pick("=", "<") + " " + w.number()
	}
	return n + ".x " + w.pick("=", "<", ">=", "<>") + " " + w.number()
}

func (w *queryWriter) existence(n string) string {
	inner := &queryWriter{rng: w.rng, next: w.next, nodes: []string{n}}
	text := "MATCH " + inner.patterns() + inner.where()
	w.next = inner.next
	return w.pick("EXISTS { "+text+" }", "COUNT { "+text+" } > 1")
}

// number is an expression that is a number or null.
func (w *queryWriter) number() string {
	switch {
	case len(w.nodes) > 0 && w.chance(40):
		return w.pick(w.nodes...) + w.pick(".x", ".id")
	case len(w.rels) > 0 && w.chance(40):
		return w.pick(w.rels...) + ".x"
	case len(w.lists) > 0 && w.chance(40):
		return "size(" + w.pick(w.lists...) + ")"
	case w.chance(10):
		return "null"
	}
	return w.pick("0", "1", "2", "1.0")
}

// value is an expression over what is in scope, of any kind, that is the same however rows are ordered.
func (w *queryWriter) value() string {
	switch {
	case len(w.short) > 0 && w.chance(50):
		return "length(" + w.pick(w.short...) + ")"
	case len(w.paths) > 0 && w.chance(50):
		p := w.pick("length(%)", "[n IN nodes(%) | n.id]", "[r IN relationships(%) | r.w]", "[n IN nodes(%) WHERE n.x = 1]")
		return strings.ReplaceAll(p, "%", w.pick(w.paths...))
	case len(w.nodes) > 0 && w.chance(20):
		n := w.pick(w.nodes...)
		return fmt.Sprintf(w.pick("COUNT { (%s)-->() }", "size([(%s)-[:T]-(o) | o.id])", "labels(%s)", "%s {.x, .id}", "coalesce(%s.x, -1)"), n)
	case len(w.plain) > 0 && w.chance(30):
		return w.pick(w.plain...)
	}
	return w.number()
}

// column is a variable or a value.
func (w *queryWriter) column() string {
	var vars []string
	vars = append(vars, w.nodes...)
	vars = append(vars, w.rels...)
	vars = append(vars, w.lists...)
	vars = append(vars, w.paths...)
	vars = append(vars, w.plain...)
	if len(vars) > 0 && w.chance(60) {
		return w.pick(vars...)
	}
	return w.value()
}

// ending is RETURN in one of its forms.
func (w *queryWriter) ending() string {
	a, b := w.column(), w.column()
	switch w.rng.IntN(7) {
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
	}
	return fmt.Sprintf("RETURN %s AS a, %s AS b", a, b)
}
