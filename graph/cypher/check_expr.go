package cypher

import (
	"maps"
	"slices"
)

// checkExpr checks an expression and returns the kind of its value.
func checkExpr(e expr, visible scope) kind {
	switch e := e.(type) {
	case *literal:
		return literalKind(e.value)
	case *variable:
		return visible.lookup(e.at(), e.name)
	case *property:
		k := checkExpr(e.of, visible)
		refuseKinds(e.of, k, "has no properties", kindNumber, kindText, kindBool, kindList, kindPath, kindRels)
		return kindAny
	case *labelTest:
		k := checkExpr(e.of, visible)
		refuseKinds(e.of, k, "has no labels", kindRels, kindPath, kindList, kindMap, kindBool, kindNumber, kindText)
		return kindBool
	case *unary:
		return checkUnary(e, visible)
	case *binary:
		return checkBinary(e, visible)
	case *choice:
		checkChoice(e, visible)
		return kindAny
	case *comprehension:
		checkExpr(e.over, visible)
		inner := visible.with(e.name, kindAny)
		checkWhere(e.where, inner)
		if e.result != nil {
			refuseAggregations(e.result)
			checkExpr(e.result, inner)
		}
		return kindList
	case *quantifier:
		checkQuantifier(e, visible)
		return kindBool
	case *reduction:
		checkExpr(e.initial, visible)
		checkExpr(e.over, visible)
		refuseAggregations(e.step)
		checkExpr(e.step, visible.with(e.total, kindAny).with(e.name, kindAny))
		return kindAny
	case *patternList:
		inner := maps.Clone(visible)
		checkPaths([]*pathPattern{e.path}, inner)
		checkWhere(e.where, inner)
		refuseAggregations(e.result)
		checkExpr(e.result, inner)
		return kindList
	case *patternTest:
		if e.path.shortest == anyPath {
			fail(e.at(), "UnexpectedSyntax", "a pattern is a condition and not a value: write EXISTS { ... } or COUNT { ... }")
		}
		checkPatternTest(e, visible)
		if e.path.shortest == allPaths {
			return kindList
		}
		return kindPath
	case *subquery:
		return checkSubquery(e, visible)
	case *call:
		return checkCall(e, visible)
	case *aggregation:
		return checkAggregation(e, visible)
	}
	for _, kid := range e.kids() {
		checkExpr(kid, visible)
	}
	return ownKind(e)
}

func literalKind(v any) kind {
	switch v.(type) {
	case bool:
		return kindBool
	case int64, float64:
		return kindNumber
	case string:
		return kindText
	}
	return kindAny
}

// ownKind is the kind of expressions for which it does not depend on what they are made of.
func ownKind(e expr) kind {
	switch e.(type) {
	case *chain, *nullTest:
		return kindBool
	case *slice, *list:
		return kindList
	case *mapping, *mapProjection:
		return kindMap
	}
	return kindAny
}

// refuseKinds fails if k is one of the kinds for which the complaint holds.
func refuseKinds(e expr, k kind, complaint string, kinds ...kind) {
	if slices.Contains(kinds, k) {
		fail(e.at(), "InvalidArgumentType", "%s %s", k, complaint)
	}
}

func checkUnary(e *unary, visible scope) kind {
	if e.op == "NOT" {
		checkCondition(e.of, visible)
		return kindBool
	}
	k := checkExpr(e.of, visible)
	refuseKinds(e.of, k, "cannot be negated", kindNode, kindRel, kindRels, kindPath, kindList, kindMap, kindBool, kindText)
	return kindNumber
}

func checkBinary(e *binary, visible scope) kind {
	switch e.op {
	case "AND", "OR", "XOR":
		return checkPredicate(e, visible)
	}
	left, right := checkExpr(e.left, visible), checkExpr(e.right, visible)
	switch e.op {
	case "=", "<>", "<", ">", "<=", ">=", "STARTS WITH", "ENDS WITH", "CONTAINS", "=~":
		return kindBool
	case "IN":
		refuseKinds(e.right, right, "is no list to look in", kindNumber, kindText, kindBool, kindMap, kindNode, kindRel, kindPath)
		return kindBool
	case "+":
		if left == kindList || right == kindList {
			return kindList
		}
		return kindAny
	case "-", "*", "/": // durations can be calculated with as well
		if left != kindNumber || right != kindNumber {
			return kindAny
		}
	}
	return kindNumber
}

