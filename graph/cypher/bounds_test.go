package cypher

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestHugeQueries plans and runs texts as large as they may be, which must end soon, in whatever way.
func TestHugeQueries(t *testing.T) {
	g := planGraph(t)
	for name, text := range map[string]string{
		"nodes":         "MATCH ()" + strings.Repeat(", ()", MaxTextBytes/5) + " RETURN 1",
		"named nodes":   "MATCH " + numbered(MaxTextBytes/10, "(%)", ", ") + " RETURN 1",
		"relationships": "MATCH ()" + strings.Repeat("--()", MaxTextBytes/5) + " RETURN 1",
		"ways":          "MATCH ()" + strings.Repeat("-[*]-()", MaxTextBytes/8) + " RETURN DISTINCT 1",
		"lists":         numbered(MaxTextBytes/25, "MATCH ()-[%:T*]->(n)", " ") + " RETURN DISTINCT 1",
		"conditions":    "MATCH (n) WHERE true" + strings.Repeat(" AND n.x=1", 450) + " RETURN n",
		"clauses":       "MATCH (n)" + strings.Repeat(" MATCH (n)", MaxTextBytes/12) + " RETURN n",
		"subqueries":    "RETURN " + strings.Repeat("EXISTS { MATCH (n) WHERE ", 60) + "true" + strings.Repeat(" }", 60),
		"items":         "RETURN " + strings.Repeat("1 +", 500) + numbered(MaxTextBytes/14, "1 AS %", ", ") + ", 2 AS z",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		q, err := Parse(text)
		if err == nil {
			_, err = q.Run(ctx, g, nil, Budget{Steps: 2_000_000})
		}
		cancel()
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Kind == Stopped) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// numbered repeats a text with a name of its own for each %.
func numbered(n int, text, separator string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.ReplaceAll(text, "%", fmt.Sprint("v", i))
	}
	return strings.Join(all, separator)
}

// TestReachIsNotExponential finds what can be reached in a graph where the ways there are more than
// could be enumerated, and is stopped where they are asked for.
func TestReachIsNotExponential(t *testing.T) {
	ladder := "(:Start {id: 0})"
	for range 30 {
		ladder += ", ()"
	}
	g := newMemory(t, ladder)
	for i := range NodeID(30) {
		for range 4 { // four parallel relationships from each node to the next
			g.rels = append(g.rels, memoryRel{from: i, to: i + 1, relType: TypeID(g.word("T"))})
			id := RelID(len(g.rels) - 1)
			g.nodes[i].out = append(g.nodes[i].out, id)
			g.nodes[i+1].in = append(g.nodes[i+1].in, id)
		}
	}
	for _, tt := range []struct {
		query string
		rows  int64 // -1: none, for it takes too long
	}{
		{"MATCH (:Start)-[:T*]->(n) RETURN count(DISTINCT n)", 30},
		{"MATCH (:Start)-[:T*0..]->(n) RETURN count(DISTINCT n)", 31},
		{"MATCH (:Start)-[:T*0..]-(n) RETURN count(DISTINCT n)", 31},
		{"MATCH (:Start)-[:T*..7]->(n) RETURN count(DISTINCT n)", 7},
		{"MATCH (s:Start) RETURN COUNT { MATCH (s)-[:T*]->(n) RETURN DISTINCT n }", 30},
		{"MATCH (s:Start)-[:T*]->(n) WITH DISTINCT n MATCH (n)<-[:T*0..]-(m) RETURN count(DISTINCT m)", 31},
		{"MATCH (s:Start), (n) WHERE id(n) = 3 MATCH p = allShortestPaths((s)-[:T*]->(n)) RETURN count(p)", 64},
		{"MATCH (s:Start), (n) WHERE id(n) = 3 MATCH p = shortestPath((s)-[:T*]->(n)) RETURN count(p)", 1},
		{"MATCH (s:Start), (n) WHERE id(n) = 30 MATCH p = shortestPath((s)-[:T*]->(n)) WHERE length(p) > 29 RETURN count(p)", 1},
		{"MATCH (s:Start), (n) WHERE id(n) = 30 MATCH p = shortestPath((s)-[:T*]->(n)) WHERE none(m IN nodes(p) WHERE id(m) = 15) RETURN count(p)", 0},
		{"MATCH (s:Start), (n) WHERE id(n) = 30 MATCH p = shortestPath((s)-[:T*]->(n)) WHERE length(p) > 30 RETURN count(p)", -1},
		{"MATCH (:Start)-[:T*]->(n) RETURN count(n)", -1},
		{"MATCH (:Start)-[r:T*]->(n) RETURN count(DISTINCT n)", 30},
		{"MATCH (:Start)-[r:T*]->(n) WITH n, r RETURN count(DISTINCT n)", -1},
	} {
		q, err := Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		res, err := q.Run(t.Context(), g, nil, Budget{Steps: 10_000})
		var e *Error
		switch {
		case tt.rows < 0:
			if !errors.As(err, &e) || e.Detail != "Steps" {
				t.Errorf("%s: got %v, want that it takes too many steps", tt.query, err)
			}
		case err != nil:
			t.Errorf("%s: %v", tt.query, err)
		case res.Rows[0][0] != tt.rows:
			t.Errorf("%s: %v, want %d", tt.query, res.Rows[0][0], tt.rows)
		}
	}
}

