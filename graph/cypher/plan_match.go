package cypher

import "slices"

// search plans the patterns of one MATCH: which node to begin at, which relationship to follow next,
// and every condition as soon as what it speaks of is known.
type search struct {
	*planner
	visible    slots // what was in scope, and the variables of the patterns
	bound      map[int]bool
	then       sequel
	nodes      []*searchNode
	rels       []*searchRel
	paths      []*searchPath
	conditions []*pending
}

// searchNode is a node of the patterns, however often they name it.
type searchNode struct {
	slot       int
	labels     []labelExpr
	required   []string // labels that it must have, as far as they say
	equalities []equality
}

// searchRel is a relationship of the patterns.
type searchRel struct {
	*relPattern
	types    relTypes
	from, to *searchNode
	shortest shortest
	named    bool // its path has a name
	given    bool // its variable was bound before
	solved   bool

	path int // of a shortest path; none: not kept
	slot int // of the relationship, or of the list for a variable length; none: not kept
	hop  int // of each relationship of a variable length in turn, for its conditions
	walk int // of the *hops that a variable length has taken; none: not kept

	waits []int // slots that a shortest path waits for; see addWaits
}

// searchPath is a path pattern with a name.
type searchPath struct {
	nodes  []*searchNode
	rels   []*searchRel
	slot   int
	solved bool
}

// match plans patterns and the condition on them, and returns what can be seen after them.
func (p *planner) match(paths []*pathPattern, where expr, last operator, visible slots, then sequel) (operator, slots) {
	s := &search{planner: p, visible: visible, bound: map[int]bool{}, then: then}
	for _, slot := range visible {
		s.bound[slot] = true
	}
	s.declare(paths)
	named := map[string]*searchNode{}
	for _, path := range paths {
		s.addPath(path, named)
	}
	for _, r := range s.rels {
		s.keepForOthers(r)
		s.addRelConditions(r)
	}
	s.addConditions(where)
	s.addWaits()
	return s.plan(last), s.visible
}

// declare gives slots to the variables of the patterns.
func (s *search) declare(paths []*pathPattern) {
	fresh := slots{}
	for _, name := range patternNames(paths) {
		_, known := s.visible[name]
		if _, twice := fresh[name]; !known && !twice {
			fresh[name] = s.slot()
		}
	}
	s.visible = s.visible.overlaid(fresh)
}

// addPath adds the nodes and relationships of a path, and the conditions of the nodes.
func (s *search) addPath(p *pathPattern, named map[string]*searchNode) {
	path := &searchPath{}
	for _, n := range p.nodes {
		node := named[n.name]
		if node == nil {
			node = s.newNode(n)
		}
		if n.name != "" {
			named[n.name] = node
		}
		s.addNodeConditions(n, node)
		path.nodes = append(path.nodes, node)
	}
	for i, r := range p.rels {
		path.rels = append(path.rels, s.newRel(r, p, path.nodes[i], path.nodes[i+1]))
	}
	s.rels = append(s.rels, path.rels...)
	if p.name != "" && p.shortest == anyPath {
		path.slot = s.visible[p.name]
		s.paths = append(s.paths, path)
	}
}

func (s *search) newNode(n *nodePattern) *searchNode {
	node := &searchNode{}
	if n.name == "" {
		node.slot = s.slot()
	} else {
		node.slot = s.visible[n.name]
	}
	s.nodes = append(s.nodes, node)
	if s.bound[node.slot] { // to null, maybe, or to what is no node
		s.when([]int{node.slot}, 1, "a node", func() condition {
			return func() bool { _, is := s.row[node.slot].(NodeID); return is }
		})
	}
	return node
}

func (s *search) newRel(r *relPattern, p *pathPattern, from, to *searchNode) *searchRel {
	rel := &searchRel{
		relPattern: r, types: s.relTypes(r.labels), from: from, to: to,
		shortest: p.shortest, named: p.name != "",
		path: none, slot: none, hop: none, walk: none,
	}
	if p.shortest != anyPath && rel.named {
		rel.path = s.visible[p.name]
	}
	constrained := r.props != nil || r.where != nil
	switch {
	case r.name != "":
		rel.slot = s.visible[r.name]
		rel.given = s.bound[rel.slot]
	case r.hops == nil && (constrained || rel.named):
		rel.slot = s.slot()
	}
	if r.hops != nil && constrained {
		rel.hop = s.slot()
	}
	if r.hops != nil && p.shortest == anyPath && rel.named {
		rel.walk = s.slot()
	}
	return rel
}

// keepForOthers sees to it that a relationship is kept if another pattern might match it again: no
// relationship is used twice in a match. Shortest paths are outside of that.
func (s *search) keepForOthers(r *searchRel) {
	s.spend(len(s.rels))
	for _, other := range s.rels {
		if other == r || !r.excludes(other) {
			continue
		}
		if r.hops == nil && r.slot == none {
			r.slot = s.slot()
		}
		if r.hops != nil && r.walk == none {
			r.walk = s.slot()
		}
	}
}

// excludes reports whether what one relationship pattern has matched must be kept from the other.
func (r *searchRel) excludes(other *searchRel) bool {
	return r.shortest == anyPath && other.shortest == anyPath && r.types.overlaps(other.types)
}

// plan puts the operators in order: what is known, then the cheapest that leads on.
func (s *search) plan(last operator) operator {
	for last = s.filtered(last); ; {
		s.spend(len(s.rels) + len(s.nodes) + len(s.conditions)) // looked through for every step of the plan
		last = s.filtered(s.withPaths(last))
		if r := s.cheapest(); r != nil {
			last = s.follow(r, last)
		} else if s.complete() {
			return last
		} else {
			last = s.begin(last)
		}
	}
}

// complete reports whether all nodes have been found.
func (s *search) complete() bool {
	return !slices.ContainsFunc(s.nodes, func(n *searchNode) bool { return !s.bound[n.slot] })
}

// withPaths makes the paths whose relationships have all been found.
func (s *search) withPaths(last operator) operator {
	for _, p := range s.paths {
		unsolved := func(r *searchRel) bool { return !r.solved }
		if p.solved || !s.bound[p.nodes[0].slot] || slices.ContainsFunc(p.rels, unsolved) {
			continue
		}
		o := &pathMaking{step: s.after(last, 1), to: p.slot}
		for _, n := range p.nodes {
			o.nodes = append(o.nodes, n.slot)
		}
		for _, r := range p.rels {
			o.rels = append(o.rels, r.walk)
			if r.hops == nil {
				o.rels[len(o.rels)-1] = r.slot
			}
		}
		last, p.solved, s.bound[p.slot] = o, true, true
	}
	return last
}
