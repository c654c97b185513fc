package cypher

import "slices"

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
				return nil
			}
			return stored(c.graph.NodeProp(v, key))
		case RelID:
			if !known {
				return nil
			}
			return stored(c.graph.RelProp(v, key))
		case map[string]any:
			return v[e.key]
		default:
			return must(e, nil, typeErrorf("%s has no properties such as %q", describe(v), e.key))
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

// relTypes is the types that a relationship pattern allows.
type relTypes struct {
	graph names
	// ids are the types, none for all; impossible says that the graph has none of those asked for.
	ids        []TypeID
	impossible bool
	other      labelExpr // a condition that is no choice of types; nil: none
}

// relTypes finds the types that a label expression allows; nil allows all.
func (p *planner) relTypes(e labelExpr) relTypes {
	t := relTypes{graph: p.graph}
	if e == nil {
		return t
	}
	wanted, isChoice := alternatives(e)
	if !isChoice {
		t.other = e
		return t
	}
	for _, name := range wanted {
		if id, ok := p.graph.Type(name); ok {
			t.ids = append(t.ids, id)
		}
	}
	t.impossible = len(t.ids) == 0
	return t
}

// holds reports whether a relationship of a type is allowed.
func (t relTypes) holds(id TypeID) bool {
	switch {
	case t.impossible:
		return false
	case t.other != nil:
		return t.other.holds([]string{t.graph.TypeName(id)})
	}
	return len(t.ids) == 0 || slices.Contains(t.ids, id)
}

// overlaps reports whether a relationship can be of both: it says true when it does not know.
func (t relTypes) overlaps(u relTypes) bool {
	if t.impossible || u.impossible {
		return false
	}
	if len(t.ids) == 0 || len(u.ids) == 0 {
		return true
	}
	return slices.ContainsFunc(t.ids, func(id TypeID) bool { return slices.Contains(u.ids, id) })
}

// expand appends the edges of a node that have one of the types.
func (t relTypes) expand(n NodeID, dir Direction, buf []Edge) []Edge {
	if t.impossible {
		return buf
	}
	start := len(buf)
	buf = t.graph.Expand(n, dir, t.ids, buf)
	if t.other == nil {
		return buf
	}
	kept := slices.DeleteFunc(buf[start:], func(e Edge) bool { return !t.holds(t.graph.TypeOf(e.Rel)) })
	return buf[:start+len(kept)]
}

// patternList makes one element of every way in which the pattern matches.
func (c *compiler) patternList(e *patternList) value {
	last, after := c.match([]*pathPattern{e.path}, e.where, c.unit(), c.visible, false)
	inside := *c
	inside.visible = after
	result := inside.expr(e.result)
	var out []any
	run := c.within(last, func() bool {
		v := result()
		c.spend(weight(v))
		out = append(out, v)
		return true
	})
	return func() any {
		out = []any{}
		run()
		return out
	}
}

// within opens a plan that runs inside an expression.
func (c *compiler) within(last operator, next push) push {
	c.inner = append(c.inner, last)
	if c.explaining {
		return nil // never to be run
	}
	return (&step{session: c.session}).ready(last, next)
}

// patternTest is whether a pattern matches, or the shortest path, or all shortest ones as a list.
func (c *compiler) patternTest(e *patternTest) value {
	named := *e.path
	if e.path.shortest != anyPath {
		named.name = pathOfTest
	}
	last, after := c.match([]*pathPattern{&named}, nil, c.unit(), c.visible, e.path.shortest == anyPath)
	var paths []any
	run := c.within(last, func() bool {
		if e.path.shortest == anyPath {
			paths = append(paths, true)
			return false
		}
		p := c.row[after[pathOfTest]]
		c.spend(weight(p))
		paths = append(paths, p)
		return e.path.shortest == allPaths
	})
	return func() any {
		paths = []any{}
		run()
		switch {
		case e.path.shortest == allPaths:
			return paths
		case len(paths) > 0:
			return paths[0]
		case e.path.shortest == anyPath:
			return false
		}
		return nil
	}
}

// pathOfTest is the variable of a shortest path within an expression. No query can name it.
const pathOfTest = "\x00"

func (c *compiler) subquery(e *subquery) value {
	last, columns := c.query(e.query, c.visible, e.kind == "exists")
	count, out := int64(0), []any(nil)
	run := c.within(last, func() bool {
		count++
		if e.kind == "collect" {
			v := c.row[columns[e.query.columns[0]]]
			c.spend(weight(v))
			out = append(out, v)
		}
		return e.kind != "exists"
	})
	return func() any {
		count, out = 0, []any{}
		run()
		switch e.kind {
		case "exists":
			return count > 0
		case "count":
			return count
		}
		return out
	}
}
