package cypher

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph/cypher/cyphertest"
)

// TestPlannerAgainstNaive runs random queries on random graphs by the planner and by the naive
// executor, which takes clauses and patterns as they are written, and wants equal rows. The seed is
// the bug report.
func TestPlannerAgainstNaive(t *testing.T) {
	const graphs, queriesPerGraph = 80, 60
	ran := 0
	for seed := range uint64(graphs) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 7))
			g := newMemory(t, cyphertest.RandomGraph(rng).String())
			for range queriesPerGraph {
				if compareWithNaive(t, g, cyphertest.Query(rng)) {
					ran++
				}
				compareWithNaive(t, g, cyphertest.Expressions(rng))
				compareWithNaive(t, g, cyphertest.ShortestPaths(rng))
				compareWithNaive(t, g, cyphertest.Hops(rng))
			}
		})
	}
	if want := graphs * queriesPerGraph / 4; ran < want {
		t.Errorf("%d queries had rows to compare, want at least %d, or the test tries too little", ran, want)
	}
}

// compareWithNaive reports whether there were rows to compare.
func compareWithNaive(t *testing.T, g *memory, text string) bool {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	budget := Budget{Steps: 300_000}
	want, err := naive(g, q, budget)
	var limit *Error
	if errors.As(err, &limit) && limit.Kind == LimitExceeded {
		return false
	}
	got, planErr := q.Run(context.Background(), g, cyphertest.Params(), Budget{})
	if err != nil || planErr != nil {
		t.Fatalf("%s\nplanned: %v\nnaive:   %v", text, planErr, err)
	}
	if a, b := shown(got, text), shown(want, text); a != b {
		t.Errorf("%s\nplanned\n%s\nnaive\n%s", text, a, b)
	}
	return len(want.Rows) > 0
}

// naive answers a query by the naive executor.
func naive(g Reader, q *Query, b Budget) (res *Result, err error) {
	defer catch(q.text, &err)
	s := &session{graph: names{Reader: g}, params: cyphertest.Params(), meter: newMeter(context.Background(), b)}
	res = &Result{Columns: q.Columns()}
	for r := range (&evaluator{session: s}).query(q.root, nil) {
		values := r.values(q.root.columns)
		for i, v := range values {
			values[i] = s.material(v)
		}
		res.Rows = append(res.Rows, values)
	}
	return res, nil
}

// shown writes rows so that equal answers are written alike.
func shown(res *Result, query string) string {
	var lines []string
	for _, row := range res.Rows {
		lines = append(lines, show(row, strings.Contains(query, "collect")))
	}
	if ending := query[strings.LastIndex(query, "RETURN"):]; !strings.Contains(ending, "ORDER BY") {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n")
}
