package cypher

// property compiles of.key. The key's id is looked up once.
func (c *compiler) property(e *property) value {
	of := c.expr(e.of)
	key, known := c.graph.Key(e.key)
	return func() any {
		switch v := of().(type) {
		case nil:
			return nil
		case NodeID:
			if !known {
				c.graph.unknown.add(aKey, e.key)
				return nil
			}
			return stored(c.graph.NodeProp(v, key))
		case RelID:
			if !known {
				c.graph.unknown.add(aKey, e.key)
				return nil
			}
			return stored(c.graph.RelProp(v, key))
		case map[string]any:
			return v[e.key]
		default:
			part, err := component(v, e.key)
			return must(e, part, err)
		}
	}
}

// labelTest compiles n:Label, or r:TYPE.
func (c *compiler) labelTest(e *labelTest) value {
	of, labels, types := c.expr(e.of), c.nodeLabels(e.labels), c.relTypes(e.labels)
	return func() any {
		switch v := of().(type) {
		case nil:
			return nil
		case NodeID:
			return labels(v)
		case RelID:
			return types.holds(c.graph.TypeOf(v))
		default:
			return must(e, nil, typeErrorf("%s has no labels", describe(v)))
		}
	}
}

// nodeLabels compiles a label expression into a test of nodes.
func (p *planner) nodeLabels(e labelExpr) func(NodeID) bool {
	switch e := e.(type) {
	case labelName:
		id, known := p.graph.Label(string(e))
		if !known {
			return func(NodeID) bool { return false }
		}
		return func(n NodeID) bool { return p.graph.HasLabel(n, id) }
	case labelAnd:
		left, right := p.nodeLabels(e.left), p.nodeLabels(e.right)
		return func(n NodeID) bool { return left(n) && right(n) }
	case labelOr:
		left, right := p.nodeLabels(e.left), p.nodeLabels(e.right)
		return func(n NodeID) bool { return left(n) || right(n) }
	case labelNot:
		of := p.nodeLabels(e.of)
		return func(n NodeID) bool { return !of(n) }
	case labelAny:
		return func(n NodeID) bool { return len(p.graph.Labels(n)) > 0 }
	}
	panic("cypher: a label expression of no known kind")
}
