package cypher

import (
	"math"
	"slices"
)

// cheapest returns the relationship to go on with, or nil if none can be reached yet: one that only
// tests what is known, then the one that makes the fewest rows.
func (s *search) cheapest() (best *searchRel) {
	least := math.Inf(1)
	for _, r := range s.rels {
		if r.solved {
			continue
		}
		if cost, reachable := s.cost(r); reachable && cost < least {
			best, least = r, cost
		}
	}
	return best
}

// cost is how many rows a relationship is expected to make of one.
func (s *search) cost(r *searchRel) (rows float64, reachable bool) {
	from, to := s.bound[r.from.slot], s.bound[r.to.slot]
	switch {
	case r.given && r.hops == nil:
		return 0, true
	case r.shortest != anyPath:
		return 1, from && to && s.ready(r)
	case from && to:
		return min(1, s.fanout(r, r.from, r.dir)/s.nodeCount(r.to)), true
	case from:
		return s.fanout(r, r.from, r.dir), true
	case to:
		return s.fanout(r, r.to, r.dir.reversed()), true
	}
	return 0, false
}

// fanout is how many ways are expected to lead on from one node.
func (s *search) fanout(r *searchRel, from *searchNode, dir Direction) float64 {
	rels := 0
	for _, id := range r.types.ids {
		rels += s.graph.RelCount(id)
	}
	switch {
	case r.types.impossible:
		return 0
	case len(r.types.ids) == 0:
		rels = s.graph.RelCount(AnyType)
	}
	if dir == Both {
		rels *= 2
	}
	perNode := float64(rels) / s.nodeCount(from)
	if r.hops == nil {
		return perNode
	}
	// Beyond the first hop, ways lead from nodes of any kind. More ends than nodes there cannot be.
	perHop := float64(rels) / s.nodeCount(nil)
	ways, total := perNode, perNode
	for hop := 1; hop < r.hops.max && total < maxWays; hop++ {
		ways *= perHop
		total += ways
	}
	return total
}

// maxWays is where estimates end.
const maxWays = 1e9

// nodeCount returns the number of nodes that a node of the patterns can be by its labels, at least 1;
// for nil, of all.
func (s *search) nodeCount(n *searchNode) float64 {
	least := s.graph.NodeCount(AnyLabel)
	if n != nil {
		for _, name := range n.required {
			if id, known := s.graph.Label(name); known {
				least = min(least, s.graph.NodeCount(id))
			}
		}
	}
	return max(1, float64(least))
}

// follow plans a relationship, and binds what it finds.
func (s *search) follow(r *searchRel, last operator) operator {
	cost, _ := s.cost(r)
	r.solved = true
	o := s.following(r, max(cost, 0.01), last)
	s.bind(r.from.slot, r.to.slot, r.path, r.slot, r.walk)
	return o
}

// bind notes that slots have their values from here on.
func (s *search) bind(slots ...int) {
	for _, slot := range slots {
		if slot != none {
			s.bound[slot] = true
		}
	}
}

// allBound reports whether slots have their values.
func (s *search) allBound(slots []int) bool {
	return !slices.ContainsFunc(slots, func(slot int) bool { return !s.bound[slot] })
}

// following makes the operator of a relationship.
func (s *search) following(r *searchRel, rows float64, last operator) operator {
	if r.shortest != anyPath {
		return s.shortestWay(r, last)
	}
	h := hop{graph: s.graph, dir: r.dir, types: r.types, used: s.usedBefore(r)}
	h.from, h.to = s.end(r.from), s.end(r.to)
	if r.given && r.hops == nil {
		h.to.known = h.to.known || r.from == r.to // by then
		return &between{step: s.after(last, 1), hop: h, rel: r.slot}
	}
	backwards := !s.bound[r.from.slot]
	if backwards {
		h.from, h.to, h.dir = h.to, h.from, r.dir.reversed()
	}
	if r.hops == nil {
		return &expand{step: s.after(last, rows), hop: h, rel: r.slot}
	}
	limits, test := r.limits(), s.hopConditions(r)
	if s.onlyEnds(r) {
		return &reach{step: s.after(last, rows), hop: h, hopLimits: limits, hopTest: test, ends: s.labelTests(h.to.slot)}
	}
	return &trail{
		step: s.after(last, rows), hop: h, hopLimits: limits, hopTest: test,
		backwards: backwards, list: r.slot, given: r.given, walk: r.walk,
	}
}

// end is a node as an operator sees it.
func (s *search) end(n *searchNode) end { return end{slot: n.slot, known: s.bound[n.slot]} }

// usedBefore returns the slots of what a relationship must not be because it was matched already.
func (s *search) usedBefore(r *searchRel) (used []int) {
	for _, other := range s.rels {
		if other == r || !other.solved || !r.excludes(other) {
			continue
		}
		if other.hops == nil {
			used = append(used, other.slot)
		} else {
			used = append(used, other.walk)
		}
	}
	return used
}

// labelTests takes the conditions on the labels of a node that are not placed yet.
func (s *search) labelTests(slot int) (t nodeTests) {
	for _, c := range s.conditions {
		if c.label != nil && !c.placed && c.needs[0] == slot {
			c.placed = true
			t.tests = append(t.tests, s.nodeLabels(c.label))
			t.text += " " + c.text
		}
	}
	return t
}
