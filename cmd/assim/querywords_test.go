package main

import (
	"slices"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
)

func TestComplete(t *testing.T) {
	v := vocabulary{
		queries:    []api.NamedQuery{{Name: "allservers"}, {Name: "hostdependencies", Params: []api.QueryParam{{Name: "host"}, {Name: "hops"}}}},
		labels:     []string{"Host", "Package", "Process"},
		types:      []string{"HAS", "RUNS_ON"},
		properties: []string{"name", "os", "Größe"},
		language:   []string{"AND", "MATCH", "RETURN", "all(", "nodes("},
	}
	for _, tt := range []struct {
		line string
		from int
		want []string
	}{
		{"MATCH (h:", 9, []string{"Host", "Package", "Process"}},
		{"MATCH (h: p", 10, []string{"Package", "Process"}},
		{"MATCH (h:Host|p", 14, []string{"Package", "Process"}},
		{"MATCH (h)-[:", 12, []string{"HAS", "RUNS_ON"}},
		{"MATCH (h)-[r:HAS|ru", 17, []string{"RUNS_ON"}},
		{"MATCH (h)-[:HAS]->(:pa", 20, []string{"Package"}},
		{"RETURN h.", 9, []string{"name", "os", "Größe"}},
		{"RETURN h.gr", 9, []string{"Größe"}},
		{"RETURN 'ö'.n", 12, []string{"name"}},
		{"MATCH (h {", 10, []string{"name", "os", "Größe"}},
		{"MATCH (h {name: 'x', o", 21, []string{"os"}},
		{"MATCH (h {name: na", 16, nil},
		{"WHERE EXISTS { ma", 15, []string{"MATCH"}},
		{"WHERE EXISTS { n", 15, []string{"name", "nodes("}},
		{"RETURN $na", 8, nil},
		{"ma", 0, []string{"MATCH"}},
		{"a", 0, []string{"allservers", "AND", "all("}},
		{"RETURN a", 7, []string{"AND", "all("}},
		{"RETURN size([1])  a", 18, []string{"AND", "all("}},
		{"RETURN ", 7, nil},
		{"", 0, nil},
		{"hostdependencies ", 17, []string{"host=", "hops="}},
		{"hostdependencies host=web1 hop", 27, []string{"hops="}},
		{"allservers ", 11, nil},
	} {
		from, words := v.complete(tt.line)
		if tt.line == "RETURN 'ö'.n" { // counted in bytes
			tt.from = len(tt.line) - 1
		}
		if from != tt.from || !slices.Equal(words, tt.want) {
			t.Errorf("complete(%q) = %d, %q; want %d, %q", tt.line, from, words, tt.from, tt.want)
		}
	}
}

func FuzzComplete(f *testing.F) {
	v := vocabulary{labels: []string{"Host"}, properties: []string{"Größe"}, language: []string{"MATCH"}}
	f.Add("MATCH (h:H")
	f.Add("{\xff")
	f.Fuzz(func(t *testing.T, line string) {
		from, words := v.complete(line)
		for _, word := range words {
			if from > len(line) || len(word) < len(line)-from {
				t.Errorf("complete(%q) = %d, %q", line, from, words)
			}
		}
	})
}
