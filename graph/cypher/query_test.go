package cypher

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestQueries runs testdata/queries. A file is blocks of lines that begin with
//
//	graph   the graph of the blocks from here on, in the notation of CREATE
//	query   the query
//	params  its parameters, a map
//	rows    the rows as the TCK writes values, in the order of ORDER BY if the query has it
//
// and go on in lines that are indented.
func TestQueries(t *testing.T) {
	files, err := filepath.Glob("testdata/queries/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/queries: %v, %d files", err, len(files))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var g *memory
		for block := range strings.SplitSeq(string(text), "\n\n") {
			fields := readBlock(block)
			if create, ok := fields["graph"]; ok {
				g = newMemory(t, create)
			}
			if query, ok := fields["query"]; ok {
				testQuery(t, g, query, fields["params"], fields["rows"])
			}
		}
	}
}

func readBlock(block string) map[string]string {
	fields := map[string]string{}
	last := ""
	for line := range strings.Lines(block) {
		switch {
		case line[0] == '#' || strings.TrimSpace(line) == "":
		case line[0] == ' ':
			fields[last] += "\n" + strings.TrimSpace(line)
		default:
			word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			last = word
			fields[last] = strings.TrimSpace(rest)
		}
	}
	return fields
}

func testQuery(t *testing.T, g *memory, query, params, rows string) {
	t.Helper()
	values := map[string]any{}
	if params != "" {
		v, err := readValue(params)
		if err != nil {
			t.Fatalf("%s: params %s: %v", query, params, err)
		}
		values = v.(map[string]any)
	}
	res, err := answer(t, g, query, values)
	if err != nil {
		t.Errorf("%s: %v", query, err)
		return
	}
	var got, want []string
	for _, row := range res.Rows {
		got = append(got, show(row, false))
	}
	for line := range strings.Lines(rows) {
		var row []any
		for _, cell := range strings.Split(strings.TrimSpace(line), " | ") {
			v, err := readValue(cell)
			if err != nil {
				t.Fatalf("%s: rows %s: %v", query, cell, err)
			}
			row = append(row, v)
		}
		want = append(want, show(row, false))
	}
	if !strings.Contains(query, "ORDER BY") {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\ngot  %s\nwant %s", query, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}
