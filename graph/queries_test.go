package graph

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/assim-mesh/assim/graph/cypher"
)

func TestQueries(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	q, err := Find(queries, "hostdependencies")
	if err != nil {
		t.Fatal(err)
	}
	if want := []Param{{Name: "host", Type: "string", Title: "Name of the host that serves, its containers included, or HOST/CONTAINER; empty is every host"}}; !slices.Equal(q.Params, want) {
		t.Errorf("parameters %+v, want %+v", q.Params, want)
	}
	if want := []string{"host", "service", "endpoint", "client", "clienthost"}; !slices.Equal(q.Columns, want) {
		t.Errorf("columns %q, want %q", q.Columns, want)
	}
}

// parents are the queries that Assimilation has.
const parents = `list allservers down crashed shutdown findip findmac allips unknownips nodns nooui
	allipports hostipports hostdependencies allswitchports hostswitchports allservicestatus hostservicestatus
	downservices unmonitored allpackages packagename packageprefix packagegrep allhostscores sechostscores
	allrulescores secrulescores totalscores allbpscores allservernetscores allserversecscores allhostsubgraph
	hostsubgraph nodecount`

// TestParents: whoever knows Assimilation finds its queries under their names.
func TestParents(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(parents)
	if len(names) != 35 {
		t.Errorf("%d names, want 35", len(names))
	}
	for _, name := range names {
		if _, err := Find(queries, name); err != nil {
			t.Error(err)
		}
	}
}

// TestQueriesHaveRows: each query has an example in testdata, which both stores are held to. That of
// list is graphtest's, or it would have to be written anew with every query.
func TestQueriesHaveRows(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples.Write(text)
	}
	for _, q := range queries {
		example := regexp.MustCompile(`(?m)^call +` + q.Name + `( .*)?\nrows +\S`)
		if q.Name != listQuery && !example.MatchString(examples.String()) {
			t.Errorf("query %q has no example with rows in testdata", q.Name)
		}
	}
}

// TestOneStart: queries that take the name of anything understand the same by it.
func TestOneStart(t *testing.T) {
	start := regexp.MustCompile(`(?s)CALL { // what is called \$(\w+)\n.*?\n}\n`)
	found := map[string]int{} // the text → how often it is there
	for _, name := range []string{"find", "impact", "why", "path"} {
		for _, m := range start.FindAllStringSubmatch(shippedText(t, name), -1) {
			found[strings.ReplaceAll(m[0], "$"+m[1], "$what")]++
		}
	}
	if len(found) != 1 || slices.Collect(maps.Values(found))[0] != 5 {
		t.Errorf("%d different beginnings, want one, five times: %v", len(found), found)
	}
}

// TestOneImpact: what becomes of a thing is decided in one way, whatever is taken to be lost.
func TestOneImpact(t *testing.T) {
	const lost = "\n}\nWITH collect(n) AS start\n"
	_, impact, asked := strings.Cut(shippedText(t, "impact"), lost)
	_, atRisk, failed := strings.Cut(shippedText(t, "atrisk"), lost)
	if !asked || !failed || impact != atRisk {
		t.Errorf("impact decides by\n%s\nand atrisk by\n%s", impact, atRisk)
	}
}

// TestSameDependencies: what impact, atrisk, why and path follow is all that carries impact.
func TestSameDependencies(t *testing.T) {
	types := regexp.MustCompile(`\[\w*:([A-Z_]+(?:\|[A-Z_]+){3,})`)
	want := slices.Sorted(slices.Values(Dependencies()))
	for name, patterns := range map[string]int{"impact": 2, "atrisk": 2, "why": 4, "path": 1} {
		all := types.FindAllStringSubmatch(shippedText(t, name), -1)
		if len(all) != patterns {
			t.Errorf("query %q has %d patterns of many types, want %d", name, len(all), patterns)
		}
		for _, m := range all {
			if got := slices.Sorted(strings.SplitSeq(m[1], "|")); !slices.Equal(got, want) {
				t.Errorf("query %q follows %q, want %q", name, got, want)
			}
		}
	}
}

