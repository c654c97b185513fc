package cypher

import (
	"context"
	"slices"
	"sync"
	"testing"
)

// TestStart holds what a pattern begins with: what it has to scan.
func TestStart(t *testing.T) {
	for _, tt := range []struct {
		query string
		scans []string
	}{
		{"MATCH (a)-->(b) RETURN a", []string{""}},
		{"MATCH (a)-->(b:Host) RETURN a", []string{"Host"}},
		{"MATCH (a:Host {id: 1})-->(b:Host) RETURN a", nil},
		{"MATCH (a)-->(b:Host)<--(c:Process {id: 2}) RETURN a", nil},
		{"MATCH (a:Host) WHERE a.id = 1 RETURN a", nil},
		{"MATCH (a:Host) WHERE a.name = 'x' AND ($one = a.id AND true) RETURN a", nil},
		{"MATCH (a:Host WHERE a.id = 1) RETURN a", nil},
		{"MATCH (a:Other&Host {id: 1}) RETURN a", nil},
		{"MATCH (a:Host) WHERE a.id = 1 OR true RETURN a", []string{"Host"}},
		{"MATCH (a:Host) WHERE a.name = 'web' RETURN a", []string{"Host"}},
		{"MATCH (a:Host) WHERE a.nobody = 'has this' RETURN a", nil},
		{"MATCH (a:Host) WHERE a.id IN [1, 2] RETURN a", nil},
		{"MATCH (a:Host), (b:Process) WHERE a.name = b.name RETURN a", []string{"Process", "Host"}},
		{"MATCH (a {id: 1}) RETURN a", []string{""}},
		{"MATCH (a:Host {id: 1}) MATCH (a)-->(b:Host) RETURN a", nil},
		{"MATCH (a:Host {id: 1})-[r]->() MATCH (x)-[r]->(y) RETURN x", nil},
		{"MATCH (a:Host {id: 1}) MATCH (b:Host {id: a.id}) RETURN a", nil},
		{"MATCH (a:Host {id: null}) RETURN a", nil},
		{"MATCH (a:Host), (b:Host {id: a.id}) RETURN a", []string{"Host"}},
		{"OPTIONAL MATCH (a:Host {id: 99}) MATCH (a)-->(b) RETURN b", nil},
	} {
		g := newMemory(t, "(a:Host:Other {id: 1, name: 'x'})-[:T]->(b:Host {id: 2}), (:Process {id: 2, name: 'x'})-[:T]->(b)")
		if _, err := answer(t, g, tt.query, map[string]any{"one": 1}); err != nil {
			t.Errorf("%s: %v", tt.query, err)
		}
		if !slices.Equal(g.scans, tt.scans) {
			t.Errorf("%s scans %q, want %q", tt.query, g.scans, tt.scans)
		}
	}
}

