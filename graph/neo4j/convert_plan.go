package neo4j

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph/cypher"
)

// serverStep is a node of the server's plan. Its rows come from its children.
type serverStep struct {
	operator, details string
	estimate          float64
	rows, reads       int64
	children          []serverStep
}

// planOf returns the plan of a query that asked for it, or nil.
func planOf(summary neo4j.ResultSummary) *cypher.Plan {
	if p := summary.Profile(); p != nil {
		return &cypher.Plan{Steps: profiledStep(p).steps(true), Profiled: true}
	}
	if p := summary.Plan(); p != nil {
		return &cypher.Plan{Steps: plannedStep(reflect.ValueOf(p).Elem().FieldByName("plan").Elem()).steps(false)}
	}
	return nil
}

func profiledStep(p neo4j.ProfiledPlan) serverStep {
	s := serverStep{operator: p.Operator(), rows: p.Records(), reads: p.DbHits()}
	s.details, _ = p.Arguments()["Details"].(string)
	s.estimate, _ = p.Arguments()["EstimatedRows"].(float64)
	for _, child := range p.Children() {
		s.children = append(s.children, profiledStep(child))
	}
	return s
}

// plannedStep reads a db.Plan where the driver keeps it, since Plan.Children of v5.28.4 returns the last
// child in place of every other. TestPlan fails when a driver keeps it elsewhere.
func plannedStep(p reflect.Value) serverStep {
	argument := func(name string) reflect.Value {
		v := p.FieldByName("Arguments").MapIndex(reflect.ValueOf(name))
		if v.IsValid() {
			v = v.Elem()
		}
		return v
	}
	s := serverStep{operator: p.FieldByName("Operator").String()}
	if v := argument("Details"); v.Kind() == reflect.String {
		s.details = v.String()
	}
	if v := argument("EstimatedRows"); v.Kind() == reflect.Float64 {
		s.estimate = v.Float()
	}
	children := p.FieldByName("Children")
	for i := range children.Len() {
		s.children = append(s.children, plannedStep(children.Index(i)))
	}
	return s
}

// steps puts a step behind those that its rows come from. A second child is a plan within the step: what
// Apply, CartesianProduct and the like run for each row, or beside it.
func (s serverStep) steps(profiled bool) []cypher.PlanStep {
	operator, _, _ := strings.Cut(s.operator, "@") // "@" and the database
	last := cypher.PlanStep{
		Operator: strings.TrimSpace(operator + " " + s.details),
		Estimate: s.estimate, Rows: int(s.rows), Reads: int(s.reads),
	}
	var before []cypher.PlanStep
	for i, child := range s.children {
		steps := child.steps(profiled)
		if i == 0 {
			before = steps
		} else {
			last.Inner = append(last.Inner, cypher.Plan{Steps: steps, Profiled: profiled})
		}
	}
	return append(before, last)
}

// missingName is how the server names what a query asks for and the database has never had.
var missingName = regexp.MustCompile(`\(the missing (label|relationship type|property)(?: name)? is: (.*)\)$`)

// unknown returns what the server has noticed, as far as it changes the answer: names that may be misspelt.
// What it says of speed and of deprecated syntax concerns the server more than the user.
func unknown(noticed []neo4j.Notification) (out []string) {
	says := map[string]string{
		"label": "no node has the label %q", "relationship type": "no relationship has the type %q", "property": "nothing has the property %q",
	}
	for _, n := range noticed {
		m := missingName.FindStringSubmatch(n.Description())
		if m == nil {
			continue
		}
		if note := fmt.Sprintf(says[m[1]], m[2]); !slices.Contains(out, note) {
			out = append(out, note)
		}
	}
	return out
}
