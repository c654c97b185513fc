package embedded

import (
	"bytes"

	"github.com/assim-mesh/assim/graph"
)

// assert takes the claims that a change adds or alters, and notes in rev what they say.
func (m *memory) assert(s sourceID, rev *revision) {
	for _, n := range rev.change.NodesAdded {
		m.claimNode(s, n, rev)
	}
	for _, n := range rev.change.NodesChanged {
		m.claimNode(s, n.New, rev)
	}
	for _, r := range rev.change.RelsAdded {
		m.claimRel(s, r, rev)
	}
	for _, r := range rev.change.RelsChanged {
		m.claimRel(s, r.New, rev)
	}
}

func (m *memory) claimNode(s sourceID, n graph.Node, rev *revision) {
	say := saying{isNode: true, label: m.label(n.Label), key: n.Key, props: m.props(n.Props)}
	for _, l := range n.Labels {
		say.labels = append(say.labels, m.label(l))
	}
	id := m.node(say.label, n.Key)
	_, had := rev.nodes[n.Ref]
	rev.nodes[n.Ref] = m.claim(&m.nodeClaims, id, s, say.encode(), had, m.touchNode)
}

func (m *memory) claimRel(s sourceID, r graph.Rel, rev *revision) {
	id := m.claimed(r)
	_, had := rev.rels[r.Ref()]
	rev.rels[r.Ref()] = m.claim(&m.relClaims, id, s, m.relSaying(r.Props), had, m.touchRel)
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
	return saying{props: m.props(p)}.encode()
}

// claim makes say what a source says of an element, of which it may have had a claim, and returns the
// number of what it says.
func (m *memory) claim(c *claims, id uint32, s sourceID, say []byte, had bool, touch func(uint32)) sayID {
	says := m.number(c, id, say)
	if had {
		if was, _ := c.by(id, s); was.says == says {
			return says
		}
		m.unclaim(c, id, s, touch)
	}
	if c.add(id, claim{s, says}) {
		touch(id)
	}
	return says
}

// number returns the number of what is said of an element: that under which somebody says it already,
// or a new one.
func (m *memory) number(c *claims, id uint32, say []byte) sayID {
	if say == nil {
		return silent
	}
	var compared sayID
	for _, other := range c.of(id) {
		if other.says == silent || other.says == compared {
			continue
		}
		if compared = other.says; bytes.Equal(m.file.said(compared), say) {
			return compared
		}
		if !c.mixed(id) {
			break // all others say the same
		}
	}
	var says sayID
	if last := len(m.freeSays) - 1; last >= 0 {
		says, m.freeSays = m.freeSays[last], m.freeSays[:last]
	} else {
		m.says++
		says = m.says
	}
	m.file.putSaying(says, say)
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

// withdraw takes away the claims that a change removes. It comes after all that the same batch
// asserts, so that what passes from one document to another stays.
func (m *memory) withdraw(s sourceID, rev *revision) {
	for _, r := range rev.change.RelsRemoved {
		delete(rev.rels, r.Ref())
		m.unclaim(&m.relClaims, m.relOf(r.Ref()), s, m.touchRel)
	}
	for _, n := range rev.change.NodesRemoved {
		delete(rev.nodes, n.Ref)
		m.unclaim(&m.nodeClaims, m.nodeOf(n.Ref), s, m.touchNode)
	}
}

// rejuvenate touches what a source shares with others that say something else: it is the youngest of
// them now, and its properties win. Of what it gives no properties, nothing can change.
func (m *memory) rejuvenate(f graph.Facts) {
	for _, n := range f.Nodes {
		if len(n.Props) == 0 {
			continue
		}
		if id := m.nodeOf(n.Ref); m.nodeClaims.mixed(id) {
			m.touchNode(id)
		}
	}
	for _, r := range f.Rels {
		if len(r.Props) == 0 {
			continue
		}
		if id := m.relOf(r.Ref()); m.relClaims.mixed(id) {
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

func (m *memory) props(of graph.Props) []prop {
	props := make([]prop, 0, len(of))
	for name, v := range of {
		props = append(props, prop{m.key(name), valueOf(v)})
	}
	sortProps(props)
	return props
}
