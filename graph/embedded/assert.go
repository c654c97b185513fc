package embedded

import (
	"bytes"

	"github.com/assim-mesh/assim/graph"
)

// assert takes the claims that a document adds or alters, and notes in rev what they say.
func (m *memory) assert(s sourceID, rev *revision) {
	for i, n := range rev.Nodes {
		switch said := &rev.nodes[i]; said.fate {
		case added:
			said.says = m.claimNode(s, m.node(m.label(n.Label), n.Key), n)
		case changed:
			said.says = m.claimNode(s, m.about.get(uint32(said.says)), n)
		}
	}
	for i, r := range rev.Rels {
		if rev.rels[i].fate != kept {
			rev.rels[i].says = m.claim(&m.relClaims, m.claimed(r), s, m.relSaying(r.Props), m.touchRel)
		}
	}
}

func (m *memory) claimNode(s sourceID, id uint32, n graph.Node) sayID {
	return m.claim(&m.nodeClaims, id, s, m.nodeSaying(n), m.touchNode)
}

// claimed returns the relationship that is about to be claimed.
func (m *memory) claimed(r graph.Rel) uint32 {
	id, fresh := m.rel(m.relType(r.Type), m.nodeOf(r.From), m.nodeOf(r.To))
	if fresh {
		m.freshRels[id] = true
	}
	return id
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
