package graphtest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

func TestFacts(t *testing.T) {
	source := graph.Source{Host: "h", Instance: "i", Boot: 1, Seq: 1}
	got, err := Facts(source, `(a:Host:Big {s: 'it | is', n: -3, f: 2.0, b: true, l: ['x', 'y'], e: []})<-[:RUNS_ON {w: 1}]-(:Process)-[:USES]->(a), (b:NIC)`)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := Facts(source, `('site|::1':IP {v: 6})-[:ON]->(n:NIC), ('site|::1')-[:ON]->(m:NIC)`)
	if err != nil || len(quoted.Nodes) != 3 || quoted.Rels[1].From.Key != "site|::1" {
		t.Errorf("with a quoted name: %+v, %v", quoted, err)
	}
	a, p := graph.Ref{Label: "Host", Key: "a"}, graph.Ref{Label: "Process", Key: "h_1"}
	want := graph.Facts{
		Source: source,
		Nodes: []graph.Node{
			{Ref: a, Labels: []string{"Big"}, Props: graph.Props{"s": "it | is", "n": int64(-3), "f": 2.0, "b": true, "l": []string{"x", "y"}, "e": []string{}}},
			{Ref: p}, {Ref: graph.Ref{Label: "NIC", Key: "b"}},
		},
		Rels: []graph.Rel{{Type: "RUNS_ON", From: p, To: a, Props: graph.Props{"w": int64(1)}}, {Type: "USES", From: p, To: a}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	for text, want := range map[string]string{
		"(a:Host": `column 8: "" where ')' is expected`, "(a:Host) (b)": `"(" where ',' is expected`, "(a {x: 'y)": "a string does not end",
		"(a {x: ?})": `"?" is no value`, "(a)-[:T]-(b)": `"(" where '>' is expected`, "(a {x: maybe})": "invalid syntax", "(a {x: 99999999999999999999})": "out of range",
	} {
		if _, err := Facts(source, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %s", text, err, want)
		}
	}
}
