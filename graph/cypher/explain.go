package cypher

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Plan is how a query runs, or ran: its steps in the order in which rows go through them.
type Plan struct {
	Steps []PlanStep `json:"steps"`
	// Profiled says that Rows and Reads of the steps have been counted, by PROFILE.
	Profiled bool `json:"profiled"`
}

// PlanStep is one operator of a Plan.
type PlanStep struct {
	Operator string  `json:"operator"` // such as "Expand -[RUNS_ON]->"
	Estimate float64 `json:"estimate"` // rows that the planner expects it to make when it runs once
	Rows     int     `json:"rows"`     // that it made in all
	Reads    int     `json:"reads"`    // nodes, relationships and properties that it looked at
	// Inner are plans that run inside the step, for each of its rows.
	Inner []Plan `json:"inner,omitempty"`
}

// mode is what is asked of a query.
type mode int

const (
	modeRun     mode = iota
	modeExplain      // EXPLAIN: the plan, and no rows
	modeProfile      // PROFILE: the rows, and the plan with what it took
)

// planOf describes the operators up to the last.
func planOf(last operator, profiled bool) Plan {
	p := Plan{Profiled: profiled}
	if input := last.about().input; input != nil {
		p = planOf(input, profiled)
	}
	if _, isUnit := last.(*unit); isUnit {
		return p
	}
	s := last.about()
	about := PlanStep{Operator: strings.TrimSpace(last.title()), Estimate: s.estimate, Rows: s.rows, Reads: s.reads}
	for _, inner := range s.inner {
		about.Inner = append(about.Inner, planOf(inner, profiled))
	}
	p.Steps = append(p.Steps, about)
	return p
}

// String writes the plan as a table, a line for every step. Steps within others are indented.
func (p Plan) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	if p.Profiled {
		fmt.Fprintln(w, "step\texpected rows\trows\treads")
	} else {
		fmt.Fprintln(w, "step\texpected rows")
	}
	p.write(w, "")
	w.Flush() // into memory: it cannot fail
	return b.String()
}

func (p Plan) write(w *tabwriter.Writer, indent string) {
	for _, s := range p.Steps {
		fmt.Fprintf(w, "%s%s\t%s", indent, s.Operator, estimateText(s.Estimate))
		if p.Profiled {
			fmt.Fprintf(w, "\t%d\t%d", s.Rows, s.Reads)
		}
		fmt.Fprintln(w)
		for _, inner := range s.Inner {
			inner.write(w, indent+"  | ")
		}
	}
}

// estimateText rounds: the first digits are guesses already.
func estimateText(rows float64) string {
	if rows > 0 && rows < 1 {
		return "<1"
	}
	return fmt.Sprintf("%.0f", rows)
}
