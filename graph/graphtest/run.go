package graphtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// Run tests a kind of store. open opens the store that belongs to t: an empty one at first, and the
// same again when it is called once more after Close.
func Run(t *testing.T, open func(t *testing.T) graph.Store) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, s graph.Store)
	}{
		{"apply", testApply},
		{"shared", testShared},
		{"conflict", testConflict},
		{"stale", testStale},
		{"batch", testBatch},
		{"invalid", testInvalid},
		{"idempotent", testIdempotent},
		{"either order", testEitherOrder},
		{"dissolved", testDissolved},
		{"evidence", testEvidence},
		{"no dependency", testNoDependency},
		{"too many paths", testTooManyPaths},
		{"failover", testFailover},
		{"line", testLine},
		{"one host", testOneHost},
		{"vacated", testVacated},
		{"read only", testReadOnly},
		{"budget", testBudget},
		{"concurrent", testConcurrent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			tt.test(t, s)
		})
	}
	t.Run("reopen", func(t *testing.T) { testReopen(t, open) })
	t.Run("reopen line", func(t *testing.T) { testReopenLine(t, open) })
	t.Run("contests", func(t *testing.T) { testContests(t, open) })
	t.Run("any order", func(t *testing.T) { testAnyOrder(t, open) })
}

// keys lists all nodes. It names their labels, since a store may keep nodes of its own.
const keys = "MATCH (n:Host|NIC|Process|Endpoint|Package) RETURN n.key ORDER BY n.key"

func testApply(t *testing.T, s graph.Store) {
	first := facts(t, "h", "net", 1, `(h:Host {name: 'web1', cores: 4})-[:HAS_NIC {n: 1}]->(eth0:NIC:Up {mtu: 1500}), (h)-[:HAS_NIC]->(eth1:NIC)`)
	applied(t, s, graph.Applied{NodesAdded: 3, RelsAdded: 2}, first)
	rows(t, s, "MATCH (h:Host)-[r]->(n:NIC) RETURN h.name, h.key, r.n, n:Up, properties(n) ORDER BY n.key",
		`"web1" "h" 1 true {"key":"eth0","mtu":1500}`,
		`"web1" "h" null false {"key":"eth1"}`)

	second := facts(t, "h", "net", 2, `(h:Host {name: 'web1', load: 2.5})-[:HAS_NIC {n: 2}]->(eth0:NIC {mtu: 1500}), (lo:NIC)-[:PART_OF]->(h)`)
	applied(t, s, graph.Applied{NodesAdded: 1, NodesChanged: 2, NodesRemoved: 1, RelsAdded: 1, RelsChanged: 1, RelsRemoved: 1}, second)
	rows(t, s, "MATCH (n:Host|NIC) OPTIONAL MATCH (n)-[r]->(m) RETURN n:Up, properties(n), type(r), r.n, m.key ORDER BY n.key",
		`false {"key":"eth0","mtu":1500} null null null`,
		`false {"key":"h","load":2.5,"name":"web1"} "HAS_NIC" 2 "eth0"`,
		`false {"key":"lo"} "PART_OF" null "h"`)

	applied(t, s, graph.Applied{NodesRemoved: 3, RelsRemoved: 2}, facts(t, "h", "net", 3, ""))
	rows(t, s, keys)
}

