package cypher

import (
	"maps"
	"slices"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// kind is what the checker knows of a value before the query runs.
type kind uint8

const (
	kindAny kind = iota // nothing
	kindNode
	kindRel
	kindRels // the relationships of a variable length
	kindPath
	kindList
	kindMap
	kindBool
	kindNumber
	kindText
)

func (k kind) String() string {
	return [...]string{"a value", "a node", "a relationship", "a list of relationships", "a path", "a list", "a map", "a boolean", "a number", "a string"}[k]
}

// scope is the variables that can be seen, and their kinds.
type scope map[string]kind

// with returns a scope of its own: s and one more variable.
func (s scope) with(name string, k kind) scope {
	inner := maps.Clone(s)
	inner[name] = k
	return inner
}

// overlaid returns s with all of t before it.
func (s scope) overlaid(t scope) scope {
	inner := maps.Clone(s)
	maps.Copy(inner, t)
	return inner
}

func (s scope) names() []string { return slices.Sorted(maps.Keys(s)) }

// lookup returns a variable's kind, or fails because there is none.
func (s scope) lookup(at int, name string) kind {
	k, ok := s[name]
	if !ok {
		e := newError(SyntaxError, "UndefinedVariable", "variable %q is not defined", name).at(at)
		e.Nearest = spelling.Nearest(name, s.names())
		panic(e)
	}
	return k
}

// checkQuery checks a query that sees the variables of outer, and fills in its columns.
func checkQuery(q *query, outer scope) {
	for i, part := range q.parts {
		visible := scope{}
		if !part.isolated {
			visible = maps.Clone(outer)
		}
		columns := checkPart(part, visible)
		if i == 0 {
			q.columns = columns
			continue
		}
		if !slices.Equal(columns, q.columns) {
			fail(part.at(), "DifferentColumnsInUnion", "both sides of UNION need the same columns: %q and %q", q.columns, columns)
		}
		if q.all[i-1] != q.all[0] {
			fail(part.at(), "InvalidClauseComposition", "UNION and UNION ALL cannot be mixed")
		}
	}
}

// checkPart checks clauses in order and returns the columns of RETURN, which is the last if it is there.
func checkPart(part *part, visible scope) (columns []string) {
	for _, c := range part.clauses {
		switch c := c.(type) {
		case *match:
			checkPaths(c.paths, visible)
			checkWhere(c.where, visible)
		case *unwind:
			refuseAggregations(c.list)
			checkExpr(c.list, visible)
			declare(c.at(), c.name, kindAny, visible)
		case *subcall:
			checkSubcall(c, visible)
		case *projection:
			visible, columns = checkProjection(c, visible)
		}
	}
	return columns
}

// declare adds a variable to a scope that must not have it.
func declare(at int, name string, k kind, visible scope) {
	if _, ok := visible[name]; ok {
		fail(at, "VariableAlreadyBound", "variable %q is already defined", name)
	}
	visible[name] = k
}

// checkSubcall checks CALL, which sees what it imports and adds what it returns.
func checkSubcall(c *subcall, visible scope) {
	inner := scope{}
	if c.everything {
		inner = maps.Clone(visible)
	}
	for _, v := range c.imports {
		inner[v.name] = visible.lookup(v.at(), v.name)
	}
	checkQuery(c.query, inner)
	for _, name := range c.query.columns {
		declare(c.at(), name, kindAny, visible)
	}
}

// checkWhere checks a condition, if there is one.
func checkWhere(e expr, visible scope) {
	if e == nil {
		return
	}
	refuseAggregations(e)
	checkCondition(e, visible)
}

func refuseAggregations(e expr) {
	if found := aggregations(e); len(found) > 0 {
		fail(found[0].at(), "InvalidAggregation", "%s aggregates rows, which is possible in WITH and RETURN only", found[0].fn.name)
	}
}

// checkCondition checks an expression that must be true or false.
func checkCondition(e expr, visible scope) {
	switch k := checkPredicate(e, visible); k {
	case kindAny, kindBool:
	default:
		fail(e.at(), "InvalidArgumentType", "a condition is needed here, and this is %s", k)
	}
}

// checkPredicate checks an expression where a pattern may stand for the condition that it exists.
func checkPredicate(e expr, visible scope) kind {
	switch e := e.(type) {
	case *patternTest:
		checkPatternTest(e, visible)
		return kindBool
	case *unary:
		if e.op == "NOT" {
			checkCondition(e.of, visible)
			return kindBool
		}
	case *binary:
		if e.op == "AND" || e.op == "OR" || e.op == "XOR" {
			checkCondition(e.left, visible)
			checkCondition(e.right, visible)
			return kindBool
		}
	}
	return checkExpr(e, visible)
}

// checkPatternTest checks a pattern within an expression: it defines no variables, but for the
// relationships of a shortest path, which its conditions can name.
func checkPatternTest(e *patternTest, visible scope) {
	for i, n := range e.path.nodes {
		requireDefined(n.constraint, visible)
		if i < len(e.path.rels) && e.path.shortest == anyPath {
			requireDefined(e.path.rels[i].constraint, visible)
		}
	}
	checkPaths([]*pathPattern{e.path}, maps.Clone(visible))
}

func requireDefined(c constraint, visible scope) {
	if c.name != "" {
		visible.lookup(c.at(), c.name)
	}
}
