package cypher

import "testing"

// TestManyNodes tells more nodes apart than a set keeps in a map.
func TestManyNodes(t *testing.T) {
	g := &memory{nodes: make([]memoryNode, 3*manyNodes)}
	for _, tt := range []struct {
		query string
		want  int64
	}{
		{"MATCH (n) UNWIND [1, 2] AS x RETURN count(DISTINCT n)", 3 * manyNodes},
		{"UNWIND [1, 2] AS x MATCH (n) RETURN count(DISTINCT n)", 3 * manyNodes},
		{"MATCH (n) WHERE id(n) % 64 < 2 RETURN count(DISTINCT n)", (3*manyNodes + 63) / 64 * 2},
		{"MATCH (n) WITH DISTINCT n RETURN count(*)", 3 * manyNodes},
		{"MATCH (n) UNWIND [n, 'text'] AS v WITH DISTINCT v RETURN count(*)", 3*manyNodes + 1},
		{"UNWIND [1, 2] AS x CALL { MATCH (n) RETURN count(DISTINCT n) AS c } RETURN sum(c)", 6 * manyNodes},
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
