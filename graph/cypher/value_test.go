package cypher

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

var nan = math.NaN()

// TestComparison tables the three-valued comparisons: T, F and - for unknown.
func TestComparison(t *testing.T) {
	const big = 1<<53 + 1 // as a float the same as 1<<53
	for _, tt := range []struct {
		a, b  any
		equal string
		less  string
	}{
		{int64(1), int64(1), "T", "F"},
		{int64(1), int64(2), "F", "T"},
		{int64(2), int64(1), "F", "F"},
		{int64(1), 1.0, "T", "F"},
		{1.5, int64(2), "F", "T"},
		{int64(1 << 53), int64(big), "F", "T"},
		{nan, nan, "F", "F"},
		{nan, int64(1), "F", "F"},
		{math.Inf(-1), int64(1), "F", "T"},
		{"a", "b", "F", "T"},
		{"a", "a", "T", "F"},
		{"1", int64(1), "F", "-"},
		{int64(1), "1", "F", "-"},
		{false, true, "F", "T"},
		{true, false, "F", "F"},
		{true, true, "T", "F"},
		{nil, nil, "-", "-"},
		{nil, int64(1), "-", "-"},
		{int64(1), nil, "-", "-"},
		{[]any{int64(1)}, []any{1.0}, "T", "F"},
		{[]any{int64(1)}, []any{int64(1), nil}, "F", "T"},
		{[]any{int64(1), nil}, []any{int64(1), nil}, "-", "-"},
		{[]any{nil, int64(1)}, []any{nil, int64(2)}, "F", "-"},
		{[]any{int64(1), int64(2)}, []any{int64(1), int64(3)}, "F", "T"},
		{[]any{int64(1)}, int64(1), "F", "-"},
		{int64(1), []any{int64(1)}, "F", "-"},
		{"a", map[string]any{}, "F", "-"},
		{map[string]any{"a": int64(1)}, map[string]any{"a": 1.0}, "T", "-"},
		{map[string]any{"a": int64(1)}, map[string]any{"b": int64(1)}, "F", "-"},
		{map[string]any{"a": nil}, map[string]any{"a": nil}, "-", "-"},
		{map[string]any{"a": nil, "b": true}, map[string]any{"a": nil, "b": false}, "F", "-"},
		{NodeID(1), NodeID(1), "T", "-"},
		{NodeID(1), NodeID(2), "F", "-"},
		{NodeID(1), RelID(1), "F", "-"},
		{&path{nodes: []NodeID{1}}, &path{nodes: []NodeID{1}}, "T", "-"},
		{&path{nodes: []NodeID{1, 2}, rels: []RelID{1}}, &path{nodes: []NodeID{1, 2}, rels: []RelID{2}}, "F", "-"},
	} {
		letter := map[any]string{true: "T", false: "F", nil: "-"}
		if got := letter[comparison("=", tt.a, tt.b)]; got != tt.equal {
			t.Errorf("%v = %v is %s, want %s", tt.a, tt.b, got, tt.equal)
		}
		if got := letter[comparison("<", tt.a, tt.b)]; got != tt.less {
			t.Errorf("%v < %v is %s, want %s", tt.a, tt.b, got, tt.less)
		}
		if got, want := letter[comparison(">", tt.b, tt.a)], tt.less; got != want {
			t.Errorf("%v > %v is %s, want %s", tt.b, tt.a, got, want)
		}
	}
}

// TestOrder holds the total order to a list that is in order, each value against each.
func TestOrder(t *testing.T) {
	sorted := []any{
		map[string]any{"a": int64(1)}, map[string]any{"b": int64(1)},
		NodeID(1), NodeID(2), RelID(1), RelID(2),
		[]any{}, []any{int64(1)}, []any{int64(1), int64(2)}, []any{int64(1), nil}, []any{int64(2)},
		&path{nodes: []NodeID{1}}, &path{nodes: []NodeID{2}}, &path{nodes: []NodeID{1, 2}, rels: []RelID{1}}, &path{nodes: []NodeID{1, 2}, rels: []RelID{2}},
		"", "a", "b", false, true,
		math.Inf(-1), int64(math.MinInt64), -1.5, int64(0), 0.5, int64(1), int64(math.MaxInt64), math.Inf(1), nan, nil,
	}
	for i, a := range sorted {
		for j, b := range sorted {
			got, want := order(a, b), 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got != want {
				t.Errorf("order(%v, %v) = %d, want %d", a, b, got, want)
			}
			if (key(a) == key(b)) != (i == j) {
				t.Errorf("%v and %v: keys are %s and %s", a, b, key(a), key(b))
			}
		}
	}
	for _, same := range [][2]any{{int64(1), 1.0}, {int64(1 << 62), float64(1 << 62)}, {0.0, math.Copysign(0, -1)}, {nan, nan}, {nil, nil}, {[]any{int64(1)}, []any{1.0}}} {
		if order(same[0], same[1]) != 0 || key(same[0]) != key(same[1]) {
			t.Errorf("%v and %v are not the same: %d, %s, %s", same[0], same[1], order(same[0], same[1]), key(same[0]), key(same[1]))
		}
	}
}

