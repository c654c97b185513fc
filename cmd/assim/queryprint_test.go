package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
)

// TestNoPlan: an older CMA on Neo4j sends no plan, which is told after the rows that it did send.
func TestNoPlan(t *testing.T) {
	one := api.Rows{Columns: []string{"n"}, Rows: [][]json.RawMessage{{json.RawMessage("1")}}}
	none := api.Rows{Columns: []string{"n"}}
	const missing = "assim: the graph of this CMA does not tell its plans\n" +
		"assim: try: its rows, without --explain and --profile, or EXPLAIN in Neo4j's own shell\n"
	for _, tt := range []struct {
		name   string
		query  api.Query
		rows   api.Rows
		out    string
		told   string
		status int
	}{
		{"not asked for", api.Query{Cypher: "RETURN 1 AS n"}, one, "n\n1\n", "", exitOK},
		{"profile", api.Query{Name: "one", Mode: api.ModeProfile}, one, "n\n1\n", missing, exitFailed},
		{"explain", api.Query{Cypher: "RETURN 1 AS n", Mode: api.ModeExplain}, none, "n\n", missing, exitFailed},
		{"in the text", api.Query{Cypher: "\n explain\nRETURN 1 AS n"}, none, "n\n", missing, exitFailed},
		{"a name that begins so", api.Query{Cypher: "EXPLAINED"}, none, "n\n", "", exitNothing},
	} {
		var out, told strings.Builder
		o := queryOptions{options: &options{}}
		status := explain(&told, o.printAnswer(streams{out: &out, notes: &told}, tt.query, tt.rows))
		if out.String() != tt.out || told.String() != tt.told || status != tt.status {
			t.Errorf("%s: %q, %q, status %d; want %q, %q, %d", tt.name, out.String(), told.String(), status, tt.out, tt.told, tt.status)
		}
	}
}

// TestNotes: what the rows don't show stands beside them.
func TestNotes(t *testing.T) {
	rows := api.Rows{Columns: []string{"n"}, Rows: [][]json.RawMessage{{json.RawMessage("1")}}, Notes: []string{"cut\x1b short"}}
	for _, tt := range []struct {
		json bool
		told string
	}{{false, "assim: note: cut\\x1b short\n"}, {true, ""}} {
		var out, told strings.Builder
		o := queryOptions{options: &options{json: tt.json}}
		err := o.printAnswer(streams{out: &out, notes: &told}, api.Query{Cypher: "RETURN 1 AS n"}, rows)
		if err != nil || told.String() != tt.told || strings.Contains(out.String(), "notes") != tt.json {
			t.Errorf("json %v: %q, %q, %v", tt.json, out.String(), told.String(), err)
		}
	}
}