// A node and a relationship that two documents assert live until neither does.
func testShared(t *testing.T, s graph.Store) {
	a := facts(t, "h1", "packages", 1, `(h1:Host)-[:HAS {by: 'a'}]->(ssl:Package {name: 'openssl'})`)
	b := facts(t, "h2", "packages", 1, `(h2:Host)-[:HAS]->(ssl:Package:Old {arch: 'amd64'}), (h1:Host)-[:HAS {also: 'b'}]->(ssl)`)
	apply(t, s, a)
	applied(t, s, graph.Applied{NodesAdded: 1, NodesChanged: 1, RelsAdded: 1, RelsChanged: 1}, b)
	rows(t, s, "MATCH (h)-[r]->(p:Package) RETURN h.key, properties(r), p:Old, properties(p) ORDER BY h.key",
		`"h1" {"also":"b","by":"a"} true {"arch":"amd64","key":"ssl","name":"openssl"}`,
		`"h2" {} true {"arch":"amd64","key":"ssl","name":"openssl"}`)

	applied(t, s, graph.Applied{NodesChanged: 1, RelsChanged: 1}, facts(t, "h1", "packages", 2, ""))
	rows(t, s, "MATCH (h)-[r]->(p:Old) RETURN h.key, properties(r), properties(p) ORDER BY h.key",
		`"h1" {"also":"b"} {"arch":"amd64","key":"ssl"}`,
		`"h2" {} {"arch":"amd64","key":"ssl"}`)
	applied(t, s, graph.Applied{NodesRemoved: 3, RelsRemoved: 2}, facts(t, "h2", "packages", 2, ""))
}

// The document that changed last wins; without it, the one before holds again.
func testConflict(t *testing.T, s graph.Store) {
	const values = "MATCH (n:Host) RETURN n.a, n.b, n.c"
	apply(t, s, facts(t, "h", "one", 1, `(n:Host {a: 1, b: 1, c: 1})`))
	apply(t, s, facts(t, "h", "two", 1, `(n:Host {a: 2, b: 2})`))
	apply(t, s, facts(t, "h", "three", 1, `(n:Host {a: 3})`))
	rows(t, s, values, "3 2 1")
	apply(t, s, facts(t, "h", "two", 2, `(n:Host {a: 2, b: 2})`)) // says what it said: not a change
	rows(t, s, values, "3 2 1")
	apply(t, s, facts(t, "h", "three", 2, ""))
	rows(t, s, values, "2 2 1")
	apply(t, s, facts(t, "h", "one", 2, `(n:Host {a: 4})`))
	rows(t, s, values, "4 2 null")
	apply(t, s, facts(t, "h", "two", 3, ""), facts(t, "h", "three", 3, `(n:Host {c: 3})`))
	rows(t, s, values, "4 null 3")
}

func testStale(t *testing.T, s graph.Store) {
	version := func(boot, seq uint64, text string) graph.Facts {
		f := facts(t, "h", "os", seq, text)
		f.Source.Boot = boot
		return f
	}
	const value = "MATCH (n:Host) RETURN n.v"
	apply(t, s, version(2, 5, "(n:Host {v: 1})"))
	for _, older := range []graph.Facts{version(2, 4, "(n:Host {v: 2})"), version(1, 9, "(n:Host {v: 2})"), version(1, 9, "")} {
		applied(t, s, graph.Applied{Stale: 1}, older)
	}
	rows(t, s, value, "1")
	applied(t, s, graph.Applied{NodesChanged: 1}, version(2, 5, "(n:Host {v: 3})")) // derived anew
	applied(t, s, graph.Applied{NodesRemoved: 1}, version(3, 1, ""))
	applied(t, s, graph.Applied{Stale: 1}, version(2, 6, "(n:Host {v: 4})")) // withdrawn, but not forgotten
	rows(t, s, value)
	apply(t, s, version(4, 1, "(n:Host {v: 6})"))
	applied(t, s, graph.Applied{}, version(4, 3, "(n:Host {v: 6})")) // nothing new, but newer
	applied(t, s, graph.Applied{Stale: 1}, version(4, 2, "(n:Host {v: 7})"))
	other := version(1, 1, "(m:Host {v: 5})")
	other.Source.Instance = "net" // another document has its own order
	applied(t, s, graph.Applied{NodesAdded: 1}, other)
}

func testBatch(t *testing.T, s graph.Store) {
	apply(t, s, facts(t, "h", "x", 1, "(a:Host {v: 1}), (b:Host)"))
	applied(t, s, graph.Applied{Stale: 1, NodesAdded: 1, NodesChanged: 1},
		facts(t, "h", "x", 3, "(b:Host), (c:Host)"),
		facts(t, "h", "x", 2, "(d:Host)"),
		facts(t, "h", "y", 1, "(a:Host {v: 2})")) // takes the node over from x
	rows(t, s, "MATCH (n:Host) RETURN n.key, n.v ORDER BY n.key", `"a" 2`, `"b" null`, `"c" null`)
	applied(t, s, graph.Applied{}, []graph.Facts{}...)
}