func shippedText(t *testing.T, name string) string {
	t.Helper()
	text, err := shipped.ReadFile("queries/" + name + ".cypher")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestUsersQueries: they stand among the shipped ones, in the rows of "list" too, and replace none.
func TestUsersQueries(t *testing.T) {
	mine := Named{Name: "mine", Title: "My own", Params: []Param{{Name: "who", Type: "list"}}}
	queries, err := Queries(mine)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(queries, func(a, b Named) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the queries are not sorted")
	}
	list, err := Find(queries, listQuery)
	if err != nil {
		t.Fatal(err)
	}
	params, err := list.Convert(nil)
	if err != nil {
		t.Fatal(err)
	}
	rows := params["queries"].([]any)
	want := map[string]any{"name": "mine", "parameters": []any{"who"}, "title": "My own"}
	if len(rows) != len(queries) || !slices.ContainsFunc(rows, func(r any) bool { return reflect.DeepEqual(r, want) }) {
		t.Errorf("%d rows of %d queries, want %v among them", len(rows), len(queries), want)
	}
	if _, err := list.Convert(map[string]any{"queries": []any{}}); err == nil {
		t.Error("a caller may give the rows of list")
	}
	for _, users := range [][]Named{{{Name: "down"}}, {mine, mine}} {
		if _, err := Queries(users...); err == nil || !strings.Contains(err.Error(), `query "`+users[0].Name+`" exists already`) {
			t.Errorf("queries %q: %v", users[0].Name, err)
		}
	}
}

func TestFindUnknown(t *testing.T) {
	queries := []Named{{Name: "down"}, {Name: "services"}}
	for name, nearest := range map[string]string{"dwon": "down", "service": "services", "Services": "services", "hosts": "", "d": ""} {
		_, err := Find(queries, name)
		var unknown *UnknownQueryError
		if !errors.As(err, &unknown) || unknown.Nearest != nearest {
			t.Errorf("%q: nearest is %+v, want %q", name, err, nearest)
		}
	}
}

func TestParseNamed(t *testing.T) {
	const text = `// title: What: it answers
// param: a string = "x: y = z": The first
// param: n int: The second: required
// param: f float = 1.5: The third
// param: b bool = true: The fourth
// param: l list = ["x", "y"]: The fifth
// columns: one, two
//
// remark: this is free
RETURN $a AS one, $n + $f AS two
`
	got, err := ParseNamed("my-query_1", text)
	if err != nil {
		t.Fatal(err)
	}
	want := Named{Name: "my-query_1", Title: "What: it answers", Text: text, Columns: []string{"one", "two"}, Params: []Param{
		{Name: "a", Type: "string", Default: "x: y = z", Title: "The first"},
		{Name: "n", Type: "int", Required: true, Title: "The second: required"},
		{Name: "f", Type: "float", Default: "1.5", Title: "The third"},
		{Name: "b", Type: "bool", Default: "true", Title: "The fourth"},
		{Name: "l", Type: "list", Default: "x,y", Title: "The fifth"},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct{ file, text, want string }{
		{"Q", "RETURN 1 AS x", `name "Q" is not a small letter`},
		{"1q", "RETURN 1 AS x", `name "1q" is not a small letter`},
		{"q", "RETURN 1 AS x", "the header has no title"},
		{"q", "// title: T\n// param: a int: A\n// columns: x\nRETURN $a + $b AS x", "the query reads $b, which the header does not declare: // param: b string: TEXT"},
		{"list", "// title: T\n// columns: x\nRETURN $queries + $more AS x", "reads $more"},
		{"q", "// title: T\nRETURN 1 AS x", `columns [], the query returns ["x"]`},
		{"q", "// title: T\n// columns: y\nRETURN 1 AS x", `columns ["y"], the query returns ["x"]`},
		{"q", "// titel: T\nRETURN 1 AS x", `line 1: header "titel" is none of`},
		{"q", "// title: T\n// param: a text: A\nRETURN 1 AS x", `line 2: parameter "a" has type "text", none of string, int`},
		{"q", "// param: a int = \"x\": A\nRETURN 1 AS x", `parameter "a": default "x" is no int`},
		{"q", "// param: a int = x: A\nRETURN 1 AS x", `parameter "a int": default is not JSON`},
		{"q", "// param: a int = 1\nRETURN 1 AS x", `parameter "a int": no colon after the default`},
		{"q", "// param: a int\nRETURN 1 AS x", `is not NAME TYPE [= DEFAULT]: TEXT`},
		{"q", "// param: a-b int: A\nRETURN 1 AS x", `parameter "a-b" is not a letter`},
		{"q", "// param: a int: A\n// param: a int: A\nRETURN 1 AS x", `line 2: parameter "a" is declared twice`},
		{"q", "// title: T\n// columns: x\nRETRUN 1 AS x", "line 3, column 1"},
		{"q", "// title: T\n// columns: x\nCREATE (x) RETURN x", "queries are read-only"},
		{"q", strings.Repeat("/", cypher.MaxTextBytes+1), "bytes, at most 65536"},
	}
	for _, tt := range tests {
		_, err := Load(fstest.MapFS{tt.file + ".cypher": {Data: []byte(tt.text)}, "readme.txt": {}})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "query "+tt.file+".cypher: ") {
			t.Errorf("%.60q: got %v, want ...%s...", tt.text, err, tt.want)
		}
	}
	many := fstest.MapFS{}
	for i := range maxQueries + 1 {
		many["q"+strings.Repeat("x", i)+".cypher"] = &fstest.MapFile{}
	}
	if _, err := Load(many); err == nil || err.Error() != "1001 queries, at most 1000" {
		t.Errorf("1001 queries: %v", err)
	}
}

func FuzzParseNamed(f *testing.F) {
	f.Add("// title: T\n// param: a int = 1: A\n// columns: x\nRETURN $a AS x")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseNamed("q", text)
		if err != nil {
			return
		}
		for _, p := range q.Params {
			if _, err := p.convert(p.Default); !p.Required && err != nil {
				t.Errorf("%q: the default of %q is refused: %v", text, p.Name, err)
			}
		}
	})
}
