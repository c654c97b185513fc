package cypher

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// planGraph has ten hosts, each with one process, in a row.
func planGraph(t *testing.T) *memory {
	var parts []string
	for i := range 10 {
		n := string(rune('0' + i))
		parts = append(parts, "(h"+n+":Host {id: "+n+", x: "+n+"}), (p"+n+":Process {id: 1"+n+", x: "+n+"})-[:RUNS_ON]->(h"+n+")")
		if i > 0 {
			parts = append(parts, "(p"+string(rune('0'+i-1))+")-[:DEPENDS_ON]->(p"+n+")")
		}
	}
	return newMemory(t, strings.Join(parts, ", "))
}

// TestPlans holds the plans of queries to what the planner is for.
func TestPlans(t *testing.T) {
	g := planGraph(t)
	for _, tt := range []struct{ query, steps string }{
		{"MATCH (n) RETURN n", "Scan all nodes; Project n"},
		{"MATCH (h:Host {id: 1}) RETURN h.x", "Seek :Host(id = 1); Filter id = 1; Project h.x"},
		{"MATCH (h:Host) WHERE h.id IN [1, 2] RETURN h.x", "Seek :Host(id = [1, 2]); Filter h.id IN [1, 2]; Project h.x"},
		// The other end has the index; the condition on p does not wait for what follows.
		{"MATCH (p:Process)-[:RUNS_ON]->(h:Host {id: 1}) WHERE p.x > 2 AND h.x < 3 RETURN p",
			`Seek :Host(id = 1); Filter id = 1 AND h.x < 3; Expand <-[RUNS_ON]-; Filter :Process AND p.x > 2; Project p`},
		// Only the ends count: each node once, and breadth first.
		{"MATCH (:Process {id: 12})<-[:DEPENDS_ON*]-(p) RETURN DISTINCT p", "Seek :Process(id = 12); Filter id = 12; Reach <-[DEPENDS_ON]- *1..; Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[:DEPENDS_ON*]-(p)-[:RUNS_ON]->(h) RETURN count(DISTINCT h)",
			"Seek :Process(id = 12); Filter id = 12; Reach <-[DEPENDS_ON]- *1..; Expand -[RUNS_ON]->; Aggregate count(DISTINCT h); Project count(DISTINCT h)"},
		{"MATCH (p:Process {id: 12}) WHERE EXISTS { (p)-[:DEPENDS_ON*0..5]-(:Host) } RETURN p",
			`Seek :Process(id = 12); Filter id = 12 AND EXISTS { ... } {Filter a node; Reach -[DEPENDS_ON]- *0..5 :Host}; Project p`},
		// A list that nothing reads is not made.
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) RETURN DISTINCT p", "Seek :Process(id = 12); Filter id = 12; Reach <-[DEPENDS_ON]- *1..; Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WITH DISTINCT p UNWIND [1] AS r RETURN r", "Seek :Process(id = 12); Filter id = 12; Reach <-[DEPENDS_ON]- *1..; Project p; Distinct; Unwind r; Project r"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) UNWIND r AS x RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Unwind x; Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) UNWIND [1] AS x RETURN DISTINCT size(r)",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Unwind x; Project size(r); Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WHERE size(r) > 1 RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Filter size(r) > 1; Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p)<-[q:DEPENDS_OFF* {x: size(r)}]-() RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Reach <-[]- *1.. WHERE x = size(r); Project p; Distinct"},
		// What WHERE asks of each relationship is asked on the way, if it speaks of what is known only.
		{"MATCH (a:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WHERE all(x IN r WHERE x.w > a.x) AND none(x IN r WHERE x.w = 7) RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Reach <-[DEPENDS_ON]- *1.. WHERE all(x IN r WHERE x.w > a.x) AND none(x IN r WHERE x.w = 7); Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WHERE all(x IN r WHERE x.w > p.x) RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Filter all(x IN r WHERE x.w > p.x); Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WHERE all(x IN r WHERE x.w > size(r)) RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Filter all(x IN r WHERE x.w > size(r)); Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) WHERE any(x IN r WHERE x.w > 1) RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Filter any(x IN r WHERE x.w > 1); Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON* {w: 1}]-(p) WHERE all(x IN r WHERE x.v = 2) RETURN r",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1.. WHERE w = 1 AND all(x IN r WHERE x.v = 2); Project r"},
		// The ways count.
		{"MATCH (:Process {id: 12})<-[:DEPENDS_ON*]-(p) RETURN p", "Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Project p"},
		{"MATCH (:Process {id: 12})<-[r:DEPENDS_ON*]-(p) RETURN DISTINCT p, r", "Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Project p, r; Distinct"},
		{"MATCH (:Process {id: 12})-[:DEPENDS_ON*]-(p) RETURN DISTINCT p", "Seek :Process(id = 12); Filter id = 12; Walk -[DEPENDS_ON]- *1..; Project p; Distinct"},
		{"MATCH (:Process {id: 12})-[:DEPENDS_ON*2..]->(p) RETURN DISTINCT p", "Seek :Process(id = 12); Filter id = 12; Walk -[DEPENDS_ON]-> *2..; Project p; Distinct"},
		{"MATCH (:Process {id: 12})-[:DEPENDS_ON*]->(p)-[:DEPENDS_ON]->() RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk -[DEPENDS_ON]-> *1..; Expand -[DEPENDS_ON]->; Project p; Distinct"},
		{"MATCH (:Process {id: 12})<-[:DEPENDS_ON*]-(p) WITH p LIMIT 3 RETURN DISTINCT p",
			"Seek :Process(id = 12); Filter id = 12; Walk <-[DEPENDS_ON]- *1..; Project p; Skip and Limit; Project p; Distinct"},
		// A join by a property without an index looks at each side once.
		{"MATCH (p:Process), (h:Host) WHERE p.x = h.x RETURN p, h", "Scan :Process; Hash join :Host(x = p.x); Filter p.x = h.x; Project p, h"},
		{"MATCH (p:Process), (h:Host {id: p.x}) RETURN p, h", "Scan :Process; Seek :Host(id = p.x); Filter id = p.x; Project p, h"},
		{"MATCH (a:Host {id: 1}), (b:Host {id: 2}), w = shortestPath((a)-[*]-(b)) RETURN w",
			"Seek :Host(id = 1); Filter id = 1; Seek :Host(id = 2); Filter id = 2; Shortest path -[]- *1..; Project w"},
		// What is asked of a shortest path belongs to its search, once all that it speaks of is known.
		{"MATCH (a:Host {id: 1}), (b:Host {id: 2}), w = shortestPath((a)-[*]-(b)) WHERE all(n IN nodes(w) WHERE n:Host) AND length(w) > 1 RETURN w",
			"Seek :Host(id = 1); Filter id = 1; Seek :Host(id = 2); Filter id = 2; Shortest path -[]- *1.. WHERE all(n IN nodes(w) WHERE n:Host) AND length(w) > 1; Project w"},
		{"MATCH (a:Host {id: 1}), (b:Host {id: 2}), w = shortestPath((a)-[*]-(b)), (a)<--(c) WHERE length(w) > c.x RETURN w",
			"Seek :Host(id = 1); Filter id = 1; Expand <-[]-; Seek :Host(id = 2); Filter id = 2; Shortest path -[]- *1.. WHERE length(w) > c.x; Project w"},
		{"MATCH (h:Host) RETURN h.x AS x ORDER BY x LIMIT 3", "Scan :Host; Project x; Top; Skip and Limit"},
		{"MATCH (h:Host) OPTIONAL MATCH (h)<-[r]-() RETURN h, r", "Scan :Host; Optional {Filter a node; Expand <-[]-}; Project h, r"},
		{"MATCH (h:Host) CALL (h) { MATCH (h)<--(p) RETURN count(p) AS n } RETURN n",
			"Scan :Host; Apply {Filter a node; Expand <-[]-; Aggregate n; Project n}; Project n"},
		{"RETURN 1 AS x UNION RETURN 2 AS x", "Union {Project x; Columns} {Project x; Columns}; Distinct"},
		{"MATCH ()-[:DEPENDS_ON*]->(p) RETURN p UNION MATCH (p) RETURN p",
			"Union {Scan all nodes; Reach -[DEPENDS_ON]-> *1..; Project p; Columns} {Scan all nodes; Project p; Columns}; Distinct"},
		{"MATCH ()-[:DEPENDS_ON*]->(p) RETURN p UNION ALL MATCH (p) RETURN p",
			"Union {Scan all nodes; Walk -[DEPENDS_ON]-> *1..; Project p; Columns} {Scan all nodes; Project p; Columns}"},
		{"MATCH (n:Nobody) RETURN n", "Nothing; Project n"},
	} {
		res, err := answer(t, g, "EXPLAIN "+tt.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		if got := steps(*res.Plan); got != tt.steps || len(res.Rows) > 0 {
			t.Errorf("%s\ngot  %s\nwant %s\n%d rows", tt.query, got, tt.steps, len(res.Rows))
		}
	}
}

