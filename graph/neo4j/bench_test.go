package neo4j

import (
	"fmt"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// BenchmarkApply fills the graph with hosts of 500 packages, most of which they share, ten a batch, and
// reports facts a second: nodes and relationships that documents assert.
//
//	go test ./graph/neo4j -run - -bench Apply -benchtime 20x
func BenchmarkApply(b *testing.B) {
	s := openEmpty(b)
	asserted := 0
	for n := 0; b.Loop(); n++ {
		var batch []graph.Facts
		for i := range 10 {
			f := hostWithPackages(10*n + i)
			asserted += len(f.Nodes) + len(f.Rels)
			batch = append(batch, f)
		}
		if _, err := s.Apply(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(asserted)/b.Elapsed().Seconds(), "facts/s")
	b.ReportMetric(0, "ns/op")
}

func hostWithPackages(n int) graph.Facts {
	host := graph.Ref{Label: graph.Host, Key: fmt.Sprint("h", n)}
	f := graph.Facts{
		Source: graph.Source{Host: host.Key, Instance: "packages", Boot: 1, Seq: 1},
		Nodes:  []graph.Node{{Ref: host, Props: graph.Props{"name": host.Key}}},
	}
	for i := range 500 {
		version := fmt.Sprintf("1.%d", (n*i)%3)
		p := graph.Ref{Label: graph.Package, Key: fmt.Sprintf("deb|package%d|%s|amd64", i, version)}
		f.Nodes = append(f.Nodes, graph.Node{Ref: p, Props: graph.Props{"name": fmt.Sprint("package", i), "version": version}})
		f.Rels = append(f.Rels, graph.Rel{Type: graph.Has, From: host, To: p})
	}
	return f
}
