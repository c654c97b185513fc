package cypher

import "testing"

// TestManyNodes tells more nodes apart than a set keeps in a map.
func TestManyNodes(t *testing.T) {
	const nodes = 6000
	g := &memory{nodes: make([]memoryNode, nodes)}
	for _, tt := range []struct {
		query string
		want  int64
	}{
		{"MATCH (n) UNWIND [1, 2] AS x RETURN count(DISTINCT n)", nodes},
		{"UNWIND [1, 2] AS x MATCH (n) RETURN count(DISTINCT n)", nodes},
		{"MATCH (n) WHERE id(n) % 64 < 2 RETURN count(DISTINCT n)", (nodes + 63) / 64 * 2},
		{"MATCH (n) WITH DISTINCT n RETURN count(*)", nodes},
		{"MATCH (n) UNWIND [n, 'text'] AS v WITH DISTINCT v RETURN count(*)", nodes + 1},
		{"UNWIND [1, 2] AS x CALL { MATCH (n) RETURN count(DISTINCT n) AS c } RETURN sum(c)", 2 * nodes},
	} {
		res, err := answer(t, g, tt.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		if got := res.Rows[0][0]; got != tt.want {
			t.Errorf("%s: %v, want %d", tt.query, got, tt.want)
		}
	}
}
