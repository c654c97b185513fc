package neo4j

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// answered are queries that package cypher refuses and the server answers, with their rows on the graph
// of one client.
var answered = []struct{ text, rows string }{
	{"MATCH ((a:Process)-[:CONNECTS_TO]->(b)){1,3} RETURN count(*) AS n", "[[1]]"},
	{"MATCH p = ANY SHORTEST (a:Process)-[*]->(b:Endpoint) RETURN length(p) AS n", "[[1]]"},
	{"MATCH ALL (n) RETURN count(n) AS n", "[[2]]"}, // the store's own not among them
	{"MATCH p = SHORTEST 1 (n) RETURN count(p) AS n", "[[2]]"},
	{"MATCH ((a:Process)-[:CONNECTS_TO]->(b)){1,3}, (n) RETURN count(DISTINCT n) AS n", "[[2]]"},
	{"MATCH (a:Process)-[:CONNECTS_TO]->+(b), (n) RETURN count(DISTINCT n) AS n", "[[2]]"},
	{"MATCH ((a:Process)-[:CONNECTS_TO]->(b) WHERE a.exe = 'curl'), (n) RETURN count(DISTINCT n) AS n", "[[2]]"},
	{"RETURN point({x: 1, y: 2}).y AS y", "[[2]]"},
	{"MATCH (n:Process) WHERE n.exe IS :: STRING NOT NULL RETURN n.exe AS v", "[[curl]]"},
	{"MATCH (n) RETURN count(n) AS n NEXT", ""}, // by the server neither
	{"RETURN nosuch(1) AS x", ""},
	{"MATCH (n) RETRUN n", ""},
}

func TestBeyond(t *testing.T) {
	s := openEmpty(t)
	if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h", 1, client)}); err != nil {
		t.Fatal(err)
	}
	for _, test := range answered {
		_, wrong := cypher.Parse(test.text)
		if wrong == nil {
			t.Errorf("%s: package cypher reads it", test.text)
			continue
		}
		res, err := s.Query(t.Context(), test.text, nil)
		switch {
		case test.rows == "" && (err == nil || err.Error() != wrong.Error()):
			t.Errorf("%s: got %v, %v; want what any store says, %v", test.text, res, err, wrong)
		case test.rows != "" && err != nil:
			t.Errorf("%s: %v", test.text, err)
		case test.rows != "" && (fmt.Sprint(res.Rows) != test.rows || len(res.Columns) != 1 || !slices.Contains(res.Notes, noteBeyond(wrong))):
			t.Errorf("%s: got %+v, want rows %s and a note", test.text, res, test.rows)
		}
	}
}

func TestNotBeyond(t *testing.T) {
	const read = "MATCH ((a)-[:T]->(b)){1,3} " // which only the server reads
	for _, text := range []string{read + "RETURN a.set AS x", read + "CALL (a) { RETURN 1 AS x } RETURN x", "EXPLAIN " + read + "RETURN date.truncate('day', a.x) AS x"} {
		if _, err := cypher.Parse(text); !beyond(text, err) {
			t.Errorf("%s: %v; want it to go to the server", text, err)
		}
	}
	for _, text := range []string{
		read + "CREATE (n) RETURN 1 AS x", read + "MERGE (n)", read + "SET a.x = 1", read + "set (a).x = 1", read + "DETACH DELETE a",
		read + "REMOVE a.x", read + "FOREACH (x IN [1] | SET a.x = x)", read + "INSERT (n)",
		read + "LOAD CSV FROM 'file:///x' AS l RETURN l", "LOAD CSV FROM 'http://x' AS l RETURN l",
		read + "CALL dbms.listConfig() YIELD name RETURN name", "CALL db.labels()", read + "CALL db.labels YIELD label RETURN label", read + "CALL `db`.labels() YIELD label RETURN label",
		read + "CALL (a) { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
		"SHOW SETTINGS", "SHOW USERS YIELD user RETURN user", "TERMINATE TRANSACTIONS 'x'", "USE system " + read + "RETURN 1 AS x",
		read + "RETURN 1 AS x; MATCH (n) RETURN n", "DROP DATABASE neo4j", "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
		"CYPHER runtime=slotted " + read + "RETURN 1 AS x",
		read + "RETURN apoc.load.json('http://x') AS x", read + "RETURN genai.vector.encode('x', 'y') AS x", read + "RETURN `apoc` . `x` (1) AS x",
		read + "RETURN graph.names() AS x", read + "RETURN `a.b`.x AS x",
		read + "RETURN a.`assim.claims` AS x", read + "RETURN a['assim.claims'] AS x", "MATCH ALL (n:`assim.own`) RETURN n",
		"MATCH (n:$('a' + 'b')) RETURN n", "MATCH (n:$any(['a'])) RETURN n", "MATCH (n:$ALL (['a'])) RETURN n",
		read + "RETURN 'a", read + "RETURN `a", read + "RETURN \\u0031 AS x", read + "RETURN 1 AS `a\\u0060, 2 AS b //`",
		"RETURN n", "MATCH (n) RETURN m", "RETURN '\\q' AS x;", "",
	} {
		_, err := cypher.Parse(text)
		if err == nil {
			t.Errorf("%s: package cypher reads it", text)
		} else if beyond(text, err) {
			t.Errorf("%s: goes to the server", text)
		}
	}
}

