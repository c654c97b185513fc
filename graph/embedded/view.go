package embedded

import (
	"iter"
	"slices"

	"github.com/assim-mesh/assim/graph/cypher"
)

// view lets cypher read the memory. It is valid while the store's read lock is held. What it returns
// stays valid after that, since assertions do not change.
type view struct{ m *memory }

var _ cypher.Reader = view{}

func (v view) Nodes(label string) iter.Seq[cypher.NodeID] {
	if label != "" {
		return slices.Values(v.m.labels.ids[label])
	}
	return func(yield func(cypher.NodeID) bool) {
		for id, n := range v.m.nodes {
			if n != nil && !yield(cypher.NodeID(id)) {
				return
			}
		}
	}
}

func (v view) Lookup(label, prop string, value any) (iter.Seq[cypher.NodeID], bool) {
	return v.m.lookup(label, prop, value)
}

func (v view) Labels(n cypher.NodeID) []string { return v.m.nodes[n].content.labels }

func (v view) NodeProp(n cypher.NodeID, name string) any { return v.m.nodes[n].content.props[name] }

func (v view) NodeProps(n cypher.NodeID) map[string]any { return v.m.nodes[n].content.props }

func (v view) Rels(n cypher.NodeID, dir cypher.Direction, relType string) iter.Seq[cypher.RelID] {
	kind, known := v.m.kindOf[relType]
	return func(yield func(cypher.RelID) bool) {
		if !known && relType != "" {
			return
		}
		wanted := func(e edge) bool { return relType == "" || e.kind == kind }
		if dir != cypher.In {
			for _, e := range v.m.nodes[n].out {
				if wanted(e) && !yield(e.rel) {
					return
				}
			}
		}
		if dir != cypher.Out {
			for _, e := range v.m.nodes[n].in {
				if dir == cypher.Both && e.other == n {
					continue // a loop, seen going out
				}
				if wanted(e) && !yield(e.rel) {
					return
				}
			}
		}
	}
}

func (v view) Ends(r cypher.RelID) (from, to cypher.NodeID) { return v.m.rels[r].from, v.m.rels[r].to }

func (v view) Type(r cypher.RelID) string { return v.m.kinds[v.m.rels[r].kind] }

func (v view) RelProp(r cypher.RelID, name string) any { return v.m.rels[r].content.props[name] }

func (v view) RelProps(r cypher.RelID) map[string]any { return v.m.rels[r].content.props }
