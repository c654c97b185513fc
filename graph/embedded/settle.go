package embedded

import (
	"cmp"
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// outcome is what is said, after a batch, of the elements that it touched.
type outcome struct{ rels, nodes []element }

// element is a node or relationship and what is said of it, the youngest last. One of which nothing is said
// goes.
type element struct {
	id   uint32
	said []saying
}

// outcome reads what is said of the elements that the batch touched.
func (m *memory) outcome() outcome {
	o := outcome{m.elements(&m.relClaims, m.touchedRels), m.elements(&m.nodeClaims, m.touchedNodes)}
	m.touchedRels, m.touchedNodes = m.touchedRels[:0], m.touchedNodes[:0]
	return o
}

func (m *memory) elements(c *claims, touched []uint32) []element {
	slices.Sort(touched)
	touched = slices.Compact(touched)
	all := make([]element, len(touched))
	for i, id := range touched {
		all[i] = element{id, m.said(c, id)}
	}
	return all
}

// settle makes of every element what is said of it, and says what came of it. It needs no file.
func (m *memory) settle(o outcome) (done graph.Applied) {
	for _, e := range o.rels {
		m.settleRel(e.id, e.said, &done)
	}
	for _, e := range o.nodes { // second: by now they have lost their dead relationships
		m.settleNode(e.id, e.said, &done)
	}
	clear(m.freshRels)
	return done
}

func (m *memory) settleRel(id uint32, parts []saying, done *graph.Applied) {
	switch fresh := m.freshRels[id]; {
	case len(parts) == 0:
		m.freeRel(id)
		if !fresh {
			done.RelsRemoved++
		}
	case fresh:
		m.setProps(&m.relProps, id, unite(parts).props)
		done.RelsAdded++
	case m.setProps(&m.relProps, id, unite(parts).props):
		done.RelsChanged++
	}
}

func (m *memory) settleNode(id uint32, parts []saying, done *graph.Applied) {
	switch fresh := m.labelSets.get(id) == 0; {
	case len(parts) == 0:
		m.freeNode(id)
		if !fresh {
			done.NodesRemoved++
		}
	case fresh:
		m.setNode(id, unite(parts))
		done.NodesAdded++
	case m.setNode(id, unite(parts)):
		done.NodesChanged++
	}
}

// said reads what is said of an element, the youngest last.
func (m *memory) said(c *claims, id uint32) (parts []saying) {
	for _, says := range c.distinct(id, m.age) {
		parts = append(parts, m.file.saying(says))
	}
	return parts
}

// setNode makes a node what is said of it, and reports whether it was another.
func (m *memory) setNode(id uint32, s saying) (changed bool) {
	changed = m.relabel(id, m.labelSet(s.label, s.labels))
	return m.setNodeProps(id, withKey(s)) || changed
}

// withKey returns the properties of a node, its key among them.
func withKey(s saying) []prop {
	return append([]prop{{keyProp, value{kind: text, text: s.key}}}, s.props...)
}

// clearNode takes everything from a node.
func (m *memory) clearNode(id uint32) {
	m.relabel(id, 0)
	m.setNodeProps(id, nil)
}

func (m *memory) setNodeProps(id uint32, props []prop) (changed bool) {
	label := m.labels.list[m.nodes.owner(id)]
	for i := range m.indexes {
		if x := &m.indexes[i]; x.label == label {
			m.reindex(x, id, props)
		}
	}
	return m.setProps(&m.nodeProps, id, props)
}

// reindex enters a node under the value it will have, before it has it.
func (m *memory) reindex(x *index, id uint32, props []prop) {
	key, ok := m.keys.ids[x.prop]
	if !ok {
		return // nothing has this property
	}
	was, is := m.nodeProps.at(key).value(id, &m.texts), value{}
	if i := slices.IndexFunc(props, func(p prop) bool { return p.key == key }); i >= 0 {
		is = props[i].value
	}
	if was != is {
		x.move(id, was, is, m.seed, m.batch)
	}
}

// setProps gives an element these properties and no others, and reports whether it had others.
func (m *memory) setProps(of *properties, id uint32, props []prop) (changed bool) {
	if len(props) > 0 {
		of.at(props[len(props)-1].key) // the greatest
	}
	for key := range *of {
		var is value
		if len(props) > 0 && props[0].key == uint32(key) {
			is, props = props[0].value, props[1:]
		}
		if p := &(*of)[key]; p.value(id, &m.texts) != is {
			p.set(id, is, &m.texts, m.batch)
			changed = true
		}
	}
	return changed
}

// labelSet returns 1 + the index in sets of a first label and further ones.
func (m *memory) labelSet(first uint32, further []uint32) uint32 {
	slices.SortFunc(further, func(a, b uint32) int { return cmp.Compare(m.labels.list[a], m.labels.list[b]) })
	set := []cypher.LabelID{cypher.LabelID(first)}
	for _, l := range slices.Compact(further) {
		set = append(set, cypher.LabelID(l))
	}
	key := string(appendNumbers(nil, set))
	number, ok := m.setOf[key]
	if !ok {
		m.sets = append(m.sets, set)
		number = uint32(len(m.sets))
		m.setOf[key] = number
	}
	return number
}

// relabel gives a node another set of labels, 0 for none, and reports whether it had another.
func (m *memory) relabel(id, set uint32) (changed bool) {
	was := m.labelSets.get(id)
	if was == set {
		return false
	}
	for i, l := range m.labelsOf(id) {
		m.labelled[l].remove(id, m.batch)
		if i > 0 {
			m.further[l]--
		}
	}
	m.labelSets.set(id, set, m.batch)
	for i, l := range m.labelsOf(id) {
		m.listLabel(l)
		m.labelled[l].add(id, m.batch)
		if i > 0 {
			m.further[l]++
		}
	}
	switch {
	case was == 0:
		m.all.add(id, m.batch)
	case set == 0:
		m.all.remove(id, m.batch)
	}
	return true
}

// listLabel makes room for a label's nodes.
func (m *memory) listLabel(l cypher.LabelID) {
	if missing := int(l) + 1 - len(m.labelled); missing > 0 {
		m.labelled = append(m.labelled, make([]idSet, missing)...)
		m.further = append(m.further, make([]int, missing)...)
	}
}
