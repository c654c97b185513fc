package cypher

// nodes lists the nodes with a label, or all for "".
func (g names) nodes(label string) []NodeID {
	id := AnyLabel
	if label != "" {
		known := false
		if id, known = g.Label(label); !known {
			return nil
		}
	}
	var all []NodeID
	buf := make([]NodeID, 256)
	for cursor := 0; ; {
		n, next := g.Nodes(id, cursor, buf)
		if n == 0 {
			return all
		}
		all, cursor = append(all, buf[:n]...), next
	}
}

// lookup is Seek by names. It says false when the nodes must be scanned.
func (g names) lookup(label, prop string, value any) ([]NodeID, bool) {
	id, known := g.Label(label)
	key, knownKey := g.Key(prop)
	if !known || !knownKey {
		return nil, false
	}
	return g.Seek(id, key, value, nil)
}

// expand returns the edges of a node, of one type or of all for "".
func (g names) expand(n NodeID, dir Direction, relType string) []Edge {
	if relType == "" {
		return g.Expand(n, dir, nil, nil)
	}
	if id, ok := g.Type(relType); ok {
		return g.Expand(n, dir, []TypeID{id}, nil)
	}
	return nil
}
