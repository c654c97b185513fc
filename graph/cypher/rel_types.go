package cypher

import "slices"

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