// A choice of labels is a scan of each, in which no node comes twice, where that is less than all nodes.
func TestLabelChoice(t *testing.T) {
	g := newMemory(t, "(:A {x: 1}), (:B {x: 2}), (:A:B {x: 3}), (:C {x: 4}), (:C:A {x: 5}), (:D {x: 6}), (:D {x: 7})")
	for _, tt := range []struct {
		pattern, steps string
		found          []any
	}{
		{"(n:A|B)", "Scan :A|B", []any{int64(1), int64(2), int64(3), int64(5)}},
		{"(n:A|None|C)", "Scan :A|C", []any{int64(1), int64(3), int64(4), int64(5)}},
		{"(n:B|B)", "Scan :B", []any{int64(2), int64(3)}},
		{"(n:None|Nothing)", "Nothing", []any{}},
		{"(n:A|B|C|D)", "Scan all nodes; Filter :(((A|B)|C)|D)", []any{int64(1), int64(2), int64(3), int64(4), int64(5), int64(6), int64(7)}},
		{"(n:B|D {x: 6})", "Scan :B|D; Filter x = 6", []any{int64(6)}},
		{"(n:(A|B)&(B|C))", "Scan all nodes; Filter :((A|B)&(B|C))", []any{int64(2), int64(3), int64(5)}},
	} {
		res, err := answer(t, g, "PROFILE MATCH "+tt.pattern+" WITH n.x AS x ORDER BY x RETURN collect(x)", nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.pattern, err)
		}
		if got := steps(*res.Plan); !strings.HasPrefix(got, tt.steps+"; Project") || !reflect.DeepEqual(res.Rows[0][0], tt.found) {
			t.Errorf("%s: %v by %s\nwant %v by %s", tt.pattern, res.Rows[0][0], got, tt.found, tt.steps)
		}
	}
}

