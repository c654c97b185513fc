package cypher

import (
	"fmt"
	"strconv"
	"strings"
)

// expr is an expression. Its head is all that it says itself and its kids the expressions it is made
// of, in order, so that head and kids together tell two expressions apart; see canonical.
type expr interface {
	at() int
	head() string
	kids() []expr
}

type (
	literal struct {
		pos
		value any
	}
	variable struct {
		pos
		name string
	}
	parameter struct {
		pos
		name string
	}
	// property is of.key.
	property struct {
		pos
		of  expr
		key string
	}
	// element is of[by].
	element struct {
		pos
		of, by expr
	}
	// slice is of[from..to]; from or to may be nil.
	slice struct {
		pos
		of, from, to expr
	}
	// labelTest is of:labels.
	labelTest struct {
		pos
		of     expr
		labels labelExpr
	}
	// unary is NOT or - before an operand.
	unary struct {
		pos
		op string
		of expr
	}
	// binary is an operator between two operands; keyword operators are upper case.
	binary struct {
		pos
		op          string
		left, right expr
	}
	// chain is a comparison of more than two: a < b <= c.
	chain struct {
		pos
		operands []expr // one more than ops
		ops      []string
	}
	// nullTest is IS NULL or IS NOT NULL.
	nullTest struct {
		pos
		of  expr
		not bool
	}
	// call is a function other than an aggregation.
	call struct {
		pos
		fn   *function
		args []expr
	}
	// aggregation is count(*) or an aggregating function.
	aggregation struct {
		pos
		fn       *aggregate
		distinct bool
		args     []expr // none for count(*)
	}
	// choice is CASE; subject and otherwise may be nil.
	choice struct {
		pos
		subject, otherwise expr
		whens, thens       []expr
	}
	list struct {
		pos
		items []expr
	}
	mapping struct {
		pos
		keys   []string
		values []expr
	}
	// mapProjection is of {.key, .*, key: value, variable}.
	mapProjection struct {
		pos
		of      *variable
		all     bool // .*
		entries *mapping
	}
	// comprehension is [name IN over WHERE where | result]; where and result may be nil.
	comprehension struct {
		pos
		name                string
		over, where, result expr
	}
	// quantifier is all, any, none or single (name IN over WHERE where).
	quantifier struct {
		pos
		kind, name  string
		over, where expr
	}
	// reduction is reduce(total = initial, name IN over | step).
	reduction struct {
		pos
		total, name         string
		initial, over, step expr
	}
	// patternList is [path WHERE where | result]; where may be nil.
	patternList struct {
		pos
		path          *pathPattern
		where, result expr
		text          string
	}
	// patternTest is a pattern as a predicate, or shortestPath(...) as a value.
	patternTest struct {
		pos
		path *pathPattern
		text string
	}
	// subquery is EXISTS, COUNT or COLLECT { query }.
	subquery struct {
		pos
		kind  string
		query *query
		text  string
	}
)

func (e *literal) head() string       { return fmt.Sprintf("%T %#v", e.value, e.value) }
func (e *variable) head() string      { return strconv.Quote(e.name) }
func (e *parameter) head() string     { return "$" + strconv.Quote(e.name) }
func (e *property) head() string      { return "." + strconv.Quote(e.key) }
func (e *element) head() string       { return "[]" }
func (e *slice) head() string         { return fmt.Sprintf("[%t..%t]", e.from != nil, e.to != nil) }
func (e *labelTest) head() string     { return ":" + e.labels.String() }
func (e *unary) head() string         { return e.op }
func (e *binary) head() string        { return e.op }
func (e *chain) head() string         { return strings.Join(e.ops, " ") }
func (e *nullTest) head() string      { return fmt.Sprintf("null %t", !e.not) }
func (e *call) head() string          { return e.fn.name }
func (e *aggregation) head() string   { return fmt.Sprintf("%s %t", e.fn.name, e.distinct) }
func (e *choice) head() string        { return fmt.Sprintf("case %t", e.subject != nil) }
func (e *list) head() string          { return "list" }
func (e *mapping) head() string       { return fmt.Sprintf("map %q", e.keys) }
func (e *mapProjection) head() string { return fmt.Sprintf("map projection %t", e.all) }
func (e *comprehension) head() string {
	return fmt.Sprintf("comprehension %q %t %t", e.name, e.where != nil, e.result != nil)
}
func (e *quantifier) head() string  { return e.kind + strconv.Quote(e.name) }
func (e *reduction) head() string   { return fmt.Sprintf("reduce %q %q", e.total, e.name) }
func (e *patternList) head() string { return e.text }
func (e *patternTest) head() string { return e.text }
func (e *subquery) head() string    { return e.text }

