package cypher

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestErrors holds every error to its place, its sentence and its name in openCypher.
func TestErrors(t *testing.T) {
	const notAllowed = " is not allowed here: the graph is written by the CMA only; queries are read-only"
	tests := []struct {
		query  string
		want   string // as Error says it
		detail string
	}{
		// Writing, wherever it stands.
		{"CREATE (n)", "line 1, column 1: CREATE" + notAllowed, ReadOnly},
		{"MATCH (n)\n  SET n.x = 1", "line 2, column 3: SET" + notAllowed, ReadOnly},
		{"MATCH (n) DETACH DELETE n", "line 1, column 11: DETACH" + notAllowed, ReadOnly},
		{"MATCH (n) delete n", "line 1, column 11: DELETE" + notAllowed, ReadOnly},
		{"MATCH (n) REMOVE n.x", "line 1, column 11: REMOVE" + notAllowed, ReadOnly},
		{"MERGE (n)", "line 1, column 1: MERGE" + notAllowed, ReadOnly},
		{"MATCH (n) FOREACH (x IN [1] | SET n.x = x)", "line 1, column 11: FOREACH" + notAllowed, ReadOnly},
		{"LOAD CSV FROM 'x' AS l RETURN l", "line 1, column 1: LOAD CSV" + notAllowed, ReadOnly},
		{"DROP INDEX x", "line 1, column 1: DROP" + notAllowed, ReadOnly},
		{"ALTER USER x", "line 1, column 1: ALTER" + notAllowed, ReadOnly},
		{"CREATE CONSTRAINT FOR (n:A) REQUIRE n.x IS UNIQUE", "line 1, column 1: CREATE" + notAllowed, ReadOnly},
		{"RETURN 1 AS x; DROP INDEX x", "line 1, column 16: DROP" + notAllowed, ReadOnly},
		{"RETURN EXISTS { MATCH (n) SET n.x = 1 }", "line 1, column 27: SET" + notAllowed, ReadOnly},
		{"CALL { CREATE (n) RETURN n } RETURN n", "line 1, column 8: CREATE" + notAllowed, ReadOnly},

		// What the engine lacks.
		{"CALL apoc.help('x')", "line 1, column 1: procedures (CALL apoc...) are not supported", "ProcedureNotFound"},
		{"MATCH ((a)-->(b)){1,5} RETURN a", "line 1, column 18: quantified path patterns are not supported: write -[:T*1..5]->", "UnexpectedSyntax"},
		{"MATCH (a)-->+(b) RETURN a", "line 1, column 13: quantified path patterns are not supported: write -[:T*1..5]->", "UnexpectedSyntax"},
		{"MATCH p = shortestPath((a)-->(b)-->(c)) RETURN p", "line 1, column 24: shortestPath needs a pattern with one relationship", "InvalidRelationshipPattern"},
		{"MATCH p = shortestPath((a)-[*2..]->(b)) RETURN p", "line 1, column 27: shortestPath needs a lower bound of 0 or 1", "InvalidRelationshipPattern"},
		{"MATCH (a)-[*1..1001]->(b) RETURN a", "line 1, column 16: a relationship pattern may have at most 1000 hops", "UnexpectedSyntax"},

		// Words and signs.
		{"", "line 1, column 1: expected MATCH, OPTIONAL MATCH, UNWIND, WITH, CALL { } or RETURN, found the end of the query", "UnexpectedSyntax"},
		{"MATCH (n)", "line 1, column 10: the query must end with RETURN", "InvalidClauseComposition"},
		{"MTCH (n) RETURN n", `line 1, column 1: expected MATCH, OPTIONAL MATCH, UNWIND, WITH, CALL { } or RETURN, found "MTCH"`, "UnexpectedSyntax"},
		{"MATCH (n) WERE n.x RETURN n", `line 1, column 11: expected a clause, found "WERE"`, "UnexpectedSyntax"},
		{"MATCH (n RETURN n", `line 1, column 10: expected ")", found "RETURN"`, "UnexpectedSyntax"},
		{"RETURN 'é' + ?", `line 1, column 14: the character '?' means nothing here`, "InvalidUnicodeCharacter"},
		{"RETURN 'abc", "line 1, column 8: the string is not closed", "UnexpectedSyntax"},
		{"RETURN `abc", "line 1, column 8: the quoted name is not closed", "UnexpectedSyntax"},
		{"RETURN /* 1", "line 1, column 8: the comment is not closed", "UnexpectedSyntax"},
		{`RETURN 'a\q'`, `line 1, column 10: the escape \q is not known`, "UnexpectedSyntax"},
		{`RETURN '\uD800'`, `line 1, column 9: \u needs 4 hexadecimal digits of a character`, "InvalidUnicodeLiteral"},
		{"RETURN 99999999999999999999", "line 1, column 8: the number 99999999999999999999 is too large for an integer of 64 bits", "IntegerOverflow"},
		{"RETURN 1e999", "line 1, column 8: the number 1e999 is too large for a float", "FloatingPointOverflow"},
		{"RETURN 12abc", `line 1, column 8: "12abc" is not a number`, "InvalidNumberLiteral"},
		{"WITH {a: 1} AS m RETURN m.5", `line 1, column 27: expected a name, found "5"`, "UnexpectedSyntax"},
		{"RETURN 0x1G", `line 1, column 8: "0x1G" is not a number`, "InvalidNumberLiteral"},
		{"MATCH (a)-[:T]->(b {x: foo(1)}) RETURN a", `line 1, column 24: unknown function "foo"`, "UnknownFunction"},
		{"MATCH (a) WHERE (a)-[:T]->(b {x: foo(1)}) RETURN a", `line 1, column 34: unknown function "foo"`, "UnknownFunction"},
		{"RETURN \xff", "the query is not valid UTF-8", "InvalidUnicodeCharacter"},

		// Names and kinds.
		{"MATCH (host) RETURN hots.name", `line 1, column 21: variable "hots" is not defined`, "UndefinedVariable"},
		{"MATCH (h)\nRETURN h.name, tolowr(h.name)", `line 2, column 16: unknown function "tolowr"`, "UnknownFunction"},
		{"RETURN size()", "line 1, column 8: size takes 1 argument, here are 0", "InvalidNumberOfArguments"},
		{"RETURN range(1)", "line 1, column 8: range takes 2 to 3 arguments, here are 1", "InvalidNumberOfArguments"},
		{"RETURN coalesce()", "line 1, column 8: coalesce takes at least 1 argument, here are 0", "InvalidNumberOfArguments"},
		{"RETURN sum(*)", "line 1, column 8: only count takes *, sum does not", "UnexpectedSyntax"},
		{"RETURN size(DISTINCT 'a')", "line 1, column 8: size is no aggregation: it takes neither * nor DISTINCT", "UnexpectedSyntax"},
		{"MATCH (n) WITH n.x RETURN 1", "line 1, column 17: an expression in WITH needs a name: AS name", "NoExpressionAlias"},
		{"RETURN *", "line 1, column 1: there are no variables for *", "NoVariablesInScope"},
		{"RETURN 1 AS a, 2 AS a", `line 1, column 16: there are two columns "a"`, "ColumnNameConflict"},
		{"RETURN 1 AS a UNION RETURN 2 AS b", `line 1, column 21: both sides of UNION need the same columns: ["a"] and ["b"]`, "DifferentColumnsInUnion"},
		{"RETURN 1 AS a UNION RETURN 2 AS a UNION ALL RETURN 3 AS a", "line 1, column 45: UNION and UNION ALL cannot be mixed", "InvalidClauseComposition"},
		{"MATCH (n) WITH n AS a UNWIND [1] AS a RETURN a", `line 1, column 23: variable "a" is already defined`, "VariableAlreadyBound"},
		{"MATCH (a)-[r]->()-[r]->() RETURN a", `line 1, column 18: relationship "r" stands twice in the pattern, but no relationship is matched twice`, "RelationshipUniquenessViolation"},
		{"MATCH (a)-[a]->() RETURN a", `line 1, column 10: variable "a" is a node and cannot be a relationship`, "VariableTypeConflict"},
		{"MATCH (n $props) RETURN n", "line 1, column 10: a parameter cannot be all properties of a pattern: write {key: $props.key}", "InvalidParameterUse"},
		{"MATCH (n) WHERE count(n) > 1 RETURN n", "line 1, column 17: count aggregates rows, which is possible in WITH and RETURN only", "InvalidAggregation"},
		{"RETURN count(count(*))", "line 1, column 14: an aggregation cannot be aggregated again in the same clause", "NestedAggregation"},
		{"MATCH (n) RETURN n.x + count(*)", `line 1, column 18: variable "n" stands beside an aggregation, but the rows are not grouped by it`, "AmbiguousAggregationExpression"},
		{"MATCH (n) WHERE 'x' RETURN n", "line 1, column 17: a condition is needed here, and this is a string", "InvalidArgumentType"},
		{"MATCH (n) RETURN (n)-->()", "line 1, column 18: a pattern is a condition and not a value: write EXISTS { ... } or COUNT { ... }", "UnexpectedSyntax"},
		{"MATCH (n) WHERE (n)-->(m) RETURN n", `line 1, column 23: variable "m" is not defined`, "UndefinedVariable"},
		{"MATCH (n) RETURN type(n)", "line 1, column 23: type cannot take a node", "InvalidArgumentType"},
		{"MATCH p = (a)-->(b) RETURN p.x", "line 1, column 28: a path has no properties", "InvalidArgumentType"},
		{"RETURN 1 IN 2", "line 1, column 13: a number is no list to look in", "InvalidArgumentType"},
		{"MATCH (n) RETURN n LIMIT n.x", `line 1, column 26: LIMIT needs a constant, so not the variable "n"`, "NonConstantExpression"},
		{"RETURN 1 SKIP -1", "line 1, column 15: SKIP needs a number that is not negative", "NegativeIntegerArgument"},
		{"RETURN 1 LIMIT 1.5", "line 1, column 16: LIMIT needs an integer, not a float", "InvalidArgumentType"},
		{"WITH 1 AS x CALL { RETURN x AS y } RETURN y", `line 1, column 27: variable "x" is not defined`, "UndefinedVariable"},
		{"WITH 1 AS x CALL { WITH x AS z RETURN z AS y } RETURN y", `line 1, column 25: variable "x" is not defined`, "UndefinedVariable"},
		{"WITH 1 AS x CALL { WITH x RETURN x AS y UNION RETURN x AS y } RETURN y", `line 1, column 54: variable "x" is not defined`, "UndefinedVariable"},
		{"WITH 1 AS x CALL () { WITH x RETURN x AS y } RETURN y", `line 1, column 28: variable "x" is not defined`, "UndefinedVariable"},
		{"RETURN COLLECT { RETURN 1 AS a, 2 AS b } AS l", "line 1, column 8: COLLECT { } needs a query with one column, not 2", "InvalidColumnCount"},

		// Found only when the query runs.
		{"RETURN $name", "line 1, column 8: parameter $name is missing", "MissingParameter"},
		{"UNWIND [1, 'a'] AS x RETURN 2 * x", "line 1, column 31: an integer and a string cannot be calculated with *", "InvalidArgumentType"},
		{"RETURN 1 / 0", "line 1, column 10: 1 / 0: division by zero", "DivisionByZero"},
		{"RETURN 9223372036854775807 + 1", "line 1, column 28: 9223372036854775807 + 1 is too large for an integer of 64 bits", "NumberOutOfRange"},
		{"WITH [1] AS l RETURN l['a']", "line 1, column 23: a list is indexed by an integer, not by a string", "ListElementAccessByNonInteger"},
		{"WITH {a: 1} AS m RETURN m[1]", "line 1, column 26: a map is indexed by a string, not by an integer", "MapElementAccessByNonString"},
		{"RETURN toUpper(1)", "line 1, column 8: toUpper needs a string, not an integer", "InvalidArgumentValue"},
		{"RETURN range(1, 2, 0)", "line 1, column 8: the step of range must not be 0", "NumberOutOfRange"},
		{"RETURN 'a' =~ '((a{1,100}){1,100}){1,100}'", `line 1, column 12: "((a{1,100}){1,100}){1,100}" is not a regular expression of RE2`, "InvalidRegularExpression"},
		{"RETURN 'a' =~ '('", `line 1, column 12: "(" is not a regular expression of RE2`, "InvalidRegularExpression"},
		{"UNWIND [1] AS x WITH x WHERE x RETURN x", "line 1, column 30: a condition is needed here, and this is an integer", "InvalidArgumentType"},
		{"RETURN 1 LIMIT $minus", "line 1, column 16: LIMIT needs a number that is not negative, not -1", "NegativeIntegerArgument"},
	}
	for _, tt := range tests {
		_, err := answer(t, &memory{}, tt.query, map[string]any{"minus": -1})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want %s", tt.query, err, tt.want)
			continue
		}
		if e.Error() != tt.want || e.Detail != tt.detail {
			t.Errorf("%s\ngot  %s (%s)\nwant %s (%s)", tt.query, e, e.Detail, tt.want, tt.detail)
		}
	}
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{"MATCH (host) RETURN hots.name", "host"},
		{"MATCH (host), (user) RETURN usr.name", "user"},
		{"MATCH (host) RETURN other.name", ""},
		{"RETURN tolowr('A')", "toLower"},
		{"RETURN colect(1)", "collect"},
		{"RETURN entirely('A')", ""},
		{"WITH 1 AS aa, 2 AS ab RETURN ac", "aa"},
		{"RETURN siez([1])", "size"},
		{"MATCH (n) RETRUN n", "RETURN"},
		{"MTACH (n) RETURN n", "MATCH"},
		{"MATCH (n) WERE n.x = 1 RETURN n", "WHERE"},
		{"MATCH (n) frobnicate n", ""},
	} {
		_, err := Parse(tt.query)
		var e *Error
		if !errors.As(err, &e) || e.Nearest != tt.want {
			t.Errorf("%s: nearest is %q, want %q", tt.query, e.Nearest, tt.want)
		}
	}
}

