package cypher

// names is a Reader asked by names, as expressions and results know labels, types and properties.
type names struct {
	Reader
	unknown *unknown // names that it was asked for in vain
}

// Label is the Reader's.
func (g names) Label(name string) (LabelID, bool) {
	id, ok := g.Reader.Label(name)
	if !ok || g.NodeCount(id) == 0 {
		g.unknown.add(aLabel, name)
	}
	return id, ok
}

// Type is the Reader's.
func (g names) Type(name string) (TypeID, bool) {
	id, ok := g.Reader.Type(name)
	if !ok || g.RelCount(id) == 0 {
		g.unknown.add(aType, name)
	}
	return id, ok
}

// labels returns the names of a node's labels.
func (g names) labels(n NodeID) []string {
	ids := g.Labels(n)
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = g.LabelName(id)
	}
	return all
}

// relType returns the name of a relationship's type.
func (g names) relType(r RelID) string { return g.TypeName(g.TypeOf(r)) }

// nodeProp returns a property of a node, or null.
func (g names) nodeProp(n NodeID, name string) any {
	if key, ok := g.Key(name); ok {
		return stored(g.NodeProp(n, key))
	}
	return nil
}

// relProp returns a property of a relationship, or null.
func (g names) relProp(r RelID, name string) any {
	if key, ok := g.Key(name); ok {
		return stored(g.RelProp(r, key))
	}
	return nil
}

func (g names) nodeProps(n NodeID) map[string]any { return g.props(g.NodeProps(n, nil)) }
func (g names) relProps(r RelID) map[string]any   { return g.props(g.RelProps(r, nil)) }

func (g names) props(all []Property) map[string]any {
	m := make(map[string]any, len(all))
	for _, p := range all {
		m[g.KeyName(p.Key)] = stored(p.Value)
	}
	return m
}
