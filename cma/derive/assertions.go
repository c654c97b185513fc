package derive

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph"
)

// assertions collects what one document asserts. What is asserted twice is merged.
type assertions struct {
	source         graph.Source
	host, document graph.Ref // the nodes that every document asserts
	nodes          map[graph.Ref]graph.Node
	rels           map[graph.RelRef]bool
}

// node asserts a node with its properties and its labels besides the first.
func (a *assertions) node(label, key string, props graph.Props, labels ...string) graph.Ref {
	ref := graph.Ref{Label: label, Key: key}
	n, ok := a.nodes[ref]
	if !ok {
		n = graph.Node{Ref: ref, Props: graph.Props{}}
	}
	maps.Copy(n.Props, props)
	n.Labels = append(n.Labels, labels...)
	slices.Sort(n.Labels)
	n.Labels = slices.Compact(n.Labels)
	a.nodes[ref] = n
	return ref
}

// rel asserts a relationship between nodes that are asserted.
func (a *assertions) rel(from graph.Ref, relType string, to graph.Ref) {
	a.rels[graph.RelRef{Type: relType, From: from, To: to}] = true
}

// full reports that there is more than one document may assert, so that collecting more is no use.
func (a *assertions) full() bool { return len(a.nodes) > graph.MaxNodes || len(a.rels) > graph.MaxRels }

// facts returns what was asserted, sorted.
func (a *assertions) facts() graph.Facts {
	f := graph.Facts{Source: a.source}
	f.Nodes = slices.SortedFunc(maps.Values(a.nodes), func(x, y graph.Node) int { return compareRefs(x.Ref, y.Ref) })
	refs := slices.SortedFunc(maps.Keys(a.rels), func(x, y graph.RelRef) int {
		return cmp.Or(compareRefs(x.From, y.From), cmp.Compare(x.Type, y.Type), compareRefs(x.To, y.To))
	})
	for _, r := range refs {
		f.Rels = append(f.Rels, graph.Rel{Type: r.Type, From: r.From, To: r.To})
	}
	return f
}

func compareRefs(x, y graph.Ref) int {
	return cmp.Or(cmp.Compare(x.Label, y.Label), cmp.Compare(x.Key, y.Key))
}

// key joins the parts of a node's key with "|". A part that has one itself, as a file's or package's
// name may, is escaped, so that different parts never make one key.
func key(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = strings.ReplaceAll(strings.ReplaceAll(p, "%", "%25"), "|", "%7C")
	}
	return strings.Join(escaped, "|")
}

// setText sets a property unless value is empty: what is not known is left out.
func setText(p graph.Props, name, value string) {
	if value != "" {
		p[name] = value
	}
}

// set sets a property unless value is nil.
func set[T int64 | bool](p graph.Props, name string, value *T) {
	if value != nil {
		p[name] = *value
	}
}
