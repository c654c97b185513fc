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
	perHop, perNode := s.hopConditions(r), s.nodesAskedByWhere(r) // which may ask for r.walk
	o := &shortestWays{
		hopLimits: r.limits(), hopTest: perHop, nodes: perNode, from: r.from.slot, to: r.to.slot,
		dir: r.dir, types: r.types, all: r.shortest == allPaths, path: r.path, list: r.slot, walk: r.walk,
	}
	o.text = joined(perHop.text, perNode.text)
	s.bind(r.path, r.slot)
	for _, c := range s.conditions {
		ofPath := slices.Contains(c.needs, r.path) || slices.Contains(c.needs, r.slot)
		if ofPath && !c.placed && s.allBound(c.needs) {
			c.placed = true
			o.asked = append(o.asked, c.make())
			o.text = joined(o.text, c.text)
		}
	}
	o.step = s.after(last, 1)
	return o
}
