package cypher

import "slices"

// addRelConditions adds what a relationship pattern asks of a relationship. What it asks of each
// relationship of a variable length is seen to on the way, if it can be; see askedByPattern.
func (s *search) addRelConditions(r *searchRel) {
	if r.hops != nil {
		return
	}
	if props, ok := r.props.(*mapping); ok {
		for i, key := range props.keys {
			s.addEquality(r.slot, key, props.values[i])
		}
	}
	for _, e := range conjuncts(r.where, nil) {
		s.when(append(s.slotsOf(e, ""), r.slot), likely, textOf(e), func() condition {
			return s.compiler(s.visible).condition(e)
		})
	}
}

// hopConditions returns the conditions on every relationship of a variable length or a shortest path that
// can be seen to on the way: those of its pattern, and of WHERE.
func (s *search) hopConditions(r *searchRel) hopTest {
	t := hopTest{}
	if r.hop != none {
		s.askedByPattern(r, &t)
	}
	s.askedByWhere(r, &t)
	t.slot = r.hop
	return t
}

// askedByPattern adds the conditions that stand in a relationship's pattern. Those that speak of what is
// found later wait for it, and for the way.
func (s *search) askedByPattern(r *searchRel, t *hopTest) {
	c := s.compiler(s.visible)
	if r.name != "" {
		c.visible = s.visible.with(r.name, r.hop)
	}
	add := func(e expr, text string, make func() condition) {
		needs := s.slotsOf(e, r.name)
		if s.allBound(needs) {
			t.add(make(), text)
			return
		}
		if r.walk == none {
			r.walk = s.slot()
		}
		s.when(append(needs, r.walk), likely, text, func() condition { return s.everyHop(r, make()) })
	}
	if props, ok := r.props.(*mapping); ok {
		for i, key := range props.keys {
			value := props.values[i]
			add(value, key+" = "+textOf(value), func() condition { return s.propEquals(c, r.hop, key, value) })
		}
	}
	for _, e := range conjuncts(r.where, nil) {
		add(e, textOf(e), func() condition { return c.condition(e) })
	}
}

// everyHop makes a condition on each relationship one on the way that was taken.
func (s *search) everyHop(r *searchRel, holds condition) condition {
	return func() bool {
		for _, rel := range s.row[r.walk].(*hops).rels {
			s.row[r.hop] = rel
			if !holds() {
				return false
			}
		}
		return true
	}
}

// onlyEnds reports whether it is enough to find every node that a variable length leads to, once: who
// gets the rows takes equal ones for one, and nothing speaks of the ways. A node that can be reached
// can be reached without using a relationship twice, on the shortest way. Only the way back to where
// it begins could need that, and only where relationships may be followed in both directions.
func (s *search) onlyEnds(r *searchRel) bool {
	if !s.then.repeats || r.walk != none || r.hops.min > 1 || r.dir == Both && r.hops.min == 1 {
		return false
	}
	return r.slot == none || !s.listRead(r)
}

// listRead reports whether anything but the conditions that have been seen to reads the list of a variable
// length.
func (s *search) listRead(r *searchRel) bool {
	s.spend(len(s.conditions) + len(s.rels))
	byCondition := func(c *pending) bool { return !c.placed && slices.Contains(c.needs, r.slot) }
	byPattern := func(other *searchRel) bool {
		return other != r && !other.solved && mentions(other.props, other.where)[r.name]
	}
	return r.given || slices.ContainsFunc(s.conditions, byCondition) || slices.ContainsFunc(s.rels, byPattern) ||
		s.then.reads(s.planner, r.name)
}

// limits returns how many hops a variable length may have.
func (r *searchRel) limits() hopLimits { return hopLimits{r.hops.min, r.hops.max, r.hops.open} }