// TestCutNote holds the bound of patterns that have none, and that it is told only if it cut.
func TestCutNote(t *testing.T) {
	chain := "(:Start {id: 0})"
	for range defaultHops {
		chain += "-[:T]->()"
	}
	for _, tt := range []struct {
		graph, query string
		rows         int64
		notes        []string
	}{
		{chain, "MATCH (:Start)-[:T*]->(n) RETURN count(n)", defaultHops, nil},
		{chain + "-[:U]->()", "MATCH (:Start)-[:T*]->(n) RETURN count(n)", defaultHops, nil},
		{chain + "-[:T]->()", "MATCH (:Start)-[:T*]->(n) RETURN count(n)", defaultHops, []string{cutNote}},
		{chain + "-[:T]->()", "MATCH (:Start)-[:T*..31]->(n) RETURN count(n)", defaultHops + 1, nil},
		{chain + "-[:T]->()", "MATCH (:Start)-[:T*..3]->(n) RETURN count(n)", 3, nil},
		{chain + "-[:T]->(:End)", "MATCH p = shortestPath((:Start)-[:T*]->(:End)) RETURN count(p)", 0, []string{cutNote}},
		{chain + "-[:T]->(:End)", "MATCH p = shortestPath((:Start)-[:T*..31]->(:End)) RETURN count(p)", 1, nil},
	} {
		res, err := answer(t, newMemory(t, tt.graph), tt.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		if got := res.Rows[0][0]; got != tt.rows || !slices.Equal(res.Notes, tt.notes) {
			t.Errorf("%s: %v rows, notes %q; want %d, %q", tt.query, got, res.Notes, tt.rows, tt.notes)
		}
	}
}

// An answer of nothing says which names nothing has.
func TestUnknownNames(t *testing.T) {
	g := newMemory(t, "(:Host {name: 'a'})<-[:RUNS_ON]-(:Process)")
	g.word("Gone") // nothing has it any more
	for _, tt := range []struct {
		query string
		notes []string
	}{
		{"MATCH (h:Hots) RETURN h", []string{`no node has the label "Hots"; the nearest is "Host"`}},
		{"EXPLAIN MATCH (h:Hots) RETURN h", []string{`no node has the label "Hots"; the nearest is "Host"`}},
		{"MATCH (h:Hots) RETURN count(*), collect(h)", []string{`no node has the label "Hots"; the nearest is "Host"`}},
		{"MATCH (h:Xyzzy)-[:RUN_ON]-() RETURN h.x", []string{`no node has the label "Xyzzy"`, `no relationship has the type "RUN_ON"; the nearest is "RUNS_ON"`}},
		{"MATCH (h:Gone) RETURN h", []string{`no node has the label "Gone"`}},
		{"MATCH (h:Host {nane: 'a'}) RETURN h", []string{`nothing has the property "nane"; the nearest is "name"`}},
		{"MATCH (h:Host) WHERE h.nane STARTS WITH 'a' RETURN h", []string{`nothing has the property "nane"; the nearest is "name"`}},
		{"MATCH (h)<-[r]-() WHERE h:Hots OR r:RUN_ON RETURN h", []string{`no node has the label "Hots"; the nearest is "Host"`, `no node has the label "RUN_ON"; the nearest is "RUNS_ON"`}},
		{"MATCH ()-[r]->() WHERE NOT r:RUNS_ON RETURN r", nil},
		{"MATCH (h:Host) WHERE h:RUNS_ON RETURN h", nil},
		{"UNWIND [{nane: 'b'}] AS row MATCH (h:Host) WHERE h.name = row.nane RETURN h", nil},
		{"MATCH (h:Host|Hots) RETURN h.nane IS NULL", nil}, // there is an answer
		{"MATCH (h:Host|Hots) RETURN count(h)", nil},
		{"MATCH (a:L1), (b:L2), (c:L3), (d:L4), (e:L5), (f:L6) RETURN count(*)", []string{
			`no node has the label "L1"`, `no node has the label "L2"`, `no node has the label "L3"`, `no node has the label "L4"`, `no node has the label "L5"`}},
	} {
		res, err := answer(t, g, tt.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		if !slices.Equal(res.Unknown, tt.notes) {
			t.Errorf("%s: notes %q, want %q", tt.query, res.Unknown, tt.notes)
		}
	}
}

// TestStopsEarly holds LIMIT and EXISTS to the work for the rows that they need.
func TestStopsEarly(t *testing.T) {
	for _, query := range []string{
		"UNWIND range(1, 1000) AS x UNWIND range(1, 1000) AS y RETURN x LIMIT 5",
		"RETURN EXISTS { UNWIND range(1, 1000) AS x UNWIND range(1, 1000) AS y RETURN x } AS e",
		"UNWIND range(1, 1000) AS x UNWIND range(1, 1000) AS y RETURN x LIMIT 0",
	} {
		q, err := Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := q.Run(context.Background(), &memory{}, nil, Budget{Steps: 5000}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestConcurrentRuns runs one query many times at once, for the race detector.
func TestConcurrentRuns(t *testing.T) {
	g := newMemory(t, "(a:A {id: 1})-[:T]->(:B {id: 2}), (a)-[:T]->(:B {id: 3})")
	q, err := Parse("MATCH (a)-[r*]->(b) WHERE b.name =~ '.*' OR true WITH DISTINCT b ORDER BY b.id RETURN *, count(*) ORDER BY b.id")
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			view := *g // its own record of scans
			if res, err := q.Run(context.Background(), &view, nil, Budget{}); err != nil || len(res.Rows) != 2 {
				t.Errorf("got %v, %v, want 2 rows", res, err)
			}
		})
	}
	wait.Wait()
}
