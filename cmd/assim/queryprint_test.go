package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
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

// TestCells: what a terminal shows wide or upon another letter keeps the columns of a table straight.
func TestCells(t *testing.T) {
	for text, want := range map[string]int{"": 0, "web1": 4, "日本": 4, "é": 1, "e\u0301": 1, "├── db": 6, "ｶ": 1, "서버": 4, "\U0001f600": 2, "\u10ff": 1, "\u1100": 2} {
		if got := cells(text); got != want {
			t.Errorf("%q takes %d cells, want %d", text, got, want)
		}
	}
	var b strings.Builder
	if err := printTable(&b, []string{"NAME", "STATE"}, [][]string{{"日本", "up"}, {"web12", "up"}}); err != nil {
		t.Fatal(err)
	}
	if want := "NAME   STATE\n日本   up\nweb12  up\n"; b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// TestEventsAreStraight: an event's kind or state may be longer than its column is as a rule.
func TestEventsAreStraight(t *testing.T) {
	moved := api.EventRecord{HostName: "web2", Event: ring.Event{Kind: ring.AddressMoved, Address: "2001:db8::100", Other: &ring.Member{Name: "web1"}}}
	dead := api.EventRecord{HostName: "db1", Event: ring.Event{Kind: ring.Dead, State: ring.HostDead}}
	var b strings.Builder
	if err := printEvents(&b, eventsOptions{options: &options{}}, []api.EventRecord{moved, dead}, nil, true); err != nil {
		t.Fatal(err)
	}
	const want = `RECEIVED              EVENT          HOST  STATE                    SEEN BY  HOOKS
1970-01-01T00:00:00Z  address moved  web2  2001:db8::100 from web1
1970-01-01T00:00:00Z  dead           db1   host dead
`
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}
