package graphtest

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// facts is Facts of version seq of a document of host, in its first boot.
func facts(t *testing.T, host, instance string, seq uint64, text string) graph.Facts {
	t.Helper()
	f, err := Facts(graph.Source{Host: host, Instance: instance, Boot: 1, Seq: seq, Hash: "abc"}, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func apply(t *testing.T, s graph.Store, batch ...graph.Facts) graph.Applied {
	t.Helper()
	done, err := s.Apply(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// applied checks what a batch changed.
func applied(t *testing.T, s graph.Store, want graph.Applied, batch ...graph.Facts) {
	t.Helper()
	if got := apply(t, s, batch...); !reflect.DeepEqual(got, want) {
		t.Errorf("applied %+v, want %+v", got, want)
	}
}

func query(t *testing.T, s graph.Store, text string) *cypher.Result {
	t.Helper()
	res, err := s.Query(t.Context(), text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return res
}

// rows checks the rows of a query, one a line: each value as JSON, separated by a space.
func rows(t *testing.T, s graph.Store, text string, want ...string) {
	t.Helper()
	if got := lines(t, query(t, s, text)); !slices.Equal(got, want) {
		t.Errorf("%s\ngot\n\t%s\nwant\n\t%s", text, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func lines(t *testing.T, res *cypher.Result) (out []string) {
	t.Helper()
	text, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	var in struct{ Rows [][]json.RawMessage }
	if err := json.Unmarshal(text, &in); err != nil {
		t.Fatal(err)
	}
	for _, row := range in.Rows {
		var values []string
		for _, v := range row {
			values = append(values, string(v))
		}
		out = append(out, strings.Join(values, " "))
	}
	return out
}

// dump is the whole graph but for when dependencies were first seen: equal graphs have equal dumps.
func dump(t *testing.T, s graph.Store) string {
	t.Helper()
	nodes := lines(t, query(t, s, `MATCH (n:Host|NIC|Process|Endpoint|Package) UNWIND labels(n) AS label
		WITH n, label ORDER BY label RETURN n.key AS key, collect(label), properties(n)`))
	rels := lines(t, query(t, s, `MATCH (a)-[r]->(b)
		RETURN a.key, type(r), b.key, r{.*, documents: null, since: null, since_ms: null}`))
	slices.Sort(nodes)
	slices.Sort(rels)
	return strings.Join(append(nodes, rels...), "\n")
}

// refused checks that a query fails with an error of the query that contains want.
func refused(t *testing.T, s graph.Store, text, want string) {
	t.Helper()
	_, err := s.Query(t.Context(), text, nil)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want an error with %q", text, err, want)
	}
}
