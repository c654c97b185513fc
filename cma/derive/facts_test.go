package derive

import (
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// TestAssertedTwice: a node has the union of what is asserted of it, a relationship what is asserted last;
// both are there once, whichever of the node's numbers they are asserted with.
func TestAssertedTwice(t *testing.T) {
	a := newAssertions(document(t, "web1", "lshw", []byte(`{}`)))
	one := a.node(graph.Process, "p", graph.Props{"x": "1", "y": "1"}, graph.Service)
	other := a.node(graph.Process, "q", nil)
	two := a.node(graph.Process, "p", graph.Props{"y": "2"}, graph.Client, graph.Service)
	a.relProps(one, graph.DependsOn, other, graph.Props{"of": int64(1)})
	a.relProps(two, graph.DependsOn, other, graph.Props{"of": int64(2)})
	a.rel(other, graph.RunsOn, a.host)
	a.rel(two, graph.RunsOn, a.host)
	a.rel(one, graph.RunsOn, a.host)
	facts := a.facts()
	if err := facts.Validate(); err != nil {
		t.Error(err)
	}
	const want = `(Process:Client:Service p) {"x":"1","y":"2"}
(Process q) {}
(Document id-web1|lshw)-[DESCRIBES]->(Host id-web1)
(Process p)-[DEPENDS_ON of=2]->(Process q)
(Process p)-[RUNS_ON]->(Host id-web1)
(Process q)-[RUNS_ON]->(Host id-web1)
`
	if got := text(facts); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