// TestTextBounds holds Parse to its bounds: size, and depth however it comes about.
func TestTextBounds(t *testing.T) {
	many := strings.Repeat
	for _, tt := range []struct {
		name, text, detail string
	}{
		{"size", "RETURN 1" + many(" ", MaxTextBytes), "TextTooLong"},
		{"brackets", "RETURN " + many("(", 10_000) + "1" + many(")", 10_000), "TooDeep"},
		{"lists", "RETURN " + many("[", 2000) + many("]", 2000), "TooDeep"},
		{"operators", "RETURN 1" + many("+1", 2000), "TooDeep"},
		{"signs", "RETURN " + many("- ", 2000) + "x", "TooDeep"},
		{"negations", "RETURN " + many("NOT ", 2000) + "true", "TooDeep"},
		{"indexes", "RETURN []" + many("[0]", 2000), "TooDeep"},
		{"labels", "MATCH (n:" + many("!", 2000) + "A) RETURN n", "TooDeep"},
		{"patterns", "MATCH " + many("(", 2000) + "a)-->(b)" + many(")", 1999) + " RETURN a", "TooDeep"},
		{"subqueries", many("CALL { ", 2000), "TooDeep"},
		{"in the middle", "RETURN 1" + many("+1", 900), ""},
	} {
		_, err := Parse(tt.text)
		var e *Error
		errors.As(err, &e)
		if tt.detail == "" && err != nil || tt.detail != "" && (e == nil || e.Kind != LimitExceeded && e.Kind != SyntaxError || e.Detail != tt.detail) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.detail)
		}
	}
}

