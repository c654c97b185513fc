package embedded

import "github.com/assim-mesh/assim/graph"

// nodeSaying encodes what is said of a node.
func (m *memory) nodeSaying(n graph.Node) []byte {
	s := saying{isNode: true, label: m.label(n.Label), key: n.Key, props: m.props(n.Props)}
	for _, l := range n.Labels {
		s.labels = append(s.labels, m.label(l))
	}
	return s.encode()
}

// relSaying encodes what is said of a relationship, nil if nothing is.
func (m *memory) relSaying(p graph.Props) []byte {
	if len(p) == 0 {
		return nil
	}
	return saying{props: m.props(p)}.encode()
}

// props returns properties by number, ascending.
func (m *memory) props(of graph.Props) []prop {
	props := make([]prop, 0, len(of))
	for name, v := range of {
		props = append(props, prop{m.key(name), valueOf(v)})
	}
	sortProps(props)
	return props
}

// label, relType and key return the numbers of names, which the file learns.
func (m *memory) label(name string) uint32   { return m.learn(&m.labels, labelNames, name) }
func (m *memory) relType(name string) uint32 { return m.learn(&m.types, typeNames, name) }
func (m *memory) key(name string) uint32     { return m.learn(&m.keys, keyNames, name) }

func (m *memory) learn(n *names, kind byte, name string) uint32 {
	id, isNew := n.id(name)
	if isNew {
		m.file.putName(kind, id, name)
	}
	return id
}