// TestHopConditionsAreNotExponential asks of each relationship on the way through a mesh, in which each of 60
// nodes leads to each other. Those from nodes of even numbers have x 1, from odd ones 2, but for nodes from 50
// on, which have none.
func TestHopConditionsAreNotExponential(t *testing.T) {
	const nodes = 60
	var parts []string
	for i := range nodes {
		parts = append(parts, fmt.Sprintf("(n%d:N {id: %d})", i, i))
	}
	for i := range nodes {
		props := fmt.Sprintf(" {x: %d}", 1+i%2)
		if i >= 50 {
			props = ""
		}
		for j := range nodes {
			if i != j {
				parts = append(parts, fmt.Sprintf("(n%d)-[:T%s]->(n%d)", i, props, j))
			}
		}
	}
	g := newMemory(t, strings.Join(parts, ", "))
	for _, tt := range []struct {
		query string
		found int64
	}{
		{"MATCH (a:N {id: 2})-[r:T*0..30]->(b) WHERE all(x IN r WHERE x.x = 1) RETURN count(DISTINCT b)", 60},
		{"MATCH (a:N {id: 3})-[r:T*0..30]->(b) WHERE all(x IN r WHERE x.x = 1) RETURN count(DISTINCT b)", 1},
		{"MATCH (a:N {id: 3})-[r:T*0..30]->(b) WHERE none(x IN r WHERE x.x = 1) RETURN count(DISTINCT b)", 60},
		{"MATCH (a:N {id: 3})<-[r:T*0..30]-(b) WHERE none(x IN r WHERE x.x = 1) RETURN count(DISTINCT b)", 25},
		{"MATCH (a:N {id: 50})-[r:T*0..30]->(b) WHERE none(x IN r WHERE x.x = 3) RETURN count(DISTINCT b)", 1},
		{"MATCH (a:N {id: 50})-[r:T*0..30]->(b) WHERE all(x IN r WHERE coalesce(x.x, 1) = 1) RETURN count(DISTINCT b)", 60},
		{"MATCH (a:N {id: 2})-[r:T*0..30]->(b) WHERE all(x IN r WHERE x.x = a.id - 1) AND b.id > 7 RETURN count(DISTINCT b)", 52},
		{"MATCH (a:N {id: 3}) WHERE EXISTS { MATCH (a)-[r:T*..30]->(b) WHERE all(x IN r WHERE x.x = 1) } RETURN count(a)", 0},
		{"MATCH (a:N {id: 3}) OPTIONAL MATCH (a)-[r:T*..30]->(b) WHERE all(x IN r WHERE x.x = 1) WITH DISTINCT a, b RETURN count(b)", 0},
		{"MATCH (a:N {id: 3})-[r:T*..30]->(b {id: 4}) WHERE all(x IN r WHERE x.x = 1) RETURN count(r)", 0}, // asked while walking
	} {
		q, err := Parse(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		res, err := q.Run(t.Context(), g, nil, Budget{Steps: 40_000})
		if err != nil {
			t.Errorf("%s: %v", tt.query, err)
		} else if res.Rows[0][0] != tt.found {
			t.Errorf("%s: %v, want %d", tt.query, res.Rows[0][0], tt.found)
		}
	}
}
