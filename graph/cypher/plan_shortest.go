package cypher

import "slices"

// addWaits notes what shortest paths wait for. What WHERE asks of one decides which is the shortest, so that
// it belongs to the search, and all else that it speaks of is found before: all but the shortest paths that
// stand behind this one, which wait for it instead.
func (s *search) addWaits() {
	position := map[int]int{} // of the shortest path that a slot is of
	for i, r := range s.rels {
		if r.shortest != anyPath {
			position[r.path], position[r.slot] = i, i
		}
	}
	delete(position, none)
	wait := func(r int, needs []int) {
		s.spend(len(needs))
		for _, slot := range needs {
			if of, isShortest := position[slot]; !isShortest || of < r {
				s.rels[r].waits = append(s.rels[r].waits, slot)
			}
		}
	}
	for i, r := range s.rels {
		if r.shortest != anyPath {
			wait(i, slices.Concat(s.slotsOf(r.props, r.name), s.slotsOf(r.where, r.name)))
		}
	}
	for _, c := range s.conditions {
		for _, slot := range c.needs {
			if r, isShortest := position[slot]; isShortest {
				wait(r, c.needs)
			}
		}
	}
}

// ready reports whether all that a shortest path waits for has been found.
func (s *search) ready(r *searchRel) bool {
	s.spend(len(r.waits))
	return s.allBound(r.waits)
}

// shortestWay plans shortestPath or allShortestPaths between two nodes that are known.
func (s *search) shortestWay(r *searchRel, last operator) operator {
	perHop := s.hopConditions(r) // which may ask for r.walk
	o := &shortestWays{
		hopLimits: r.limits(), hopTest: hopTest{conditions: perHop}, from: r.from.slot, to: r.to.slot,
		dir: r.dir, types: r.types, all: r.shortest == allPaths, path: r.path, list: r.slot, walk: r.walk,
	}
	s.bind(r.path, r.slot)
	for _, c := range s.conditions {
		ofPath := slices.Contains(c.needs, r.path) || slices.Contains(c.needs, r.slot)
		if ofPath && !c.placed && s.allBound(c.needs) {
			c.placed = true
			s.ask(o, r, c)
			o.text = joined(o.text, c.text)
		}
	}
	o.slot = r.hop
	o.step = s.after(last, 1)
	return o
}

// ask adds a condition on the path: on each of its nodes or relationships, if that is what it comes to.
func (s *search) ask(o *shortestWays, r *searchRel, c *pending) {
	q, ok := c.of.(*quantifier)
	if !ok || !s.asksEach(q, r) {
		o.asked = append(o.asked, c.make())
		return
	}
	if s.isPart(q.over, "nodes", r.path) {
		slot := s.slot()
		holds := s.each(q, slot)
		o.nodes.tests = append(o.nodes.tests, func(n NodeID) bool { s.row[slot] = n; return holds() })
		return
	}
	if r.hop == none {
		r.hop = s.slot()
	}
	o.conditions = append(o.conditions, s.each(q, r.hop))
}

// asksEach reports whether a quantifier asks something of every node or relationship of a path that does
// not depend on the others.
func (s *search) asksEach(q *quantifier, r *searchRel) bool {
	if q.kind != "all" && q.kind != "none" {
		return false
	}
	inside := s.slotsOf(q.where, q.name)
	if slices.Contains(inside, r.path) || slices.Contains(inside, r.slot) {
		return false
	}
	v, ok := q.over.(*variable)
	list := ok && s.visible[v.name] == r.slot
	return list || s.isPart(q.over, "nodes", r.path) || s.isPart(q.over, "relationships", r.path)
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

// each compiles what a quantifier asks of the one node or relationship in a slot.
func (s *search) each(q *quantifier, slot int) condition {
	truth := s.compiler(s.visible.with(q.name, slot)).truth(q.where)
	wanted := q.kind == "all"
	return func() bool {
		s.spend(1)
		return truth() == wanted
	}
}
