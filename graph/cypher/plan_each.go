package cypher

// A condition of WHERE that all nodes or relationships of a way fulfil, or none, holds of the way exactly if
// it holds of each. So it can be asked of each on the way, and what fails it is never gone over, if it
// speaks of nothing that is found later.

// askedByWhere takes what WHERE asks of each relationship of a variable length or a shortest path.
func (s *search) askedByWhere(r *searchRel, t *hopTest) {
	ofRels := func(over expr) bool {
		v, ok := over.(*variable)
		return ok && v.name == r.name || s.isPart(over, "relationships", r.path)
	}
	for _, c := range s.askingEach(ofRels) {
		if r.hop == none {
			r.hop = s.slot()
		}
		t.add(s.each(c.of.(*quantifier), r.hop), c.text)
	}
}

// nodesAskedByWhere takes what WHERE asks of each node of a shortest path.
func (s *search) nodesAskedByWhere(r *searchRel) (t nodeTests) {
	for _, c := range s.askingEach(func(over expr) bool { return s.isPart(over, "nodes", r.path) }) {
		slot := s.slot()
		holds := s.each(c.of.(*quantifier), slot)
		t.tests = append(t.tests, func(n NodeID) bool { s.row[slot] = n; return holds() })
		t.text = joined(t.text, c.text)
	}
	return t
}

// askingEach takes the conditions all() and none() over a list that ask something of every element that
// depends on what is known only.
func (s *search) askingEach(over func(expr) bool) (taken []*pending) {
	s.spend(len(s.conditions))
	for _, c := range s.conditions {
		q, ok := c.of.(*quantifier)
		if !ok || c.placed || q.kind != "all" && q.kind != "none" || !over(q.over) {
			continue
		}
		if s.allBound(s.slotsOf(q.where, q.name)) {
			c.placed = true
			taken = append(taken, c)
		}
	}
	return taken
}

// isPart reports whether an expression is nodes(p) or relationships(p) of the path in a slot.
func (s *search) isPart(e expr, function string, path int) bool {
	c, ok := e.(*call)
	if !ok || c.fn.name != function {
		return false
	}
	v, ok := c.args[0].(*variable)
	return ok && s.visible[v.name] == path
}

// each compiles what a quantifier asks of the one node or relationship in a slot. What is unknown of one
// is neither true of all nor of none.
func (s *search) each(q *quantifier, slot int) condition {
	truth := s.compiler(s.visible.with(q.name, slot)).truth(q.where)
	wanted := q.kind == "all"
	return func() bool {
		s.spend(1)
		return truth() == wanted
	}
}
