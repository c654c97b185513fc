package derive

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph"
)

// facts returns what was asserted, sorted: relationships by where they start, their type and their end.
func (a *assertions) facts() graph.Facts {
	for to, n := range a.needs {
		a.relProps(a.host, graph.DependsOn, to, graph.Props{graph.Group: n.group, graph.Of: int64(n.of)})
	}
	nodes, places := a.sortedNodes()
	return graph.Facts{Source: a.source, Nodes: nodes, Rels: a.sortedRels(places)}
}

// sortedNodes returns the nodes in order, and the place of each there.
func (a *assertions) sortedNodes() (nodes []graph.Node, places []int) {
	order := indexes(len(a.nodes))
	slices.SortFunc(order, func(i, j int) int { return compareRefs(&a.nodes[i].Ref, &a.nodes[j].Ref) })
	nodes, places = make([]graph.Node, len(order)), make([]int, len(order))
	for place, id := range order {
		nodes[place], places[id] = a.nodes[id], place
	}
	return nodes, places
}

// sortedRels returns the relationships in order, each once. places are those of the nodes.
func (a *assertions) sortedRels(places []int) []graph.Rel {
	order := indexes(len(a.rels))
	slices.SortFunc(order, func(i, j int) int {
		x, y := &a.rels[i], &a.rels[j]
		if x.from != y.from {
			return places[x.from] - places[y.from]
		}
		return cmp.Or(strings.Compare(x.relType, y.relType), places[x.to]-places[y.to], i-j)
	})
	rels := make([]graph.Rel, 0, len(order))
	for i, id := range order {
		r := &a.rels[id]
		if i+1 < len(order) && r.same(&a.rels[order[i+1]]) {
			continue // it is asserted again
		}
		rels = append(rels, graph.Rel{Type: r.relType, From: a.nodes[r.from].Ref, To: a.nodes[r.to].Ref, Props: r.props})
	}
	return rels
}

// same reports whether r and s are one relationship, whatever its properties.
func (r *rel) same(s *rel) bool { return r.from == s.from && r.to == s.to && r.relType == s.relType }

// indexes returns 0 to n-1, to be sorted in place of things that are too large to be moved.
func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func compareRefs(x, y *graph.Ref) int {
	if x.Label != y.Label {
		return strings.Compare(x.Label, y.Label)
	}
	return strings.Compare(x.Key, y.Key)
}