// What a string, a comment or a name holds is no query, whatever the server makes of escapes.
func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		`RETURN 'a\u0027 AS x, 1 AS y //' AS x`:       `RETURN 'a\' AS x, 1 AS y //' AS x`,
		`RETURN "a\u0022\u005c" AS x`:                 `RETURN "a\"\\" AS x`,
		`RETURN '\\u0027' AS x`:                       `RETURN '\\u0027' AS x`,
		`RETURN '\n\u00e9\U0001f600' AS x`:            `RETURN '\né😀' AS x`,
		"RETURN 1 /* \\u002a\\u002f , 2 */ AS x":      "RETURN 1   AS x",
		"RETURN 1 AS x // \\u000a , 2\r, 3\n, 4 AS y": "RETURN 1 AS x  \n, 4 AS y",
	} {
		if got, err := plain(text); err != nil || got != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", text, got, err, want)
		}
	}
	if got, err := plain("RETURN 1 AS `x\\u0060, 2 AS y //`"); err == nil || !strings.Contains(err.Error(), `has the escape \u`) {
		t.Errorf("got %s, %v, want an error with the name", got, err)
	}
}

func TestServerReadsPlain(t *testing.T) {
	s := openEmpty(t)
	for text, want := range map[string]string{
		`RETURN 'a\u0027 AS x, 1 AS y //' AS x`:                  "a' AS x, 1 AS y //",
		`RETURN "\u0022\u005c\U0001f600\n" + '\\u0027' AS x`:     "\"\\😀\n\\u0027",
		"RETURN 'x' /* \\u002a\\u002f + 'y' */ AS x // \r + 'z'": "x",
	} {
		if got := one(t, s, text); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	_, err := s.Query(t.Context(), "RETURN 1 AS `x\\u0060, 2 AS y //`", nil)
	if wrong := (*cypher.Error)(nil); !errors.As(err, &wrong) {
		t.Errorf("got %v, want an error of the query", err)
	}
}

// A text that package cypher reads is the same to it when it is plain, and has no escape left that the
// server would read before all else.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{`RETURN 'a\u0027\\\u005c' AS x`, "MATCH (n) /* \\u002a */ RETURN n // \r", "RETURN `\\u0060`"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := cypher.Parse(text); err != nil {
			return
		}
		out, err := plain(text)
		if err != nil {
			return
		}
		if _, err := cypher.Parse(out); err != nil {
			t.Errorf("%q is read, %q is not: %v", text, out, err)
		}
		if rest := strings.ReplaceAll(out, `\\`, ""); strings.Contains(rest, `\u`) {
			t.Errorf("%q has an escape left: %q", text, out)
		}
	})
}
