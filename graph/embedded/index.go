package embedded

import (
	"math"
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// labelLists lists the nodes of every label.
type labelLists struct {
	ids map[string][]cypher.NodeID
	// further counts, for a label, the nodes that have it other than as their first.
	further map[string]int
}

func newLabelLists() *labelLists {
	return &labelLists{ids: map[string][]cypher.NodeID{}, further: map[string]int{}}
}

// index finds nodes of a label by the value of one property.
type index struct {
	label, prop string
	ids         map[any][]cypher.NodeID // by indexValue
}

// newIndexes are on what named queries and people start from.
func newIndexes() []*index {
	var indexes []*index
	for _, on := range [][2]string{
		{graph.Host, "name"}, {graph.IP, "address"}, {graph.Endpoint, "port"}, {graph.Process, "exe"}, {graph.Package, "name"},
	} {
		indexes = append(indexes, &index{label: on[0], prop: on[1], ids: map[any][]cypher.NodeID{}})
	}
	return indexes
}

// index enters a node under its content.
func (m *memory) index(id cypher.NodeID) {
	n := m.nodes[id]
	n.places = n.places[:0]
	for i, l := range n.content.labels {
		n.places = append(n.places, uint32(len(m.labels.ids[l])))
		m.labels.ids[l] = append(m.labels.ids[l], id)
		if i > 0 {
			m.labels.further[l]++
		}
	}
	for _, x := range m.indexes {
		if v, ok := x.valueOf(n.content); ok {
			x.ids[v] = append(x.ids[v], id)
		}
	}
}

// unindex takes a node out from where index entered it under this content.
func (m *memory) unindex(id cypher.NodeID, content *assertion) {
	for i, l := range content.labels {
		m.unlist(l, m.nodes[id].places[i])
		if i > 0 {
			m.labels.further[l]--
		}
	}
	for _, x := range m.indexes {
		v, ok := x.valueOf(content)
		if !ok {
			continue
		}
		ids := x.ids[v]
		at := slices.Index(ids, id)
		ids[at] = ids[len(ids)-1]
		if x.ids[v] = ids[:len(ids)-1]; len(x.ids[v]) == 0 {
			delete(x.ids, v)
		}
	}
}

// unlist takes the node at a place out of a label's list; the last one takes the place.
func (m *memory) unlist(label string, at uint32) {
	ids := m.labels.ids[label]
	last := len(ids) - 1
	if int(at) != last {
		moved := m.nodes[ids[last]]
		ids[at] = ids[last]
		moved.places[slices.Index(moved.content.labels, label)] = at
	}
	m.labels.ids[label] = ids[:last]
}

func (x *index) valueOf(a *assertion) (any, bool) {
	if !slices.Contains(a.labels, x.label) {
		return nil, false
	}
	return indexValue(a.props[x.prop])
}

// indexValue maps values that are equal in Cypher to one that is equal in Go, and says false for those
// that no index holds: lists and null.
func indexValue(v any) (any, bool) {
	switch v := v.(type) {
	case string, bool, int64:
		return v, true
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<63 {
			return int64(v), true // 80.0 = 80
		}
		return v, true
	}
	return nil, false
}

// lookup appends the nodes of a label with a property of this value, if an index knows.
func (m *memory) lookup(label, prop string, value any, buf []cypher.NodeID) ([]cypher.NodeID, bool) {
	v, ok := indexValue(value)
	if !ok {
		return buf, false
	}
	if m.keyed(label, prop) {
		if key, ok := v.(string); ok {
			if id, ok := m.byRef[graph.Ref{Label: label, Key: key}]; ok {
				buf = append(buf, id)
			}
		}
		return buf, true
	}
	if x := m.indexOn(label, prop); x != nil {
		return append(buf, x.ids[v]...), true
	}
	return buf, false
}

// keyed reports whether byRef knows all nodes of a label by this property.
func (m *memory) keyed(label, prop string) bool {
	return prop == graph.KeyProp && m.labels.further[label] == 0
}

func (m *memory) indexOn(label, prop string) *index {
	for _, x := range m.indexes {
		if x.label == label && x.prop == prop {
			return x
		}
	}
	return nil
}
