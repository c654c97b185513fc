package embedded

import (
	"hash/maphash"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// source is a document whose facts are held.
type source struct {
	graph.Source
	age uint64 // the store's clock when its facts last changed
}

// memory is the image that queries will see next, and what only its writer needs. A plan changes it in two
// steps: install takes sources and claims, and puts in the file what they say; settle makes the elements of
// the image what is said of them then, and needs no file. When one fails, or the file is not written, the
// memory is of no use any more.
type memory struct {
	image
	batch uint64  // pages and leaves of other batches are shared with snapshots
	file  *ledger // of the transaction that the batch is written in

	nodeClaims, relClaims claims
	sources               []source // by id, from firstDocument on
	sourceOf              map[graph.Claimant]sourceID
	lines                 map[graph.Slot]graph.Line // that are contested
	setOf                 map[string]uint32         // where a set of labels, encoded, is in sets
	says                  sayID                     // the greatest number given to what is said
	freeSays              []sayID
	about                 column[uint32] // by number of what is said: the node or relationship

	// What follows is the batch's.
	touchedNodes, touchedRels []uint32
	freshRels                 map[uint32]bool // made by this batch
	grown                     []grown
}

// loading is the batch that fills an empty memory, before anything is shared.
const loading = 1

// grown is a list of edges that this batch made its own.
type grown struct {
	of   *column[edges]
	node uint32
}

func newMemory() *memory {
	m := &memory{
		batch:     loading,
		sources:   make([]source, firstDocument),
		sourceOf:  map[graph.Claimant]sourceID{},
		lines:     map[graph.Slot]graph.Line{},
		setOf:     map[string]uint32{},
		freshRels: map[uint32]bool{},
	}
	m.seed = maphash.MakeSeed()
	m.indexes = newIndexes()
	m.keys.id(graph.KeyProp)
	m.texts.seed = m.seed
	return m
}

// publish ends a batch and returns what queries see from now on.
func (m *memory) publish() *image {
	for _, g := range m.grown {
		l := g.of.at(g.node, m.batch)
		*l = slices.Clip(*l) // shared from now on
	}
	m.grown, m.file = m.grown[:0], nil
	m.batch++
	return m.snapshot()
}

// held returns what is held of a document; of an unknown one the zero source, which is older than any.
func (m *memory) held(d graph.Claimant) source { return m.sources[m.sourceOf[d]] }

// hold notes the version of a document that is held from now on.
func (m *memory) hold(s source) sourceID {
	id, ok := m.sourceOf[s.Source.Claimant()]
	if !ok {
		id = sourceID(len(m.sources))
		m.sources = append(m.sources, source{})
		m.sourceOf[s.Source.Claimant()] = id
	}
	m.sources[id] = s
	return id
}

func (m *memory) age(s sourceID) uint64 { return m.sources[s].age }

// node returns the node with this name, which is made if it is not there.
func (m *memory) node(label uint32, key string) uint32 {
	if id, ok := m.findNode(label, key); ok {
		return id
	}
	id := m.nodes.take(label)
	m.nodeProps.at(keyProp).set(id, value{kind: text, text: key}, &m.texts, m.batch)
	m.byRef.add(m.refWord(label, key, id), m.batch)
	return id
}

// rel returns the relationship with this name, which is made if it is not there.
func (m *memory) rel(kind, from, to uint32) (id uint32, fresh bool) {
	if id, ok := m.findRel(kind, from, to); ok {
		return id, false
	}
	id = m.rels.take(kind)
	m.ends.set(id, ends{from, to}, m.batch)
	m.own(&m.out, from, func(l edges) edges { return l.add(newEdge(kind, to, id)) })
	m.own(&m.in, to, func(l edges) edges { return l.add(newEdge(kind, from, id)) })
	for int(kind) >= len(m.relCounts) {
		m.relCounts = append(m.relCounts, 0)
	}
	m.relCounts[kind]++
	m.relCount++
	return id, true
}

// own changes a list of edges, and notes it if it was a snapshot's.
func (m *memory) own(of *column[edges], node uint32, change func(edges) edges) {
	l := of.at(node, m.batch)
	if len(*l) == cap(*l) {
		m.grown = append(m.grown, grown{of, node})
	}
	*l = change(*l)
}

func (m *memory) freeNode(id uint32) {
	if len(m.out.get(id))+len(m.in.get(id)) > 0 {
		panic("embedded: relationships of a node that nobody asserts")
	}
	m.byRef.remove(m.refWord(m.nodes.owner(id), m.nodeKey(id), id), m.batch)
	m.clearNode(id)
	m.nodes.give(id)
}

func (m *memory) freeRel(id uint32) {
	m.setProps(&m.relProps, id, nil)
	kind, e := m.rels.owner(id), m.ends.get(id)
	m.own(&m.out, e.from, func(l edges) edges { return l.remove(newEdge(kind, e.to, id)) })
	m.own(&m.in, e.to, func(l edges) edges { return l.remove(newEdge(kind, e.from, id)) })
	m.ends.set(id, ends{}, m.batch)
	m.relCounts[kind]--
	m.relCount--
	m.rels.give(id)
}

func (m *memory) touchNode(id uint32) { m.touchedNodes = append(m.touchedNodes, id) }

func (m *memory) touchRel(id uint32) { m.touchedRels = append(m.touchedRels, id) }
