package cypher

import (
	"math"
	"strings"
)

// access is a way to find the nodes that one node of the patterns can be, without coming from another.
type access struct {
	node  *searchNode
	rows  float64 // nodes it finds, as far as can be told
	label LabelID
	// choice are the labels of which a node needs one, instead of label.
	choice []LabelID
	// says is the condition on labels that what it finds fulfils; nil: none.
	says labelExpr
	// empty says that there can be none.
	empty bool
	// by is the equality that tells them apart; nil: all of the label.
	by *equality
	// indexed says that the graph has an index for it; otherwise the run makes one.
	indexed bool
	key     KeyID
}

// cost weighs accesses: of two that find as much, an index is the better one.
func (a access) cost() float64 {
	if a.indexed || a.empty {
		return a.rows
	}
	return a.rows + 1
}

// stepsPerAccess is what it costs to think about one node, in steps.
const stepsPerAccess = 20

// indexedListLength is how many values an IN is taken to look for.
const indexedListLength = 5

// begin finds one more node by itself: the one that is expected to be the fewest.
func (s *search) begin(last operator) operator {
	best := access{rows: math.Inf(1)}
	for _, n := range s.nodes {
		if s.bound[n.slot] {
			continue
		}
		s.spend(stepsPerAccess)
		for _, a := range s.accesses(n) {
			if a.cost() < best.cost() {
				best = a
			}
		}
	}
	s.bound[best.node.slot] = true
	s.settled(best)
	return s.accessing(best, last)
}

// settled leaves out the test of the label by which a node was found.
func (s *search) settled(a access) {
	for _, c := range s.conditions {
		if a.says != nil && c.label == a.says && c.needs[0] == a.node.slot {
			c.placed = true
		}
	}
}

// accesses returns the ways to a node; the first is always possible.
func (s *search) accesses(n *searchNode) []access {
	all := []access{{node: n, label: AnyLabel, rows: float64(s.graph.NodeCount(AnyLabel))}}
	for _, name := range n.required {
		id, known := s.graph.Label(name)
		if !known {
			return append(all, access{node: n, says: labelName(name), empty: true})
		}
		byLabel := access{node: n, label: id, says: labelName(name), rows: float64(s.graph.NodeCount(id))}
		all = append(all, byLabel)
		for i := range n.equalities {
			if a, ok := s.byEquality(byLabel, &n.equalities[i]); ok {
				all = append(all, a)
			}
		}
	}
	for _, e := range n.labels {
		if a, ok := s.byChoice(n, e); ok {
			all = append(all, a)
		}
	}
	return all
}

// byChoice returns the access by several labels of which a node needs one.
func (s *search) byChoice(n *searchNode, e labelExpr) (access, bool) {
	if _, isName := e.(labelName); isName {
		return access{}, false // it is required: see accesses
	}
	wanted, isChoice := alternatives(e)
	if !isChoice {
		return access{}, false
	}
	a := access{node: n, says: e}
	for _, name := range wanted {
		if id, known := s.graph.Label(name); known {
			a.choice = append(a.choice, id)
			a.rows += float64(s.graph.NodeCount(id))
		}
	}
	a.empty = len(a.choice) == 0
	return a, true
}

// byEquality returns the access by an equality whose value is known.
func (s *search) byEquality(of access, e *equality) (access, bool) {
	needs := s.slotsOf(e.value, "")
	if !s.allBound(needs) {
		return access{}, false
	}
	key, known := s.graph.Key(e.key)
	if !known {
		s.graph.unknown.add(aKey, e.key)
		of.empty, of.rows = true, 0 // nothing has this property
		return of, true
	}
	of.by, of.key = e, key
	perValue, indexed := s.graph.Indexed(of.label, key)
	switch {
	case indexed:
		of.indexed, of.rows = true, float64(perValue)
	case len(needs) == 0 || e.anyOf: // looked for once: a scan is as good
		return access{}, false
	default:
		of.rows *= seldom
	}
	if e.anyOf {
		of.rows *= indexedListLength
	}
	of.rows = min(of.rows, float64(s.graph.NodeCount(of.label)))
	return of, true
}

// accessing makes the operator of an access.
func (s *search) accessing(a access, last operator) operator {
	to := a.node.slot
	switch {
	case a.empty:
		return &nothing{step: s.after(last, 0)}
	case a.by == nil:
		labels := a.choice
		if labels == nil {
			labels = []LabelID{a.label}
		}
		return &scan{step: s.after(last, a.rows), labels: labels, to: to}
	}
	value := s.compiler(s.visible).expr(a.by.value)
	if a.indexed {
		return &seek{step: s.after(last, a.rows), label: a.label, key: a.key, value: value, anyOf: a.by.anyOf, to: to, text: textOf(a.by.value)}
	}
	return &hashJoin{step: s.after(last, a.rows), label: a.label, key: a.key, value: value, to: to, text: textOf(a.by.value)}
}

// nodesText says which nodes labels stand for.
func (s *session) nodesText(ids ...LabelID) string {
	if ids[0] == AnyLabel {
		return "all nodes"
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = s.graph.LabelName(id)
	}
	return ":" + strings.Join(names, "|")
}