func checkChoice(e *choice, visible scope) {
	for _, part := range present(e.subject, e.otherwise) {
		checkExpr(part, visible)
	}
	for i, when := range e.whens {
		checkPredicate(when, visible)
		checkExpr(e.thens[i], visible)
	}
}

// checkQuantifier checks all, any, none or single. Of a list that is written out, the kind of the
// elements is known.
func checkQuantifier(e *quantifier, visible scope) {
	checkExpr(e.over, visible)
	elements := kindAny
	if l, ok := e.over.(*list); ok {
		elements = elementKind(l, visible)
	}
	inner := visible.with(e.name, elements)
	checkWhere(e.where, inner)
	visit(e.where, func(x expr) bool {
		if b, ok := x.(*binary); ok {
			checkOperands(b, e.name, elements)
		}
		return true
	})
}

// elementKind is the scalar kind that all items of a list have, if there is one.
func elementKind(l *list, visible scope) kind {
	common := kindAny
	for i, item := range l.items {
		k := checkExpr(item, visible)
		if i > 0 && k != common {
			return kindAny
		}
		common = k
	}
	switch common {
	case kindNumber, kindText, kindBool:
		return common
	}
	return kindAny
}

// checkOperands refuses arithmetic on a variable that is no number.
func checkOperands(b *binary, name string, k kind) {
	if k != kindText && k != kindBool {
		return
	}
	switch b.op {
	case "-", "*", "/", "%", "^":
	default:
		return
	}
	for _, operand := range b.kids() {
		if v, ok := operand.(*variable); ok && v.name == name {
			fail(v.at(), "InvalidArgumentType", "%s cannot be calculated with", k)
		}
	}
}

func checkSubquery(e *subquery, visible scope) kind {
	checkQuery(e.query, visible)
	switch e.kind {
	case "exists":
		return kindBool
	case "count":
		return kindNumber
	}
	if len(e.query.columns) != 1 {
		fail(e.at(), "InvalidColumnCount", "COLLECT { } needs a query with one column, not %d", len(e.query.columns))
	}
	return kindList
}

func checkAggregation(e *aggregation, visible scope) kind {
	for _, arg := range e.args {
		if inner := aggregations(arg); len(inner) > 0 {
			fail(inner[0].at(), "NestedAggregation", "an aggregation cannot be aggregated again in the same clause")
		}
		checkExpr(arg, visible)
		visit(arg, func(x expr) bool {
			if c, ok := x.(*call); ok && c.fn.name == "rand" {
				fail(c.at(), "NonConstantExpression", "rand differs at every call and cannot be aggregated")
			}
			return true
		})
	}
	switch e.fn.name {
	case "count":
		return kindNumber
	case "collect":
		return kindList
	}
	return kindAny
}

// checkCall checks a function's arguments as far as their kinds are known.
func checkCall(e *call, visible scope) kind {
	kinds := make([]kind, len(e.args))
	for i, arg := range e.args {
		kinds[i] = checkExpr(arg, visible)
	}
	wants, ok := argumentKinds[e.fn.name]
	if ok && kinds[0] != kindAny && !slices.Contains(wants, kinds[0]) {
		fail(e.args[0].at(), "InvalidArgumentType", "%s cannot take %s", e.fn.name, kinds[0])
	}
	switch e.fn.name {
	case "range", "keys", "labels", "nodes", "relationships", "split", "tail":
		return kindList
	case "exists":
		return kindBool
	}
	return kindAny
}

// argumentKinds is what the first argument of a function may be. Functions that are not here find
// out when they run, as the Technology Compatibility Kit asks of most.
var argumentKinds = map[string][]kind{
	"type":          {kindRel},
	"labels":        {kindNode},
	"length":        {kindPath},
	"size":          {kindList, kindRels, kindText},
	"nodes":         {kindPath},
	"relationships": {kindPath},
	"properties":    {kindNode, kindRel, kindMap},
}
