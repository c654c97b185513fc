package cypher

// checkPaths checks the patterns of one MATCH and defines their variables.
func checkPaths(paths []*pathPattern, visible scope) {
	bound := map[string]bool{} // relationships and paths named in these patterns
	for _, p := range paths {
		checkPath(p, visible, bound)
	}
	for _, p := range paths { // only now, since they may speak of any variable of the MATCH
		for i, n := range p.nodes {
			checkConstraint(n.constraint, kindNode, visible)
			if i < len(p.rels) {
				checkConstraint(p.rels[i].constraint, kindRel, visible)
			}
		}
	}
}

func checkPath(p *pathPattern, visible scope, bound map[string]bool) {
	if _, ok := visible[p.name]; ok && p.name != "" {
		fail(p.at(), "VariableAlreadyBound", "variable %q is already defined", p.name)
	}
	for i, n := range p.nodes {
		if n.name != "" {
			defineAs(n.constraint, kindNode, visible)
		}
		if i < len(p.rels) && p.rels[i].name != "" {
			checkRelName(p.rels[i], visible, bound)
		}
	}
	if p.name != "" {
		declare(p.at(), p.name, kindPath, visible)
		bound[p.name] = true
	}
}

func checkRelName(r *relPattern, visible scope, bound map[string]bool) {
	if k := visible[r.name]; bound[r.name] && k != kindPath {
		fail(r.at(), "RelationshipUniquenessViolation", "relationship %q stands twice in the pattern, but no relationship is matched twice", r.name)
	}
	bound[r.name] = true
	want := kindRel
	if r.hops != nil {
		want = kindRels
		if visible[r.name] == kindList { // a list that was made of relationships
			return
		}
	}
	defineAs(r.constraint, want, visible)
}

// defineAs defines a variable of a pattern, or checks that it is of its kind already.
func defineAs(c constraint, want kind, visible scope) {
	switch k, ok := visible[c.name]; {
	case !ok:
		visible[c.name] = want
	case k != want && k != kindAny:
		fail(c.at(), "VariableTypeConflict", "variable %q is %s and cannot be %s", c.name, k, want)
	}
}

// checkConstraint checks the properties and the condition of a node or relationship pattern. In its
// own condition, the variable of a variable length is each relationship in turn.
func checkConstraint(c constraint, k kind, visible scope) {
	if p, ok := c.props.(*parameter); ok {
		fail(p.at(), "InvalidParameterUse", "a parameter cannot be all properties of a pattern: write {key: $%s.key}", p.name)
	}
	if c.props != nil {
		refuseAggregations(c.props)
		checkExpr(c.props, visible)
	}
	if c.where != nil && c.name != "" {
		visible = visible.with(c.name, k)
	}
	checkWhere(c.where, visible)
}
