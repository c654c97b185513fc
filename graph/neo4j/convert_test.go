package neo4j

import (
	"fmt"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// Temporal values are the same from both stores, as results and as parameters.
func TestTemporalEqualsEmbedded(t *testing.T) {
	here, there := openEmpty(t), openEmbedded(t)
	for _, text := range []string{
		"date('2024-02-29')", "date('-0001-12-31')", "date('1969-07-20')",
		"localtime('23:59:59.999999999')", "time('00:30-18:00')", "time('10:00+05:45')",
		"localdatetime('2024-03-01T02:30')", "datetime('1969-12-31T23:59:59.5Z')", "datetime('2024-03-01T10:00:00.5+02:00')",
		"datetime('2015-10-25T02:30+01:00[Europe/Berlin]')", "datetime('2015-10-25T02:30+02:00[Europe/Berlin]')",
		"duration('P1Y2M-3DT4H-5.5S')", "duration('PT-0.000000001S')", "[date('2024-02-29'), {t: time('12:00Z')}]",
	} {
		got, want := valueOf(t, here, text, nil), valueOf(t, there, text, nil)
		if a, b := written(got, false), written(want, false); a != b {
			t.Errorf("%s: Neo4j %s, embedded %s", text, a, b)
		}
		for _, s := range []graph.Store{here, there} {
			if again := valueOf(t, s, "$v", want); written(again, false) != written(want, false) {
				t.Errorf("%s: as a parameter of %T %v", text, s, again)
			}
		}
	}
}

func valueOf(t *testing.T, s graph.Store, expression string, param any) any {
	t.Helper()
	res, err := s.Query(t.Context(), "RETURN "+expression+" AS v", map[string]any{"v": param})
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return res.Rows[0][0]
}

func TestParametersRefused(t *testing.T) {
	s := openEmpty(t)
	_, err := s.Query(t.Context(), "RETURN $v", map[string]any{"v": []any{struct{}{}}})
	if errorKind(err) != cypher.ArgumentError {
		t.Errorf("got %v, want an error of kind %s", err, cypher.ArgumentError)
	}
}

// The server's plan has its first step first, and what runs within a step inside it.
func TestPlan(t *testing.T) {
	s := openEmpty(t)
	if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h", 1, "(h:Host {x: 1}), (i:Host {x: 1}), (p:Process {x: 1})")}); err != nil {
		t.Fatal(err)
	}
	const query = "MATCH (h:Host), (p:Process) WHERE h.x = p.x RETURN h.key"
	for _, profiled := range []bool{false, true} {
		text, wantRows := "EXPLAIN "+query, 0
		if profiled {
			text, wantRows = "PROFILE "+query, 2
		}
		res, err := s.Query(t.Context(), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if res.Plan == nil || res.Plan.Profiled != profiled || len(res.Rows) != wantRows {
			t.Fatalf("%s: %d rows and the plan %+v", text, len(res.Rows), res.Plan)
		}
		first, last := res.Plan.Steps[0], res.Plan.Steps[len(res.Plan.Steps)-1]
		if first.Operator != "NodeByLabelScan p:Process" && first.Operator != "NodeByLabelScan h:Host" {
			t.Errorf("%s: the first step is %+v", text, first)
		}
		if last.Operator != "ProduceResults `h.key`" || last.Rows != wantRows || last.Estimate <= 0 {
			t.Errorf("%s: the last step is %+v", text, last)
		}
		join := innerStep(res.Plan.Steps)
		if join == nil || join.Inner[0].Profiled != profiled || join.Inner[0].Steps[0].Operator == first.Operator {
			t.Errorf("%s: no step with the other scan inside: %v", text, res.Plan)
		}
	}
	if res, err := s.Query(t.Context(), query, nil); err != nil || res.Plan != nil {
		t.Errorf("not asked for a plan: %v, %v", res.Plan, err)
	}
}

func innerStep(steps []cypher.PlanStep) *cypher.PlanStep {
	for i := range steps {
		if len(steps[i].Inner) > 0 {
			return &steps[i]
		}
	}
	return nil
}

// Names that nothing has are noted, once each, and nothing else that the server notices.
func TestNotes(t *testing.T) {
	s := openEmpty(t)
	for text, want := range map[string]string{
		"MATCH (h:Hots) WHERE h.nmae = 1 OR h.nmae = 2 RETURN h": `["no node has the label \"Hots\"" "nothing has the property \"nmae\""]`,
		"MATCH (h:Host)-[r:RUNS_NO]->() RETURN r":                `["no relationship has the type \"RUNS_NO\""]`,
		"MATCH (a:Host), (b:Host) RETURN a":                      `[]`,
	} {
		res, err := s.Query(t.Context(), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%q", res.Unknown); got != want {
			t.Errorf("%s: notes %s, want %s", text, got, want)
		}
	}
}