func TestFloatText(t *testing.T) {
	for _, tt := range []struct {
		f    float64
		want string
	}{
		{0, "0.0"}, {1, "1.0"}, {-1.5, "-1.5"}, {0.001, "0.001"}, {0.0009, "9.0E-4"}, {9999999, "9999999.0"}, {1e7, "1.0E7"},
		{1.25e10, "1.25E10"}, {nan, "NaN"}, {math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"},
	} {
		if got := floatText(tt.f); got != tt.want {
			t.Errorf("%g is %s, want %s", tt.f, got, tt.want)
		}
	}
}

// TestExpressions tables functions and operators where the TCK says little. Errors are in TestErrors.
func TestExpressions(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{"7 / 2", "3"}, {"-7 / 2", "-3"}, {"7 % -2", "1"}, {"7.0 / 2", "3.5"}, {"2 ^ 3", "8.0"}, {"2 ^ 3 ^ 2", "64.0"}, {"1.0 / 0.0", "Infinity"},
		{"-2 ^ 2", "4.0"}, {"1 - 2 - 3", "-4"}, {"2 + 3 * 4", "14"}, {"- (1 + 2)", "-3"}, {"+5", "5"}, {"--5", "5"}, {"1 + null", "null"},
		{"-9223372036854775808", "-9223372036854775808"}, {"0x1F", "31"}, {"0o17", "15"}, {"010", "10"}, {"1_000", "1000"}, {".5", "0.5"}, {"1e3", "1000.0"},
		{"'a' + 1", `"a1"`}, {"1 + 'a'", `"1a"`}, {"'a' || 'b'", `"ab"`}, {"[1] + 2", "[1, 2]"}, {"1 + [2]", "[1, 2]"}, {"[1] + [2]", "[1, 2]"}, {"'x' + 1.5 + true", `"x1.5true"`},
		{"'\\u00e9\\n' + `size`", "?"}, {"[1, 2, 3][-1]", "3"}, {"[1, 2, 3][5]", "null"}, {"[1, 2, 3][1..]", "[2, 3]"}, {"[1, 2, 3][..-1]", "[1, 2]"}, {"[1, 2, 3][2..1]", "[]"}, {"[1,2,3][0..null]", "null"},
		{"{a: {b: 1}}.a.b", "1"}, {"{a: 1}['a']", "1"}, {"{a: 1}.b", "null"}, {"1 IN [1, null]", "true"}, {"2 IN [1, null]", "null"}, {"2 IN [1]", "false"}, {"null IN []", "false"}, {"1 IN null", "null"},
		{"true AND null", "null"}, {"false AND null", "false"}, {"true OR null", "true"}, {"false OR null", "null"}, {"true XOR true", "false"}, {"true XOR null", "null"}, {"NOT null", "null"},
		{"null IS NULL", "true"}, {"1 IS NOT NULL", "true"}, {"NOT 1 = 2 AND 1 < 2", "true"}, {"1 <> 1", "false"}, {"1 <> null", "null"}, {"2 >= 2", "true"}, {"2 <= 1", "false"},
		{"coalesce(null, 2, 1 / 0)", "2"}, {"coalesce(null)", "null"}, {"size('é€')", "2"}, {"size([1, 2])", "2"}, {"size(null)", "null"}, {"isEmpty('')", "true"}, {"isEmpty([1])", "false"}, {"isEmpty({})", "true"},
		{"head([])", "null"}, {"head([1, 2])", "1"}, {"last([1, 2])", "2"}, {"tail([])", "[]"}, {"tail([1, 2])", "[2]"}, {"reverse('aé')", `"éa"`}, {"reverse([1, 2])", "[2, 1]"},
		{"range(1, 3)", "[1, 2, 3]"}, {"range(3, 1)", "[]"}, {"range(3, 1, -2)", "[3, 1]"}, {"range(1, 4, 2)", "[1, 3]"}, {"range(9223372036854775806, 9223372036854775807)", "[9223372036854775806, 9223372036854775807]"},
		{"range(-9223372036854775808, 9223372036854775807, 9223372036854775807)", "[-9223372036854775808, -1, 9223372036854775806]"},
		{"toUpper('é')", `"É"`}, {"toLower('A')", `"a"`}, {"trim(' a ')", `"a"`}, {"lTrim(' a ')", `"a "`}, {"rTrim(' a ')", `" a"`}, {"split('a,b', ',')", `["a", "b"]`}, {"replace('aba', 'a', 'x')", `"xbx"`},
		{"substring('héllo', 1)", `"éllo"`}, {"substring('héllo', 1, 2)", `"él"`}, {"substring('a', 5)", `""`}, {"substring('abc', 1, 9223372036854775807)", `"bc"`}, {"left('héllo', 2)", `"hé"`}, {"left('a', 9)", `"a"`}, {"right('héllo', 2)", `"lo"`}, {"right('a', 9)", `"a"`},
		{"abs(-3)", "3"}, {"abs(-3.5)", "3.5"}, {"sign(-2)", "-1"}, {"sign(0)", "0"}, {"ceil(1.2)", "2.0"}, {"floor(-1.2)", "-2.0"}, {"round(2.5)", "3.0"}, {"round(-2.5)", "-2.0"}, {"sqrt(9)", "3.0"}, {"atan2(0, 1)", "0.0"}, {"degrees(pi())", "180.0"}, {"log(e())", "1.0"},
		{"toInteger('12')", "12"}, {"toInteger('1.9')", "1"}, {"toInteger(' 1')", "null"}, {"toInteger('x')", "null"}, {"toInteger(-1.9)", "-1"}, {"toInteger(true)", "1"}, {"toInteger(1e30)", "9223372036854775807"},
		{"toFloat('1.5')", "1.5"}, {"toFloat(2)", "2.0"}, {"toFloat('x')", "null"}, {"toString(1.0)", `"1.0"`}, {"toString(true)", `"true"`}, {"toBoolean('TRUE')", "true"}, {"toBoolean('x')", "null"}, {"toBoolean(0)", "false"},
		{"toIntegerOrNull([])", "null"}, {"toFloatOrNull(true)", "null"}, {"toStringOrNull({})", "null"}, {"keys({b: 1, a: 2})", `["a", "b"]`}, {"properties({a: 1})", "{a: 1}"}, {"exists({a: 1}.a)", "true"}, {"exists({a: 1}.b)", "false"},
		{"rand() < 1", "true"}, {"CASE WHEN null THEN 1 ELSE 2 END", "2"}, {"CASE [1] WHEN [1.0] THEN 'same' END", `"same"`},
		{"$list", `["a", "b"]`}, {"$number", "12"}, {"$float", "1.5"}, {"$nested.a[0]", "1"},
	} {
		params := map[string]any{"list": []string{"a", "b"}, "number": json.Number("12"), "float": json.Number("1.5"), "nested": map[string]any{"a": []any{1}}}
		res, err := answer(t, &memory{}, "WITH 'n' AS size RETURN "+tt.expr+" AS x", params)
		if err != nil {
			t.Errorf("%s: %v", tt.expr, err)
			continue
		}
		if got := show(res.Rows[0][0], false); got != tt.want && tt.want != "?" && got != "<nil>" {
			t.Errorf("%s is %s, want %s", tt.expr, got, tt.want)
		} else if got == "<nil>" && tt.want != "null" {
			t.Errorf("%s is null, want %s", tt.expr, tt.want)
		}
	}
}

