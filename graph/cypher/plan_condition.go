package cypher

// Shares of the rows that conditions are expected to let through.
const (
	likely  = 0.5 // anything
	seldom  = 0.1 // an equality
	grouped = 0.1 // groups of their rows
)

// pending is a condition that waits for what it speaks of.
type pending struct {
	needs  []int            // slots
	make   func() condition // called once, when all of them are bound
	share  float64          // of the rows that pass
	text   string
	label  labelExpr // of the only slot it needs, if that is all it says
	of     expr      // what it comes from, if that is an expression
	placed bool
}

// equality is a condition that a property of a node has a value, or one of a list of values.
type equality struct {
	key   string
	value expr
	anyOf bool // IN
}

// when adds a condition.
func (s *search) when(needs []int, share float64, text string, make func() condition) *pending {
	c := &pending{needs: needs, make: make, share: share, text: text}
	s.conditions = append(s.conditions, c)
	return c
}

// filtered applies the conditions for which everything is bound.
func (s *search) filtered(last operator) operator {
	f := &filter{}
	share := 1.0
	for _, c := range s.conditions {
		if c.placed || !s.allBound(c.needs) {
			continue
		}
		c.placed = true
		f.conditions = append(f.conditions, c.make())
		share *= c.share
		f.text = joined(f.text, c.text)
	}
	if len(f.conditions) == 0 {
		return last
	}
	f.step = s.after(last, share)
	return f
}

// joined adds the text of a condition to those before it.
func joined(text, condition string) string {
	if text == "" || condition == "" {
		return text + condition
	}
	return text + " AND " + condition
}

// slotsOf returns the slots that an expression needs, but for one variable's.
func (s *search) slotsOf(e expr, except string) []int {
	var needs []int
	for name := range mentions(e) {
		if slot, ok := s.visible[name]; ok && name != except {
			needs = append(needs, slot)
		}
	}
	return needs
}

// addConditions adds what AND joins, each by itself.
func (s *search) addConditions(e expr) {
	for _, e := range conjuncts(e, nil) {
		share := likely
		for _, n := range s.equalitiesIn(e) {
			n.node.equalities = append(n.node.equalities, n.equality)
			share = seldom
		}
		c := s.when(s.slotsOf(e, ""), share, textOf(e), func() condition { return s.compiler(s.visible).condition(e) })
		c.of = e
	}
}

// conjuncts appends what AND joins.
func conjuncts(e expr, all []expr) []expr {
	if b, ok := e.(*binary); ok && b.op == "AND" {
		return conjuncts(b.right, conjuncts(b.left, all))
	}
	if e == nil {
		return all
	}
	return append(all, e)
}

// nodeEquality is an equality and the node it is about.
type nodeEquality struct {
	node *searchNode
	equality
}

// equalitiesIn takes n.key = value, value = n.key and n.key IN list for what they say of nodes.
func (s *search) equalitiesIn(e expr) (all []nodeEquality) {
	b, ok := e.(*binary)
	if !ok || b.op != "=" && b.op != "IN" {
		return nil
	}
	if n, key := s.nodeProperty(b.left); n != nil {
		all = append(all, nodeEquality{n, equality{key, b.right, b.op == "IN"}})
	}
	if n, key := s.nodeProperty(b.right); n != nil && b.op == "=" {
		all = append(all, nodeEquality{n, equality{key, b.left, false}})
	}
	return all
}

// nodeProperty returns the node of the patterns that e is a property of, if it is one.
func (s *search) nodeProperty(e expr) (*searchNode, string) {
	p, ok := e.(*property)
	if !ok {
		return nil, ""
	}
	v, ok := p.of.(*variable)
	if !ok {
		return nil, ""
	}
	for _, n := range s.nodes {
		if n.slot == s.visible[v.name] {
			return n, p.key
		}
	}
	return nil, ""
}

// addNodeConditions adds what a node pattern asks of a node.
func (s *search) addNodeConditions(p *nodePattern, n *searchNode) {
	if p.labels != nil {
		n.labels = append(n.labels, p.labels)
		n.required = append(n.required, p.labels.required()...)
		c := s.when([]int{n.slot}, likely, labelText(p.labels), func() condition {
			holds := s.nodeLabels(p.labels)
			return func() bool { id, is := s.row[n.slot].(NodeID); return is && holds(id) }
		})
		c.label = p.labels
	}
	if props, ok := p.props.(*mapping); ok {
		for i, key := range props.keys {
			value := props.values[i]
			n.equalities = append(n.equalities, equality{key, value, false})
			s.addEquality(n.slot, key, value)
		}
	}
	s.addConditions(p.where)
}

// addEquality adds a condition that a property of the node or relationship in a slot has a value.
func (s *search) addEquality(slot int, key string, e expr) {
	s.when(append(s.slotsOf(e, ""), slot), seldom, key+" = "+textOf(e), func() condition {
		return s.propEquals(s.compiler(s.visible), slot, key, e)
	})
}

// propEquals compiles the comparison of a property with a value. What is neither a node nor a
// relationship, as null from an OPTIONAL MATCH before, has no properties.
func (s *search) propEquals(c *compiler, slot int, key string, e expr) condition {
	id, known := s.graph.Key(key)
	if !known {
		s.graph.unknown.add(aKey, key)
	}
	value := c.expr(e)
	return func() bool {
		want := value()
		s.spend(1)
		if !known {
			return false
		}
		switch of := s.row[slot].(type) {
		case NodeID:
			return equal(stored(s.graph.NodeProp(of, id)), want) == true
		case RelID:
			return equal(stored(s.graph.RelProp(of, id)), want) == true
		}
		return false
	}
}
