package embedded

import (
	"slices"

	"github.com/assim-mesh/assim/graph/cypher"
)

// view lets cypher read the memory. It is valid while the store's read lock is held. What it returns
// stays valid after that, since assertions do not change.
type view struct{ m *memory }

var _ cypher.Reader = view{}

func (v view) Label(name string) (cypher.LabelID, bool) {
	id, ok := v.m.nameOf[name]
	return cypher.LabelID(id), ok
}

func (v view) Type(name string) (cypher.TypeID, bool) {
	id, ok := v.m.kindOf[name]
	return cypher.TypeID(id), ok
}

func (v view) Key(name string) (cypher.KeyID, bool) {
	id, ok := v.m.nameOf[name]
	return cypher.KeyID(id), ok
}

func (v view) LabelName(id cypher.LabelID) string { return v.m.names[id] }
func (v view) TypeName(id cypher.TypeID) string   { return v.m.kinds[id] }
func (v view) KeyName(id cypher.KeyID) string     { return v.m.names[id] }

func (v view) NodeCount(label cypher.LabelID) int {
	if label == cypher.AnyLabel {
		return len(v.m.nodes) - len(v.m.freeNodes)
	}
	return len(v.m.labels.ids[v.m.names[label]])
}

func (v view) RelCount(t cypher.TypeID) int {
	all := len(v.m.rels) - len(v.m.freeRels)
	if t == cypher.AnyType {
		return all
	}
	return all / len(v.m.kinds)
}

func (v view) NodeLimit() cypher.NodeID { return cypher.NodeID(len(v.m.nodes)) }

func (v view) Nodes(label cypher.LabelID, cursor int, buf []cypher.NodeID) (n, next int) {
	if label != cypher.AnyLabel {
		ids := v.m.labels.ids[v.m.names[label]]
		n = copy(buf, ids[cursor:])
		return n, cursor + n
	}
	for ; n < len(buf) && cursor < len(v.m.nodes); cursor++ {
		if v.m.nodes[cursor] != nil {
			buf[n] = cypher.NodeID(cursor)
			n++
		}
	}
	return n, cursor
}

func (v view) Indexed(label cypher.LabelID, key cypher.KeyID) (perValue int, ok bool) {
	l, k := v.m.names[label], v.m.names[key]
	if v.m.keyed(l, k) {
		return 1, true
	}
	if x := v.m.indexOn(l, k); x != nil {
		return max(1, v.NodeCount(label)/max(1, len(x.ids))), true
	}
	return 0, false
}

func (v view) Seek(label cypher.LabelID, key cypher.KeyID, value any, buf []cypher.NodeID) ([]cypher.NodeID, bool) {
	return v.m.lookup(v.m.names[label], v.m.names[key], value, buf)
}

func (v view) HasLabel(n cypher.NodeID, label cypher.LabelID) bool {
	return slices.Contains(v.m.nodes[n].content.labels, v.m.names[label])
}

func (v view) Labels(n cypher.NodeID) []cypher.LabelID {
	labels := v.m.nodes[n].content.labels
	ids := make([]cypher.LabelID, len(labels))
	for i, l := range labels {
		ids[i] = cypher.LabelID(v.m.nameOf[l])
	}
	return ids
}

func (v view) NodeProp(n cypher.NodeID, key cypher.KeyID) any {
	return v.m.nodes[n].content.props[v.m.names[key]]
}

func (v view) NodeProps(n cypher.NodeID, buf []cypher.Property) []cypher.Property {
	return v.props(v.m.nodes[n].content, buf)
}

func (v view) props(a *assertion, buf []cypher.Property) []cypher.Property {
	for name, value := range a.props {
		buf = append(buf, cypher.Property{Key: cypher.KeyID(v.m.nameOf[name]), Value: value})
	}
	return buf
}

func (v view) Expand(n cypher.NodeID, dir cypher.Direction, types []cypher.TypeID, buf []cypher.Edge) []cypher.Edge {
	wanted := func(e edge) bool { return len(types) == 0 || slices.Contains(types, cypher.TypeID(e.kind)) }
	if dir != cypher.In {
		for _, e := range v.m.nodes[n].out {
			if wanted(e) {
				buf = append(buf, cypher.Edge{Rel: e.rel, Other: e.other})
			}
		}
	}
	if dir != cypher.Out {
		for _, e := range v.m.nodes[n].in {
			seen := dir == cypher.Both && e.other == n // a loop, going out
			if !seen && wanted(e) {
				buf = append(buf, cypher.Edge{Rel: e.rel, Other: e.other})
			}
		}
	}
	return buf
}

// expand is Expand for one type by its name, or all for "".
func (v view) expand(n cypher.NodeID, dir cypher.Direction, kind string) []cypher.Edge {
	if kind == "" {
		return v.Expand(n, dir, nil, nil)
	}
	if id, ok := v.Type(kind); ok {
		return v.Expand(n, dir, []cypher.TypeID{id}, nil)
	}
	return nil
}

func (v view) Ends(r cypher.RelID) (from, to cypher.NodeID) { return v.m.rels[r].from, v.m.rels[r].to }

func (v view) TypeOf(r cypher.RelID) cypher.TypeID { return cypher.TypeID(v.m.rels[r].kind) }

func (v view) RelProp(r cypher.RelID, key cypher.KeyID) any {
	return v.m.rels[r].content.props[v.m.names[key]]
}

func (v view) RelProps(r cypher.RelID, buf []cypher.Property) []cypher.Property {
	return v.props(v.m.rels[r].content, buf)
}