// TestCounts asks for numbers that the graph knows, and for others that look like them. The plan begins
// with Count only where that is the answer.
func TestCounts(t *testing.T) {
	g := newMemory(t, "(a:A {x: 1})-[:T {w: 1}]->(b:B), (a)-[:U]->(a), (b)-[:T]->(c:A:B), (c)-[:T]->(c), (:C)")
	for _, tt := range []struct {
		query string
		want  int64
		known bool
	}{
		{"MATCH (n) RETURN count(*)", 4, true},
		{"MATCH (n:A) RETURN count(n)", 2, true},
		{"MATCH (n:A) WITH count(*) AS n, count(n) AS m RETURN n + m", 4, true},
		{"MATCH ()-->() RETURN count(*)", 4, true},
		{"MATCH ()<-[r:T]-() RETURN count(r)", 3, true},
		{"MATCH (a)-[:T|U|None]->(b) RETURN count(b)", 4, true},
		{"UNWIND [1, 2] AS i CALL { MATCH (n:A) RETURN count(*) AS n } RETURN sum(n)", 4, false}, // inside
		{"MATCH (n:None) RETURN count(*)", 0, false},
		{"MATCH (n:A|C) RETURN count(*)", 3, false},
		{"MATCH (n:A) RETURN count(n.x)", 1, false},
		{"MATCH (n:A) RETURN count(DISTINCT n)", 2, false},
		{"MATCH (n:A {x: 1}) RETURN count(*)", 1, false},
		{"MATCH (n:A) RETURN max(n.x)", 1, false},
		{"MATCH (n:A) RETURN count(*) + 1", 3, false},
		{"MATCH (n), (m) RETURN count(*)", 16, false},
		{"WITH null AS x MATCH (n:A) RETURN count(x)", 0, false},
		{"MATCH ()--() RETURN count(*)", 6, false},
		{"MATCH (a)-->(a) RETURN count(*)", 2, false},
		{"MATCH (:A)-->() RETURN count(*)", 3, false},
		{"MATCH ()-[:None]->() RETURN count(*)", 0, false},
		{"MATCH ()-[:!T]->() RETURN count(*)", 1, false},
		{"MATCH ()-[:T {w: 1}]->() RETURN count(*)", 1, false},
		{"MATCH ()-[:T]->()-[:U]->() RETURN count(*)", 0, false},
		{"OPTIONAL MATCH (n:None) RETURN count(n)", 0, false},
	} {
		res, err := answer(t, g, "PROFILE "+tt.query, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.query, err)
		}
		if plan := steps(*res.Plan); res.Rows[0][0] != tt.want || strings.HasPrefix(plan, "Count ") != tt.known {
			t.Errorf("%s: %v by %s, want %d, known: %v", tt.query, res.Rows[0][0], plan, tt.want, tt.known)
		}
	}
}

// steps writes a plan in a line.
func steps(p Plan) string {
	var all []string
	for _, s := range p.Steps {
		text := s.Operator
		for _, inner := range s.Inner {
			text += " {" + steps(inner) + "}"
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// TestProfile holds what PROFILE counts, and how it is shown.
func TestProfile(t *testing.T) {
	res, err := answer(t, planGraph(t), "profile MATCH (h:Host) WHERE h.x > 6 AND COUNT { (h)<-[:RUNS_ON]-() } = 1 RETURN h.id", nil)
	if err != nil {
		t.Fatal(err)
	}
	const want = `step                                  expected rows  rows  reads
Scan :Host                            10             10    10
Filter h.x > 6 AND COUNT { ... } = 1  2              3     10
  | Filter a node                     1              3     0
  | Expand <-[RUNS_ON]-               <1             3     6
Project h.id                          2              3     3
`
	if got := res.Plan.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(res.Rows) != 3 {
		t.Errorf("%d rows, want 3", len(res.Rows))
	}
	b, err := json.Marshal(res)
	if err != nil || !strings.Contains(string(b), `"plan":{"steps":[{"operator":"Scan :Host","estimate":10,"rows":10,"reads":10},`) {
		t.Errorf("%s, %v: no plan", b, err)
	}
}
