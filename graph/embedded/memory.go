package embedded

import (
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

type node struct {
	element
	ref     graph.Ref
	out, in []edge   // by the end at this node; a loop is in both
	places  []uint32 // where it stands in the list of each of content.labels
}

type rel struct {
	element
	kind     uint32 // index in memory.kinds
	from, to cypher.NodeID
}

// edge is a relationship as its node sees it, with what most searches want to know of it.
type edge struct {
	rel   cypher.RelID
	other cypher.NodeID
	kind  uint32
}

type document struct{ host, instance string }

func documentOf(s graph.Source) document { return document{s.Host, s.Instance} }

// source is a document whose facts are held.
type source struct {
	graph.Source
	age uint64 // the store's clock when its facts last changed
}

// memory is the graph. Changes go in three steps: hold the sources, change claims, finish.
type memory struct {
	nodes     []*node // by id; nil where free
	rels      []*rel
	freeNodes []cypher.NodeID
	freeRels  []cypher.RelID

	byRef   map[graph.Ref]cypher.NodeID
	labels  *labelLists
	indexes []*index

	kinds  []string // types of relationships
	kindOf map[string]uint32
	names  []string // labels and names of properties, each once in memory
	nameOf map[string]uint32

	sources  []source // by id; the first is the resolver, which stays zero
	sourceOf map[document]sourceID

	touchedNodes []cypher.NodeID
	touchedRels  []cypher.RelID
}

func newMemory() *memory {
	return &memory{
		byRef:    map[graph.Ref]cypher.NodeID{},
		labels:   newLabelLists(),
		indexes:  newIndexes(),
		kindOf:   map[string]uint32{},
		nameOf:   map[string]uint32{},
		sources:  make([]source, 1),
		sourceOf: map[document]sourceID{},
	}
}

// held returns what is held of a document; of an unknown one the zero source, which is older than any.
func (m *memory) held(d document) source { return m.sources[m.sourceOf[d]] }

// hold notes the version of a document that is held from now on.
func (m *memory) hold(s source) sourceID {
	id, ok := m.sourceOf[documentOf(s.Source)]
	if !ok {
		id = sourceID(len(m.sources))
		m.sources = append(m.sources, source{})
		m.sourceOf[documentOf(s.Source)] = id
	}
	m.sources[id] = s
	return id
}

func (m *memory) age(s sourceID) uint64 { return m.sources[s].age }

// assert takes the claims that a change adds or alters.
func (m *memory) assert(s sourceID, c graph.Change) {
	for _, n := range c.NodesAdded {
		m.touchNode(m.node(n.Ref)).add(s, m.nodeAssertion(n))
	}
	for _, n := range c.NodesChanged {
		m.touchNode(m.node(n.New.Ref)).change(s, m.nodeAssertion(n.New))
	}
	for _, r := range c.RelsAdded {
		m.touchRel(m.rel(r.Ref())).add(s, m.relAssertion(r))
	}
	for _, r := range c.RelsChanged {
		m.touchRel(m.rel(r.New.Ref())).change(s, m.relAssertion(r.New))
	}
}

// withdraw takes away the claims that a change removes. It comes after all that the same batch
// asserts, so that what passes from one document to another stays.
func (m *memory) withdraw(s sourceID, c graph.Change) {
	for _, r := range c.RelsRemoved {
		m.withdrawRel(s, r.Ref())
	}
	for _, n := range c.NodesRemoved {
		m.touchNode(m.byRef[n.Ref]).remove(s)
	}
}

func (m *memory) withdrawRel(s sourceID, ref graph.RelRef) {
	id, ok := m.findRel(ref)
	if !ok {
		panic("embedded: a claimed relationship is not there")
	}
	m.touchRel(id).remove(s)
}

// rejuvenate touches what a source shares with others that say something else: it is the youngest of
// them now.
func (m *memory) rejuvenate(f graph.Facts) {
	for _, n := range f.Nodes {
		if id := m.byRef[n.Ref]; m.nodes[id].mixed {
			m.touchNode(id)
		}
	}
	for _, r := range f.Rels {
		if id, ok := m.findRel(r.Ref()); ok && m.rels[id].mixed {
			m.touchRel(id)
		}
	}
}

// finish unites the claims that have changed and says what came of it.
func (m *memory) finish() (done graph.Applied) {
	for _, id := range m.touchedRels {
		r := m.rels[id]
		was, is := r.settle(m.age)
		count(was, is, &done.RelsAdded, &done.RelsRemoved, &done.RelsChanged)
		if is == nil {
			m.freeRel(id)
		}
	}
	for _, id := range m.touchedNodes { // second: by now they have lost their dead relationships
		n := m.nodes[id]
		was, is := n.settle(m.age)
		count(was, is, &done.NodesAdded, &done.NodesRemoved, &done.NodesChanged)
		if was == is {
			continue // one more or one less of many that say the same
		}
		if was != nil {
			m.unindex(id, was)
		}
		if is != nil {
			m.index(id)
		} else {
			m.freeNode(id)
		}
	}
	m.touchedRels, m.touchedNodes = m.touchedRels[:0], m.touchedNodes[:0]
	return done
}

// settle unites the claims of a touched element and returns the content before and after.
func (e *element) settle(age func(sourceID) uint64) (was, is *assertion) {
	was, is = e.content, e.unite(age)
	e.content, e.touched = is, false
	return was, is
}

func count(was, is *assertion, added, removed, changed *int) {
	switch {
	case was == nil && is != nil:
		*added++
	case was != nil && is == nil:
		*removed++
	case was != nil && !was.equal(is):
		*changed++
	}
}

// node returns the node with this name, which is made if it is not there.
func (m *memory) node(ref graph.Ref) cypher.NodeID {
	if id, ok := m.byRef[ref]; ok {
		return id
	}
	ref.Label = m.name(ref.Label)
	id := place(&m.nodes, &m.freeNodes, &node{ref: ref})
	m.byRef[ref] = id
	return id
}

func (m *memory) freeNode(id cypher.NodeID) {
	n := m.nodes[id]
	if len(n.out)+len(n.in) > 0 {
		panic("embedded: relationships of a node that nobody asserts")
	}
	delete(m.byRef, n.ref)
	m.nodes[id] = nil
	m.freeNodes = append(m.freeNodes, id)
}

// rel returns the relationship with this name, whose ends are there; it is made if it is not.
func (m *memory) rel(ref graph.RelRef) cypher.RelID {
	if id, ok := m.findRel(ref); ok {
		return id
	}
	kind, ok := m.kindOf[ref.Type]
	if !ok {
		kind = uint32(len(m.kinds))
		m.kinds = append(m.kinds, ref.Type)
		m.kindOf[ref.Type] = kind
	}
	from, to := m.byRef[ref.From], m.byRef[ref.To]
	id := place(&m.rels, &m.freeRels, &rel{kind: kind, from: from, to: to})
	m.nodes[from].out = append(m.nodes[from].out, edge{id, to, kind})
	m.nodes[to].in = append(m.nodes[to].in, edge{id, from, kind})
	return id
}

func (m *memory) freeRel(id cypher.RelID) {
	r := m.rels[id]
	cut := func(edges []edge) []edge {
		i := slices.IndexFunc(edges, func(e edge) bool { return e.rel == id })
		edges[i] = edges[len(edges)-1]
		return edges[:len(edges)-1]
	}
	from, to := m.nodes[r.from], m.nodes[r.to]
	from.out, to.in = cut(from.out), cut(to.in)
	m.rels[id] = nil
	m.freeRels = append(m.freeRels, id)
}

// findRel looks among the fewer relationships of the two ends.
func (m *memory) findRel(ref graph.RelRef) (cypher.RelID, bool) {
	from, ok1 := m.byRef[ref.From]
	to, ok2 := m.byRef[ref.To]
	kind, ok3 := m.kindOf[ref.Type]
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	edges, other := m.nodes[from].out, to
	if in := m.nodes[to].in; len(in) < len(edges) {
		edges, other = in, from
	}
	for _, e := range edges {
		if e.other == other && e.kind == kind {
			return e.rel, true
		}
	}
	return 0, false
}

// place puts v where a free id says, or at the end.
func place[T any, ID ~uint32](all *[]T, free *[]ID, v T) ID {
	if last := len(*free) - 1; last >= 0 {
		id := (*free)[last]
		*free = (*free)[:last]
		(*all)[id] = v
		return id
	}
	*all = append(*all, v)
	return ID(len(*all) - 1)
}

func (m *memory) touchNode(id cypher.NodeID) *element {
	n := m.nodes[id]
	if !n.touched {
		n.touched = true
		m.touchedNodes = append(m.touchedNodes, id)
	}
	return &n.element
}

func (m *memory) touchRel(id cypher.RelID) *element {
	r := m.rels[id]
	if !r.touched {
		r.touched = true
		m.touchedRels = append(m.touchedRels, id)
	}
	return &r.element
}

func (m *memory) nodeAssertion(n graph.Node) *assertion {
	a := assertion{labels: make([]string, 0, 1+len(n.Labels)), props: make(graph.Props, 1+len(n.Props))}
	for _, l := range append([]string{n.Label}, n.Labels...) {
		a.labels = append(a.labels, m.name(l))
	}
	for name, v := range n.Props {
		a.props[m.name(name)] = v
	}
	a.props[m.name(graph.KeyProp)] = n.Key
	return &a
}

func (m *memory) relAssertion(r graph.Rel) *assertion {
	a := assertion{props: make(graph.Props, len(r.Props))}
	for name, v := range r.Props {
		a.props[m.name(name)] = v
	}
	return &a
}

// name returns s as it is in memory already.
func (m *memory) name(s string) string {
	if known, ok := m.nameOf[s]; ok {
		return m.names[known]
	}
	m.nameOf[s] = uint32(len(m.names))
	m.names = append(m.names, s)
	return s
}