func (*literal) kids() []expr         { return nil }
func (*variable) kids() []expr        { return nil }
func (*parameter) kids() []expr       { return nil }
func (e *property) kids() []expr      { return []expr{e.of} }
func (e *element) kids() []expr       { return []expr{e.of, e.by} }
func (e *slice) kids() []expr         { return present(e.of, e.from, e.to) }
func (e *labelTest) kids() []expr     { return []expr{e.of} }
func (e *unary) kids() []expr         { return []expr{e.of} }
func (e *binary) kids() []expr        { return []expr{e.left, e.right} }
func (e *chain) kids() []expr         { return e.operands }
func (e *nullTest) kids() []expr      { return []expr{e.of} }
func (e *call) kids() []expr          { return e.args }
func (e *aggregation) kids() []expr   { return e.args }
func (e *list) kids() []expr          { return e.items }
func (e *mapping) kids() []expr       { return e.values }
func (e *mapProjection) kids() []expr { return []expr{e.of, e.entries} }
func (e *comprehension) kids() []expr { return present(e.over, e.where, e.result) }
func (e *quantifier) kids() []expr    { return []expr{e.over, e.where} }
func (e *reduction) kids() []expr     { return []expr{e.initial, e.over, e.step} }

func (e *choice) kids() []expr {
	kids := present(e.subject, e.otherwise)
	for i := range e.whens {
		kids = append(kids, e.whens[i], e.thens[i])
	}
	return kids
}

// Patterns and subqueries have scopes of their own: whoever looks for variables or aggregations in
// an expression does not look into them, and their text is their head.

func (*patternList) kids() []expr { return nil }
func (*patternTest) kids() []expr { return nil }
func (*subquery) kids() []expr    { return nil }

// present leaves out what is nil.
func present(all ...expr) []expr {
	var kids []expr
	for _, e := range all {
		if e != nil {
			kids = append(kids, e)
		}
	}
	return kids
}

// visit calls f for e and everything below it, but for what is below an expression for which f
// returns false.
func visit(e expr, f func(expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, kid := range e.kids() {
		visit(kid, f)
	}
}

// canonical is a text that is the same for expressions that mean the same by their structure: it
// ignores white space, needless brackets and the case of keywords.
func canonical(e expr) string {
	var b strings.Builder
	writeCanonical(&b, e)
	return b.String()
}

func writeCanonical(b *strings.Builder, e expr) {
	b.WriteString(e.head())
	b.WriteByte('(')
	for _, kid := range e.kids() {
		writeCanonical(b, kid)
		b.WriteByte(',')
	}
	b.WriteByte(')')
}

// hasAggregation reports whether there is an aggregation in an expression.
func hasAggregation(e expr) (found bool) {
	visit(e, func(e expr) bool {
		_, is := e.(*aggregation)
		found = found || is
		return !found
	})
	return found
}

// aggregations returns the aggregations in an expression, from the left.
func aggregations(e expr) []*aggregation {
	var found []*aggregation
	visit(e, func(e expr) bool {
		a, ok := e.(*aggregation)
		if ok {
			found = append(found, a)
		}
		return !ok
	})
	return found
}