// A batch with one bad document changes nothing.
func testInvalid(t *testing.T, s graph.Store) {
	bad := facts(t, "h", "bad", 1, "(a:Host)-[:HAS]->(b:NIC)")
	bad.Nodes = bad.Nodes[:1]
	_, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h", "good", 1, "(g:Host)"), bad})
	want := `refused facts of document "bad" of host "h": relationship "HAS" from "a" to "b": its end "b"`
	if !errors.Is(err, graph.ErrRefused) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %v with %s", err, graph.ErrRefused, want)
	}
	rows(t, s, keys)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Apply(ctx, []graph.Facts{facts(t, "h", "good", 1, "(g:Host)")}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply after its context ended: %v, want context.Canceled", err)
	}
	rows(t, s, keys)
}

func testIdempotent(t *testing.T, s graph.Store) {
	batch := []graph.Facts{
		facts(t, "h1", "tcp", 1, client), facts(t, "h2", "tcp", 1, server),
		facts(t, "h3", "os", 1, `(h1:Host {name: 'other', n: 1, f: 1.0, list: ['a']})`),
	}
	apply(t, s, batch...)
	want := dump(t, s)
	for range 2 {
		applied(t, s, graph.Applied{}, batch...)
		if got := dump(t, s); got != want {
			t.Errorf("applied again the graph is\n%s\nwant\n%s", got, want)
		}
	}
}

func testReadOnly(t *testing.T, s graph.Store) {
	apply(t, s, facts(t, "h", "os", 1, "(h:Host)"))
	for _, clause := range []string{"CREATE (n)", "MERGE (n:Host)", "MATCH (n) SET n.x = 1", "MATCH (n) DELETE n", "MATCH (n) REMOVE n.x"} {
		refused(t, s, clause+" RETURN 1 AS x", "the graph is written by the CMA only; queries are read-only")
	}
	_, err := s.Query(t.Context(), "MATCH (n:Host)\nRETURN m", nil)
	var wrong *cypher.Error
	if !errors.As(err, &wrong) || wrong.Line != 2 || wrong.Column != 8 {
		t.Errorf("got %v, want a *cypher.Error at line 2, column 8", err)
	}
	res, err := s.Query(t.Context(), "MATCH (n:Host {key: $key}) RETURN n.key AS k", map[string]any{"key": "h"})
	if err != nil || len(res.Rows) != 1 || res.Columns[0] != "k" {
		t.Errorf("with a parameter: %+v, %v", res, err)
	}
}

func testBudget(t *testing.T, s graph.Store) {
	_, err := s.Query(t.Context(), "UNWIND range(1, 100001) AS x RETURN x", nil)
	if limit := (*cypher.Error)(nil); !errors.As(err, &limit) || limit.Kind != cypher.LimitExceeded {
		t.Errorf("100,001 rows: %v, want a *cypher.Error of kind LimitExceeded", err)
	}
	rows(t, s, "UNWIND range(1, 100000) AS x WITH x WHERE x = 100000 RETURN x", "100000")
	_, err = s.Query(t.Context(), "UNWIND range(1, 30) AS x RETURN range(1, 100000) AS list", nil)
	if limit := (*cypher.Error)(nil); !errors.As(err, &limit) || limit.Detail != "Values" {
		t.Errorf("3 million values: %v, want that a result keeps 2 million at most", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	<-ctx.Done()
	const long = "UNWIND range(1, 4000) AS a UNWIND range(1, 4000) AS b WITH a + b AS c WHERE c < 0 RETURN count(*)"
	if _, err := s.Query(ctx, long, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after its deadline a query says %v, want context.DeadlineExceeded", err)
	}
	rows(t, s, "RETURN 1 AS x", "1") // and the store goes on
}