// TestParseIsNotExponential parses texts whose brackets could each be read in two ways.
func TestParseIsNotExponential(t *testing.T) {
	for _, shape := range []struct{ open, inner, end string }{
		{"({a: ", "1", "})--(1)"},
		{"[x IN ", "[1]", ", 1]"},
		{"[({a: ", "1", "})--()]"},
		{"EXISTS { MATCH (a) WHERE ", "true", " RETURN 1 AS x }"},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = Parse("RETURN " + strings.Repeat(shape.open, 80) + shape.inner + strings.Repeat(shape.end, 80))
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatalf("%s: still parsing", shape.open)
		}
	}
}

func TestBudget(t *testing.T) {
	g := newMemory(t, "(a)-[:T]->(b), (b)-[:T]->(a), (a)-[:T]->(a), (b)-[:T]->(b)")
	for _, tt := range []struct {
		query  string
		budget Budget
		detail string
	}{
		{"UNWIND range(1, 100) AS x RETURN x", Budget{Rows: 99}, "Rows"},
		{"UNWIND range(1, 100) AS x RETURN x", Budget{Rows: 100}, ""},
		{"UNWIND range(1, 100) AS x RETURN count(*)", Budget{Rows: 1}, ""},
		{"UNWIND range(1, 1000) AS x RETURN count(*)", Budget{Steps: 1000}, "Steps"},
		{"RETURN [1, 2] AS l", Budget{Steps: 6}, ""}, // the list 3, the row 1, the copies of the elements 2
		{"RETURN [1, 2] AS l", Budget{Steps: 5}, "Steps"},
		{"RETURN size(range(-9223372036854775808, 9223372036854775807))", Budget{}, "Steps"},
		{"RETURN size(reduce(s = 'xxxxxxxxxxxxxxxx', i IN range(1, 60) | s + s))", Budget{}, "Steps"},
		{"RETURN size(replace('" + strings.Repeat("a", 5000) + "', 'a', reduce(s = 'xxxxxxxxxxxxxxxx', i IN range(1, 20) | s + s)))", Budget{}, "Steps"},
		{"RETURN reduce(l = [], i IN range(1, 60) | [l, l]) = 1", Budget{}, "Steps"},
		{"MATCH (a), (b), (c), (d), (e), (f), (g), (h) MATCH ()-[*]->() RETURN count(*)", Budget{Steps: 10_000}, "Steps"},
		{"WITH reduce(s = 'aaaaaaaa', i IN range(1, 12) | s + s) AS s RETURN s =~ '(a*)*(a|aa)*b'", Budget{}, ""}, // RE2: linear
		{"UNWIND range(1, 1000) AS x RETURN collect(x)", Budget{Values: 500}, "Values"},
		{"UNWIND range(1, 1000) AS x RETURN DISTINCT x LIMIT 1", Budget{Values: 500}, ""},
		{"UNWIND range(1, 1000) AS x WITH DISTINCT x RETURN count(*)", Budget{Values: 500}, "Values"},
		{"UNWIND range(1, 1000) AS x RETURN x, count(*) AS n ORDER BY n LIMIT 1", Budget{Values: 500}, "Values"},
		{"UNWIND range(1, 1000) AS x WITH x ORDER BY x RETURN count(*)", Budget{Values: 500}, "Values"},
		{"UNWIND range(1, 1000) AS x WITH x ORDER BY x LIMIT 10 RETURN count(*)", Budget{Values: 500}, ""},
		{"UNWIND range(1, 100) AS x RETURN range(1, 10)", Budget{Values: 500}, "Values"},
	} {
		q, err := Parse(tt.query)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		_, err = q.Run(context.Background(), g, nil, tt.budget)
		var e *Error
		if errors.As(err, &e); (tt.detail == "") != (err == nil) || err != nil && (e == nil || e.Kind != LimitExceeded || e.Detail != tt.detail) {
			t.Errorf("%.80s with %+v: got %v, want %q", tt.query, tt.budget, err, tt.detail)
		}
	}
}

func TestStopped(t *testing.T) {
	q, err := Parse("UNWIND range(1, 10000) AS x UNWIND range(1, 1000) AS y RETURN count(*)")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err = q.Run(ctx, &memory{}, nil, Budget{})
	var e *Error
	if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &e) || e.Kind != Stopped {
		t.Errorf("got %v, want an Error of kind Stopped that is context.DeadlineExceeded", err)
	}
}