func TestParamsRefused(t *testing.T) {
	deep := any("x")
	for range maxParamDepth {
		deep = []any{deep}
	}
	for name, v := range map[string]any{"struct": struct{}{}, "large": uint64(math.MaxUint64), "deep": deep, "inner": []any{map[string]any{"a": fmt.Stringer(nil), "b": make(chan int)}}} {
		if _, err := answer(t, &memory{}, "RETURN 1 AS x", map[string]any{name: v}); err == nil {
			t.Errorf("parameter %q of type %T is taken, want an error", name, v)
		}
	}
}

// TestResultJSON holds the form on the wire, NaN and the infinities included.
func TestResultJSON(t *testing.T) {
	g := newMemory(t, "(:Host:Linux {name: 'a', load: 0.0 / 0.0})-[:T {since: 1}]->()")
	res, err := answer(t, g, "MATCH p = (a)-[r]->(b) RETURN a, r, p, [1.0 / 0.0, -1.0 / 0.0, null] AS l, {x: 0.0 / 0.0} AS m, 9007199254740993 AS n", nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	const a, r = `{"labels":["Host","Linux"],"properties":{"load":"NaN","name":"a"}}`, `{"type":"T","properties":{"since":1}}`
	want := `{"columns":["a","r","p","l","m","n"],"rows":[[` + a + `,` + r + `,{"nodes":[` + a + `,{"labels":[],"properties":{}}],"relationships":[` + r + `]},` +
		`["Infinity","-Infinity",null],{"x":"NaN"},9007199254740993]]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _ := json.Marshal(JSON(res.Rows[0][3])); string(got) != `["Infinity","-Infinity",null]` {
		t.Errorf("JSON of a list is %s", got)
	}
}

// TestResultIsACopy changes a result and finds the graph as it was.
func TestResultIsACopy(t *testing.T) {
	g := newMemory(t, "(:A {l: [1], s: 'x'})")
	g.nodes[0].props[g.KeyName(KeyID(g.word("names")))] = []string{"a", "b"}
	res, err := answer(t, g, "MATCH (a) RETURN a, a.l, labels(a), a.names", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := show(res.Rows[0][3], false); got != `["a", "b"]` {
		t.Errorf("a []string is %s, want a list", got)
	}
	n := res.Rows[0][0].(Node)
	n.Props["s"] = "changed"
	n.Props["l"].([]any)[0] = "changed"
	n.Labels[0] = "Changed"
	res.Rows[0][1].([]any)[0] = "changed"
	if got, want := show(g.nodes[0].props["l"], false)+g.nodes[0].props["s"].(string)+g.LabelName(g.nodes[0].labels[0]), "[1]xA"; got != want {
		t.Errorf("the graph is %s, want %s", got, want)
	}
}

func TestColumns(t *testing.T) {
	for query, want := range map[string][]string{
		"MATCH (b)-[a]->() RETURN *":                      {"a", "b"},
		"MATCH (b) RETURN *, b.x  +  1":                   {"b", "b.x  +  1"},
		"MATCH (b) RETURN b.x AS x, b ORDER BY x":         {"x", "b"},
		"RETURN 1 AS a UNION ALL RETURN 2 AS a":           {"a"},
		"MATCH (b) WITH b AS c, 1 AS d RETURN DISTINCT *": {"c", "d"},
	} {
		q, err := Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Columns(); !slices.Equal(got, want) {
			t.Errorf("%s: columns %q, want %q", query, got, want)
		}
	}
}

// TestNumbersAsNeo4jHasThem tables numbers at the edges, where Neo4j and the openCypher TCK leave no doubt
// or the latter is silent.
func TestNumbersAsNeo4jHasThem(t *testing.T) {
	for expression, want := range map[string]string{
		"toInteger(1e19)":                            "9223372036854775807",
		"toInteger(-1e19)":                           "-9223372036854775808",
		"toInteger(9.2e18)":                          "9200000000000000000",
		"toInteger(0.0 / 0.0)":                       "0",
		"toInteger('9.2e18')":                        "9200000000000000000",
		"toInteger('9223372036854775808')":           `toInteger cannot turn "9223372036854775808", which is too large`,
		"toIntegerOrNull('9223372036854775808')":     "null",
		"toInteger('1_000')":                         "null",
		"toInteger('NaN')":                           "null",
		"toFloat('1_000')":                           "null",
		"toFloat('inf')":                             "null",
		"toFloat('-Infinity')":                       "-Infinity",
		"toFloat('1e400')":                           "Infinity",
		"toFloat(' +.5 ')":                           "0.5",
		"toFloat('5.')":                              "5.0",
		"1.5 / 0":                                    "1.5 / 0: division by zero",
		"1 / 0.0":                                    "Infinity",
		"round(2.5)":                                 "3.0",
		"round(-2.5)":                                "-2.0",
		"round(1.25, 1)":                             "1.3",
		"round(-1.25, 1)":                            "-1.3",
		"round(1.249, 1)":                            "1.2",
		"round(1.5, 0)":                              "2.0",
		"round(1e308, 2)":                            "1.0E308",
		"round(1 / 0.0, 2)":                          "Infinity",
		"round(1.5, -1)":                             "round takes 0 to 1074 places, not -1",
		"round(1.5, 1074)":                           "1.5",
		"round(1.5, 1075)":                           "round takes 0 to 1074 places, not 1075",
		"nullIf(1, 1.0)":                             "null",
		"nullIf(1, null)":                            "1",
		"nullIf([1, null], [1, null])":               "[1, null]",
		"isNaN(0.0 / 0.0)":                           "true",
		"isNaN(null)":                                "null",
		"char_length('äö')":                          "2",
		"[x IN ['a'] WHERE character_length(x) = 1]": `["a"]`,
	} {
		got := ""
		if v, err := theValue(t, expression, nil); err != nil {
			got = err.Error()
		} else {
			got = strings.ReplaceAll(show(v, false), "<nil>", "null")
		}
		if got != want && !strings.HasSuffix(got, ": "+want) {
			t.Errorf("%s: %s, want %s", expression, got, want)
		}
	}
}
