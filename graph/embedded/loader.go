package embedded

import (
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// loader fills a memory from the records of a file, bucket by bucket. What is ordered in memory it sorts
// once at the end, and lists of edges it makes once their lengths are known.
type loader struct {
	*memory
	sayings column[loaded] // by number
	relSaid []numbered     // of relationships, saying by saying
	refs    []uint64       // of byRef

	byKey map[nodeName]uint32 // nodes whose key is also that of another label's
	first []uint32            // by text: the first node of which it is the key
	bare  column[bool]        // by node: nothing was said of it yet but its name
}

// loaded is a saying while a file is read.
type loaded struct {
	about  uint32 // the node it is about; for a relationship, where in relSaid its properties begin
	size   uint32 // how many labels and properties it gives
	of     subject
	unused bool // nobody has said it yet
}

// subject is what a saying is about; none where there is no saying.
type subject uint8

const (
	none subject = iota
	aNode
	aRel
)

// numbered is a property whose text has its number already.
type numbered struct {
	key  uint32
	kind kind
	bits uint64
}

// nodeName is a first label and the number of a key.
type nodeName struct{ label, text uint32 }

// newLoader returns a loader of what a file has as much of as its head says: room that is there from the
// start need not be made again and again.
func newLoader(file *ledger) *loader {
	l := &loader{memory: newMemory(), byKey: map[nodeName]uint32{}}
	l.file = file
	most := uint64(file.tx.Size()) / 16 // bytes that bbolt keeps of a record besides key and value
	sources := int(min(file.head.Sources.Records, most))
	l.sourceOf = make(map[graph.Claimant]sourceID, sources)
	l.sources = slices.Grow(l.sources, sources)
	l.texts.reserve(int(min(file.head.Sayings.Records, most)))
	return l
}

func (l *loader) name(n *nameRead) error {
	of := map[byte]*names{labelNames: &l.labels, typeNames: &l.types, keyNames: &l.keys}[n.kind]
	if of == nil {
		return errUnreadable
	}
	if id, isNew := of.id(n.name); !isNew || id != n.id {
		return fmt.Errorf("name %q is out of place", n.name)
	}
	return nil
}

// saying makes the node that something is said of, and keeps what is said of a relationship.
func (l *loader) saying(s *sayingRead) error {
	for l.says++; l.says < s.id; l.says++ {
		l.freeSays = append(l.freeSays, l.says)
	}
	if !l.numbersKnown(&s.saying) {
		return fmt.Errorf("saying %d: %w", s.id, errUnreadable)
	}
	one := loaded{of: aRel, size: uint32(len(s.labels) + len(s.props)), unused: true}
	if s.isNode {
		one.of, one.about = aNode, l.named(&s.saying)
		l.about.set(uint32(s.id), one.about, writerOnly)
	} else {
		one.about = uint32(len(l.relSaid))
		for _, p := range s.props {
			l.relSaid = append(l.relSaid, l.numbered(p))
		}
	}
	l.sayings.set(uint32(s.id), one, writerOnly)
	return nil
}

// numbersKnown reports whether the labels and properties of a saying have names. To make room for a
// number that was never given could take all memory.
func (l *loader) numbersKnown(s *saying) bool {
	isLabel := func(label uint32) bool { return int(label) < len(l.labels.list) }
	known := isLabel(s.label) || !s.isNode
	for _, label := range s.labels {
		known = known && isLabel(label)
	}
	for _, p := range s.props {
		known = known && int(p.key) < len(l.keys.list)
	}
	return known
}

func (l *loader) numbered(p prop) numbered {
	n := numbered{key: p.key, kind: p.kind, bits: p.bits}
	if p.kind == text || p.kind == list {
		n.bits = uint64(l.texts.use(p.text, l.batch))
	}
	return n
}

// named returns the node with the name in a saying. If it is not there, it is made as the saying has it;
// if more than one thing is said of it, see end.
func (l *loader) named(s *saying) uint32 {
	key := l.texts.use(s.key, l.batch)
	id, ok := l.known(s.label, key)
	switch {
	case !ok:
		id = l.newNode(s, key)
	case l.bare.get(id):
		l.texts.drop(key, l.batch) // the node has it
		l.describe(id, s)
	default:
		l.texts.drop(key, l.batch)
	}
	return id
}

// known returns a node that is there already, by its first label and the number of its key.
func (l *loader) known(label, key uint32) (node uint32, ok bool) {
	if int(key) >= len(l.first) || l.first[key] == 0 {
		return 0, false
	}
	if node = l.first[key]; l.nodes.owner(node) == label {
		return node, true
	}
	node, ok = l.byKey[nodeName{label, key}]
	return node, ok
}

// newNode makes a node whose key has a number, of which the node becomes a user.
func (l *loader) newNode(s *saying, key uint32) uint32 {
	id := l.nodes.take(s.label)
	l.nodeProps.at(keyProp).put(id, text, uint64(key), l.batch)
	l.describe(id, s)
	if missing := int(key) + 1 - len(l.first); missing > 0 {
		l.first = append(l.first, make([]uint32, missing)...)
	}
	if l.first[key] == 0 {
		l.first[key] = id
	} else {
		l.byKey[nodeName{s.label, key}] = id
	}
	l.refs = append(l.refs, l.refWord(s.label, s.key, id))
	return id
}

// describe gives a node that has none yet the labels and properties of a saying.
func (l *loader) describe(id uint32, s *saying) {
	l.relabel(id, l.labelSet(s.label, s.labels))
	for _, p := range s.props {
		n := l.numbered(p)
		l.nodeProps.at(p.key).put(id, n.kind, n.bits, l.batch)
	}
	if bare := len(s.labels)+len(s.props) == 0; bare != l.bare.get(id) {
		l.bare.set(id, bare, writerOnly)
	}
}

// source takes the claims of a document.
func (l *loader) source(s *sourceRead) error {
	where := func(err error) error {
		return fmt.Errorf("document %q of host %q: %w", s.Instance, s.Host, err)
	}
	if s.age > l.file.head.Clock {
		return where(errUnreadable)
	}
	id := l.hold(source{
		Source: graph.Source{Host: s.Host, Instance: s.Instance, Boot: s.boot, Seq: s.seq, Hash: s.hash},
		age:    s.age,
	})
	for _, says := range s.nodes {
		said := l.use(says)
		if said.of != aNode {
			return where(fmt.Errorf("saying %d is of no node", says))
		}
		l.nodeClaims.add(said.about, claim{id, says})
	}
	for _, r := range s.rels {
		from, to := l.sayings.get(uint32(s.nodes[r.from])).about, l.sayings.get(uint32(s.nodes[r.to])).about
		if !l.claims(s.Host, r, from) {
			continue
		}
		if err := l.relClaim(id, r.kind, from, to, r.says); err != nil {
			return where(err)
		}
	}
	return nil
}

// relClaim makes a relationship for a claim, whether others claim it too or not: see merge.
func (l *loader) relClaim(source sourceID, kind, from, to uint32, says sayID) error {
	said := l.use(says)
	if int(kind) >= len(l.types.list) || says != silent && said.of != aRel {
		return fmt.Errorf("a relationship of type %d refers to saying %d", kind, says)
	}
	if l.rels.limit() > maxID {
		return fmt.Errorf("%w: more than %d claims of relationships", ErrFull, maxID)
	}
	id := l.rels.take(kind)
	l.ends.set(id, ends{from, to}, l.batch)
	for _, p := range l.relSaid[said.about:][:said.size] {
		if p.kind == text || p.kind == list {
			l.texts.users[p.bits]++
		}
		l.relProps.at(p.key).put(id, p.kind, p.bits, l.batch)
	}
	l.relClaims.add(id, claim{source, says})
	l.about.set(uint32(says), id, writerOnly)
	return nil
}

// use notes that somebody says a saying, and returns it; the zero one if there is none of this number.
func (l *loader) use(says sayID) loaded {
	one := l.sayings.get(uint32(says))
	if one.unused {
		l.sayings.at(uint32(says), writerOnly).unused = false
	}
	return one
}

func (l *loader) resolved(r *resolvedRead) error {
	kind, ok := l.types.ids[r.ref.Type]
	if !ok {
		return fmt.Errorf("nothing is of the resolved type %q", r.ref.Type)
	}
	ends := [2]uint32{}
	for i, end := range []graph.Ref{r.ref.From, r.ref.To} {
		if ends[i], ok = l.known(l.labels.ids[end.Label], l.texts.find(end.Key)); !ok {
			return fmt.Errorf("resolved %q ends at %q, which nothing asserts", r.ref.Type, end.Key)
		}
	}
	return l.relClaim(resolver, kind, ends[0], ends[1], r.says)
}

// end sees that nothing is left over, unites what differs, builds what is sorted, and gives back what
// lists have grown too much.
func (l *loader) end() error {
	for says := range l.says + 1 {
		if l.sayings.get(uint32(says)).unused {
			return fmt.Errorf("nobody says saying %d", says)
		}
	}
	for _, p := range l.relSaid {
		if p.kind == text || p.kind == list {
			l.texts.drop(uint32(p.bits), l.batch)
		}
	}
	l.byKey, l.first, l.relSaid = nil, nil, nil
	slices.Sort(l.refs)
	l.byRef, l.refs = newWordSet(l.refs, l.batch), nil
	l.listEdges()
	debug.FreeOSMemory() // or memory would be at its greatest here: to pack takes as much as it gives back
	l.nodeClaims.pack()
	l.relClaims.pack()
	l.settle()
	l.sayings, l.bare = column[loaded]{}, column[bool]{}
	for i := range l.indexes {
		l.indexes[i].fill(&l.image, l.batch)
	}
	return nil
}

// settle makes of elements of which different things are said what all that comes to.
func (l *loader) settle() {
	looks := 0
	release := func() { // sayings lie all over the file
		if looks++; looks%releaseEvery == 0 {
			boltfile.Release(l.file.tx)
		}
	}
	for id := range l.nodeClaims.differing() {
		if l.contested(id) {
			release()
			s := unite(l.said(&l.nodeClaims, id))
			l.relabel(id, l.labelSet(s.label, s.labels))
			l.setProps(&l.nodeProps, id, withKey(s))
		}
	}
	for id := range l.relClaims.differing() {
		release()
		l.setProps(&l.relProps, id, unite(l.said(&l.relClaims, id)).props)
	}
}

// contested reports whether more than one of the sayings of a node gives it labels or properties. Most
// documents only name the nodes that others describe.
func (l *loader) contested(node uint32) bool {
	var one sayID
	for _, c := range l.nodeClaims.of(node) {
		switch {
		case l.sayings.get(uint32(c.says)).size == 0, c.says == one:
		case one != 0:
			return true
		default:
			one = c.says
		}
	}
	return false
}
