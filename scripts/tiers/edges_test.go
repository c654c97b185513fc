package tiers

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// edges is what depends on what, in the words of testdata/edges.txt.
type edges map[string]bool

// section is a part of testdata/edges.txt.
type section struct {
	step string
	want edges // after the step
}

// readEdges reads testdata/edges.txt, whose sections are the steps of the test.
func readEdges(t testing.TB) (sections []section) {
	t.Helper()
	const file = "testdata/edges.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	now := edges{}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		mark, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || mark == "#":
		case mark == "==":
			now = maps.Clone(now)
			sections = append(sections, section{rest, now})
		case mark == "+" && !now[rest]:
			now[rest] = true
		case mark == "-" && now[rest]:
			delete(now, rest)
		default:
			t.Fatalf("%s:%d: %q changes nothing", file, number, line)
		}
	}
	return sections
}

// askEdges asks a graph for all of its edges.
func askEdges(graph testbed.CLI) (edges, error) {
	text, err := os.ReadFile("testdata/edges.cypher")
	if err != nil {
		return nil, err
	}
	rows, err := graph.Query(string(text))
	if err != nil {
		return nil, err
	}
	found := edges{}
	for _, row := range rows {
		var edge []string
		if err := json.Unmarshal([]byte(row), &edge); err != nil {
			return nil, fmt.Errorf("row %s: %w", row, err)
		}
		found[edge[0]] = true
	}
	return found, nil
}

// without returns what is not among others, sorted.
func (e edges) without(others edges) (rest []string) {
	for _, edge := range slices.Sorted(maps.Keys(e)) {
		if !others[edge] {
			rest = append(rest, edge)
		}
	}
	return rest
}

// score says how many of the edges that were found are wanted, and how many of the wanted were found.
func score(found, want edges) (precision, recall float64) {
	right := len(found) - len(found.without(want))
	return float64(right) / float64(max(1, len(found))), float64(right) / float64(max(1, len(want)))
}

// compare returns nil if exactly the wanted edges were found.
func compare(found, want edges) error {
	lacking, excess := want.without(found), found.without(want)
	if len(lacking)+len(excess) == 0 {
		return nil
	}
	precision, recall := score(found, want)
	return fmt.Errorf("precision %.3f, recall %.3f\nlacking:\n  %s\nin excess:\n  %s", precision, recall,
		strings.Join(lacking, "\n  "), strings.Join(excess, "\n  "))
}

func TestCompare(t *testing.T) {
	set := func(all ...string) edges {
		e := edges{}
		for _, edge := range all {
			e[edge] = true
		}
		return e
	}
	if err := compare(set("a", "b"), set("b", "a")); err != nil {
		t.Errorf("equal edges: %v", err)
	}
	for _, tt := range []struct {
		found, want edges
		said        []string
	}{
		{set("a"), set("a", "b"), []string{"precision 1.000, recall 0.500", "lacking:\n  b\n"}},
		{set("a", "b"), set("a"), []string{"precision 0.500, recall 1.000", "in excess:\n  b"}},
		{set("a", "c"), set("a", "b"), []string{"precision 0.500, recall 0.500"}},
	} {
		if err := compare(tt.found, tt.want); err == nil || !testbed.Holds(err.Error(), tt.said...) {
			t.Errorf("found %v, wanted %v: %v, want %q", tt.found, tt.want, err, tt.said)
		}
	}
}
