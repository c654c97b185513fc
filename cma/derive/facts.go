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

// sortedNodes returns the nodes in order, each once, and the places there of all that were asserted.
func (a *assertions) sortedNodes() (nodes []graph.Node, places []int) {
	order := indexes(len(a.nodes))
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(compareRefs(&a.nodes[i].Ref, &a.nodes[j].Ref), i-j)
	})
	nodes, places = make([]graph.Node, 0, len(order)), make([]int, len(order))
	for _, id := range order {
		last, n := len(nodes)-1, a.nodes[id]
		if last >= 0 && nodes[last].Ref == n.Ref {
			merge(&nodes[last], n)
		} else {
			nodes = append(nodes, n)
		}
		places[id] = len(nodes) - 1
	}
	return nodes, places
}

// sortedRels returns the relationships in order, each once. places are those of the nodes.
func (a *assertions) sortedRels(places []int) []graph.Rel {
	compare := func(x, y *rel) int {
		if from := places[x.from] - places[y.from]; from != 0 {
			return from
		}
		return cmp.Or(strings.Compare(x.relType, y.relType), places[x.to]-places[y.to])
	}
	order := indexes(len(a.rels))
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(compare(&a.rels[i], &a.rels[j]), i-j) })
	rels := make([]graph.Rel, 0, len(order))
	for i, id := range order {
		r := &a.rels[id]
		if i+1 < len(order) && compare(r, &a.rels[order[i+1]]) == 0 {
			continue // it is asserted again
		}
		rels = append(rels, graph.Rel{Type: r.relType, From: a.nodes[r.from].Ref, To: a.nodes[r.to].Ref, Props: r.props})
	}
	return rels
}

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
