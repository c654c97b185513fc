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
		{"MATCH (:Start)-[r:T*]->(n) RETURN count(DISTINCT n)", -1},
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
