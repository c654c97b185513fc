package embedded

import "github.com/assim-mesh/assim/graph/cypher"

// view lets cypher read an image, for as long as it likes.
type view struct{ *image }

var _ cypher.Reader = view{}

func (v view) Label(name string) (cypher.LabelID, bool) {
	id, ok := v.labels.ids[name]
	return cypher.LabelID(id), ok && int(id) < len(v.labelled)
}

func (v view) Type(name string) (cypher.TypeID, bool) {
	id, ok := v.types.ids[name]
	return cypher.TypeID(id), ok
}

func (v view) Key(name string) (cypher.KeyID, bool) {
	id, ok := v.keys.ids[name]
	return cypher.KeyID(id), ok
}

func (v view) LabelName(id cypher.LabelID) string { return v.labels.list[id] }
func (v view) TypeName(id cypher.TypeID) string   { return v.types.list[id] }
func (v view) KeyName(id cypher.KeyID) string     { return v.keys.list[id] }

func (v view) LabelNames() []string { return v.labels.list }
func (v view) TypeNames() []string  { return v.types.list }
func (v view) KeyNames() []string   { return v.keys.list }

func (v view) NodeCount(label cypher.LabelID) int {
	if label == cypher.AnyLabel {
		return v.all.count
	}
	return v.labelled[label].count
}

func (v view) RelCount(t cypher.TypeID) int {
	switch {
	case t == cypher.AnyType:
		return v.relCount
	case int(t) < len(v.relCounts):
		return v.relCounts[t]
	}
	return 0
}

func (v view) NodeLimit() cypher.NodeID { return cypher.NodeID(v.nodes.limit()) }

func (v view) Nodes(label cypher.LabelID, cursor int, buf []cypher.NodeID) (n, next int) {
	if label == cypher.AnyLabel {
		return v.all.read(cursor, buf)
	}
	return v.labelled[label].read(cursor, buf)
}

func (v view) Indexed(label cypher.LabelID, key cypher.KeyID) (perValue int, ok bool) {
	if v.keyed(uint32(label), uint32(key)) {
		return 1, true
	}
	if x := v.indexOn(v.LabelName(label), v.KeyName(key)); x != nil {
		return max(1, v.NodeCount(label)/max(1, x.values)), true
	}
	return 0, false
}

func (v view) Seek(label cypher.LabelID, key cypher.KeyID, value any, buf []cypher.NodeID) ([]cypher.NodeID, bool) {
	q, ok := queried(value)
	if !ok {
		return buf, false
	}
	return v.lookup(uint32(label), uint32(key), q, buf)
}

func (v view) HasLabel(n cypher.NodeID, label cypher.LabelID) bool {
	return v.labelled[label].has(uint32(n))
}

func (v view) Labels(n cypher.NodeID) []cypher.LabelID { return v.labelsOf(uint32(n)) }

func (v view) NodeProp(n cypher.NodeID, key cypher.KeyID) any {
	return v.nodeProps.get(uint32(key), uint32(n), &v.texts)
}

func (v view) NodeProps(n cypher.NodeID, buf []cypher.Property) []cypher.Property {
	return v.props(v.nodeProps, uint32(n), buf)
}

func (v view) props(of properties, id uint32, buf []cypher.Property) []cypher.Property {
	for key := range of {
		if value := of.get(uint32(key), id, &v.texts); value != nil {
			buf = append(buf, cypher.Property{Key: cypher.KeyID(key), Value: value})
		}
	}
	return buf
}

func (v view) Expand(n cypher.NodeID, dir cypher.Direction, types []cypher.TypeID, buf []cypher.Edge) []cypher.Edge {
	if dir != cypher.In {
		buf = v.out.get(uint32(n)).expand(buf, types, n, false)
	}
	if dir != cypher.Out {
		buf = v.in.get(uint32(n)).expand(buf, types, n, dir == cypher.Both) // which has seen loops going out
	}
	return buf
}

func (v view) Ends(r cypher.RelID) (from, to cypher.NodeID) {
	e := v.ends.get(uint32(r))
	return cypher.NodeID(e.from), cypher.NodeID(e.to)
}

func (v view) TypeOf(r cypher.RelID) cypher.TypeID { return cypher.TypeID(v.rels.owner(uint32(r))) }

func (v view) RelProp(r cypher.RelID, key cypher.KeyID) any {
	return v.relProps.get(uint32(key), uint32(r), &v.texts)
}

func (v view) RelProps(r cypher.RelID, buf []cypher.Property) []cypher.Property {
	return v.props(v.relProps, uint32(r), buf)
}
