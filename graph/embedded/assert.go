package embedded

import (
	"bytes"

	"github.com/assim-mesh/assim/graph"
)

// assert takes the claims that a document adds or alters, and notes in rev what they say.
func (m *memory) assert(s sourceID, rev *revision) {
	for i, n := range rev.Nodes {
		if rev.nodes[i].fate != kept {
			rev.nodes[i].says = m.claimNode(s, n)
		}
	}
	for i, r := range rev.Rels {
		if rev.rels[i].fate != kept {
			rev.rels[i].says = m.claim(&m.relClaims, m.claimed(r), s, m.relSaying(r.Props), m.touchRel)
		}
	}
}

func (m *memory) claimNode(s sourceID, n graph.Node) sayID {
	m.label(n.Label)
	for _, l := range n.Labels {
		m.label(l)
	}
	m.learnKeys(n.Props)
	say, _ := m.nodeSaying(n, saying{})
	return m.claim(&m.nodeClaims, m.node(say.label, n.Key), s, say.encode(), m.touchNode)
}

// claimed returns the relationship that is about to be claimed.
func (m *memory) claimed(r graph.Rel) uint32 {
	id, fresh := m.rel(m.relType(r.Type), m.nodeOf(r.From), m.nodeOf(r.To))
	if fresh {
		m.freshRels[id] = true
	}
	return id
}

// relSaying encodes what is said of a relationship, nil if nothing is.
func (m *memory) relSaying(p graph.Props) []byte {
	if len(p) == 0 {
		return nil
	}
	m.learnKeys(p)
	props, _ := m.props(p, nil)
	return saying{props: props}.encode()
}

// claim makes say what a source says of an element, of which it may have said something else, and returns
// the number of what it says.
func (m *memory) claim(c *claims, id uint32, s sourceID, say []byte, touch func(uint32)) sayID {
	was, had := c.by(id, s)
	says, known := m.sayingOf(c, id, say, was.says)
	if had {
		if !known && was.says != silent && !c.shares(id, was) {
			m.file.putSaying(was.says, say) // in place of what nobody says any more
			touch(id)
			return was.says
		}
		m.unclaim(c, id, s, touch)
	}
	if !known {
		says = m.number(say, id)
	}
	if c.add(id, claim{s, says}) {
		touch(id)
	}
	return says
}

// sayingOf returns the number under which somebody says something of an element already. It is not that of
// another thing, which need not be read.
func (m *memory) sayingOf(c *claims, id uint32, say []byte, another sayID) (says sayID, known bool) {
	if say == nil {
		return silent, true
	}
	var compared sayID
	for _, other := range c.of(id) {
		if other.says == silent || other.says == another || other.says == compared {
			continue
		}
		if compared = other.says; bytes.Equal(m.file.said(compared), say) {
			return compared, true
		}
		if !c.mixed(id) {
			break // all others say the same
		}
	}
	return silent, false
}

// number gives a number to what nobody says yet of an element.
func (m *memory) number(say []byte, id uint32) (says sayID) {
	if last := len(m.freeSays) - 1; last >= 0 {
		says, m.freeSays = m.freeSays[last], m.freeSays[:last]
	} else {
		m.says++
		says = m.says
	}
	m.file.putSaying(says, say)
	m.about.set(uint32(says), id, writerOnly)
	return says
}

// unclaim takes a source's claim away, and from the file what nobody says any more.
func (m *memory) unclaim(c *claims, id uint32, s sourceID, touch func(uint32)) {
	said, others, news := c.remove(id, s)
	if said != silent && !others {
		m.file.putSaying(said, nil)
		m.freeSays = append(m.freeSays, said)
	}
	if news {
		touch(id)
	}
}

// withdraw takes away the claims of what a document does not assert any more. It comes after all that the same batch
// asserts, so that what passes from one document to another stays.
func (m *memory) withdraw(s sourceID, rev *revision) {
	for _, ref := range rev.relsOut {
		m.unclaim(&m.relClaims, m.relOf(ref), s, m.touchRel)
	}
	for _, ref := range rev.nodesOut {
		m.unclaim(&m.nodeClaims, m.nodeOf(ref), s, m.touchNode)
	}
}

// rejuvenate touches what a document says as before, and others say something else of: it is the youngest
// of them now, and its properties win. Of what it gives no properties, nothing can change; what it says
// anew is touched already.
func (m *memory) rejuvenate(rev *revision) {
	for i, n := range rev.nodes {
		if n.fate != kept || len(rev.Nodes[i].Props) == 0 {
			continue
		}
		if id := m.about.get(uint32(n.says)); m.nodeClaims.mixed(id) {
			m.touchNode(id)
		}
	}
	for _, r := range rev.rels {
		if r.fate != kept || r.says == silent {
			continue
		}
		if id := m.about.get(uint32(r.says)); m.relClaims.mixed(id) {
			m.touchRel(id)
		}
	}
}

// nodeOf returns a node that is there.
func (m *memory) nodeOf(ref graph.Ref) uint32 {
	id, ok := m.find(ref)
	if !ok {
		panic("embedded: a claimed node is not there")
	}
	return id
}

// relOf returns a relationship that is there.
func (m *memory) relOf(ref graph.RelRef) uint32 {
	id, ok := m.relBetween(ref)
	if !ok {
		panic("embedded: a claimed relationship is not there")
	}
	return id
}

// label, relType and key return the numbers of names, which the file learns.
func (m *memory) label(name string) uint32   { return m.learn(&m.labels, labelNames, name) }
func (m *memory) relType(name string) uint32 { return m.learn(&m.types, typeNames, name) }
func (m *memory) key(name string) uint32     { return m.learn(&m.keys, keyNames, name) }

func (m *memory) learn(n *names, kind byte, name string) uint32 {
	id, isNew := n.id(name)
	if isNew {
		m.file.putName(kind, id, name)
	}
	return id
}

func (m *memory) learnKeys(p graph.Props) {
	for name := range p {
		m.key(name)
	}
}

// nodeSaying is what is said of a node, in place of one whose lists it uses again. It is false if a name
// in it has no number.
func (m *memory) nodeSaying(n graph.Node, in saying) (s saying, ok bool) {
	label, ok := m.labels.ids[n.Label]
	s = saying{isNode: true, label: label, key: n.Key, labels: in.labels[:0]}
	for _, name := range n.Labels {
		l, known := m.labels.ids[name]
		s.labels, ok = append(s.labels, l), ok && known
	}
	var known bool
	s.props, known = m.props(n.Props, in.props[:0])
	return s, ok && known
}

// props appends properties, by number, to none. It is false if one's name has no number.
func (m *memory) props(of graph.Props, to []prop) (props []prop, ok bool) {
	ok = true
	for name, v := range of {
		key, known := m.keys.ids[name]
		to, ok = append(to, prop{key, valueOf(v)}), ok && known
	}
	sortProps(to)
	return to, ok
}
