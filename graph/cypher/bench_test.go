package cypher

import (
	"context"
	"testing"
)

// impactQuery has the shape of the fleet's longest questions.
const impactQuery = `MATCH (s:Process {id: $id})<-[:DEPENDS_ON*1..15]-(p:Process)-[:RUNS_ON]->(h:Host)
WHERE p.x > 1 AND NOT h.x IS NULL
WITH h, count(DISTINCT p) AS processes
ORDER BY processes DESC, h.id LIMIT 20
RETURN h.id AS host, processes`

// BenchmarkParseAndPlan is what a query costs before its first row. At most 50 µs are allowed.
func BenchmarkParseAndPlan(b *testing.B) {
	g := newMemory(b, "(:Process {id: 1, x: 1})-[:DEPENDS_ON]->(:Process {id: 2, x: 2})-[:RUNS_ON]->(:Host {id: 1, x: 1})")
	s := &session{graph: names{Reader: g}, params: map[string]any{"id": int64(1)}}
	b.ReportAllocs()
	for b.Loop() {
		q, err := Parse(impactQuery)
		if err != nil {
			b.Fatal(err)
		}
		s.meter = newMeter(context.Background(), Budget{})
		last, at := (&planner{session: s}).query(q.root, nil, false)
		if last == nil || len(at) != 2 {
			b.Fatal("no plan")
		}
	}
}
