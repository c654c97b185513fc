package neo4j

import (
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph/cypher"
)

// In want, @ stands for what excludes the store's own nodes.
var hideTests = []struct{ name, text, want string }{
	{"node", "MATCH (n) RETURN n", "MATCH (n:@) RETURN n"},
	{"no name", "MATCH () RETURN 1 AS x", "MATCH (:@) RETURN 1 AS x"},
	{"properties", "MATCH (n {key: 'x'}) RETURN n", "MATCH (n:@ {key: 'x'}) RETURN n"},
	{"only properties", "MATCH ({key: 'x'}) RETURN 1 AS x", "MATCH (:@{key: 'x'}) RETURN 1 AS x"},
	{"where inside", "MATCH (n WHERE n.v > 1) RETURN n", "MATCH (n:@ WHERE n.v > 1) RETURN n"},
	{"label", "MATCH (n:Host) RETURN n", "MATCH (n:Host) RETURN n"},
	{"label denied", "MATCH (n:!Host {v: 1}) RETURN n", "MATCH (n:!Host&@ {v: 1}) RETURN n"},
	{"label denied in brackets", "MATCH (n:(!Host)) RETURN n", "MATCH (n:(!Host)&@) RETURN n"},
	{"one label of two", "MATCH (n:Host|!NIC) RETURN n", "MATCH (n:Host|!NIC&@) RETURN n"},
	{"is", "MATCH (n IS Host), (m IS !Host) RETURN n", "MATCH (n IS Host), (m IS !Host&@) RETURN n"},
	{"named is", "MATCH (is), (IS:Host), (is IS Host), (is WHERE is.x = 1) RETURN is", "MATCH (is:@), (IS:Host), (is IS Host), (is:@ WHERE is.x = 1) RETURN is"},
	{"path", "MATCH (a)-[r*0..2]->(b) RETURN a", "MATCH (a:@)-[r*0..2]->(b) RETURN a"},
	{"two paths", "MATCH p = (a)--(b:Host), (c)<-[:T {v: [1, 2]}]-() RETURN p", "MATCH p = (a:@)--(b:Host), (c:@)<-[:T {v: [1, 2]}]-() RETURN p"},
	{"two clauses", "match (a) OPTIONAL MATCH (b) RETURN a, b", "match (a:@) OPTIONAL MATCH (b:@) RETURN a, b"},
	{"shortest", "MATCH p = shortestPath((a)-[*]-(b)), (c) RETURN p", "MATCH p = shortestPath((a:@)-[*]-(b)), (c:@) RETURN p"},
	{"path in brackets", "MATCH ((a)--(b)), (c) RETURN a", "MATCH ((a:@)--(b)), (c:@) RETURN a"},
	{"exists", "MATCH (a:Host) WHERE EXISTS { (b) } AND COUNT { MATCH (c) } > 1 RETURN a", "MATCH (a:Host) WHERE EXISTS { (b:@) } AND COUNT { MATCH (c:@) } > 1 RETURN a"},
	{"within", "MATCH (a WHERE EXISTS { MATCH (b) }), (c) RETURN a", "MATCH (a:@ WHERE EXISTS { MATCH (b:@) }), (c:@) RETURN a"},
	{"strings", `MATCH (a {x: 'MATCH (b)', y: "it\"s (c"}) RETURN 'MATCH (n)' AS x`, `MATCH (a:@ {x: 'MATCH (b)', y: "it\"s (c"}) RETURN 'MATCH (n)' AS x`},
	{"comments", "MATCH /* (a) */ (b) // MATCH (c)\nRETURN b", "MATCH /* (a) */ (b:@) // MATCH (c)\nRETURN b"},
	{"quoted", "MATCH (`a``)`) RETURN `a``)`", "MATCH (`a``)`:@) RETURN `a``)`"},
	{"names like keywords", "MATCH (n:Match) RETURN n.match, (n.v) AS v", "MATCH (n:Match) RETURN n.match, (n.v) AS v"},
	{"expression in brackets", "MATCH (n:Host), (m) WHERE (n.v) = 1 RETURN (n)", "MATCH (n:Host), (m:@) WHERE (n.v) = 1 RETURN (n)"},
	{"nothing to hide", "UNWIND [1, 2] AS x RETURN (x)", "UNWIND [1, 2] AS x RETURN (x)"},
}

func TestHide(t *testing.T) {
	for _, test := range hideTests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := cypher.Parse(test.text); err != nil {
				t.Fatal(err)
			}
			if got, want := hide(test.text), strings.ReplaceAll(test.want, "@", hidden); got != want {
				t.Errorf("%s\ngot  %s\nwant %s", test.text, got, want)
			}
		})
	}
}

// Patterns that only the server reads have their first nodes found as well.
func TestHideBeyond(t *testing.T) {
	for text, want := range map[string]string{
		"MATCH DIFFERENT RELATIONSHIPS p = (n), (m) RETURN p":              "MATCH DIFFERENT RELATIONSHIPS p = (n:@), (m:@) RETURN p",
		"MATCH p = ANY 2 PATHS (n) RETURN p":                               "MATCH p = ANY 2 PATHS (n:@) RETURN p",
		"MATCH ((a)-[:T]->(b)){1,3}, (n) RETURN n":                         "MATCH ((a:@)-[:T]->(b)){1,3}, (n:@) RETURN n",
		"MATCH (a)-[:T]->+(b)<--*(c)--{1,2}(d), (n) RETURN n":              "MATCH (a:@)-[:T]->+(b)<--*(c)--{1,2}(d), (n:@) RETURN n",
		"MATCH (((a)-->(b) WHERE a.v = 1) WHERE b.v = (2)), (n) RETURN n":  "MATCH (((a:@)-->(b) WHERE a.v = 1) WHERE b.v = (2)), (n:@) RETURN n",
		"MATCH (a:Host) WHERE EXISTS { ((b)-->(c))+ } OR (a.v) RETURN (a)": "MATCH (a:Host) WHERE EXISTS { ((b:@)-->(c))+ } OR (a.v) RETURN (a)",
	} {
		if got, want := hide(text), strings.ReplaceAll(want, "@", hidden); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

// What is hidden in a valid query leaves it valid.
func FuzzHide(f *testing.F) {
	for _, test := range hideTests {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := cypher.Parse(text); err != nil {
			return
		}
		if _, err := cypher.Parse(hide(text)); err != nil {
			t.Errorf("%q is valid, %q is not: %v", text, hide(text), err)
		}
	})
}
