package embedded

import (
	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// revision is a document whose record is to be written, or whose claims change. Once plan.contest has run,
// what is exclusive is kept, unless its claim comes or goes.
type revision struct {
	graph.Facts
	age      uint64    // the store's clock when the facts changed last: now, unless only their Source did
	aged     bool      // it is now
	absent   bool      // from the batch: its record stays as it is, and Facts has but what it comes to claim
	nodes    []said    // by place in Facts.Nodes
	rels     []saidRel // by place in Facts.Rels
	nodesOut []graph.Ref
	relsOut  []graph.RelRef // what the document asserted and does not assert any more
}

// said is what becomes of what a document says of an element.
type said struct {
	fate fate
	says sayID // where the file has it: before the batch as it held, after it as is to be recorded
}

// saidRel has besides the places of a relationship's ends in Facts.Nodes.
type saidRel struct {
	said
	from, to int
}

type fate uint8

const (
	added fate = iota
	changed
	kept
)

// changes reports whether the document asserts anything else than before.
func (rev *revision) changes() bool {
	for _, n := range rev.nodes {
		if n.fate != kept {
			return true
		}
	}
	for _, r := range rev.rels {
		if r.fate != kept {
			return true
		}
	}
	return len(rev.nodesOut)+len(rev.relsOut) > 0
}

// revisions compares documents with what is held of them. Besides what it writes, a batch is mostly this, so
// that every processor takes a part of them and reads the file, as it was before the batch, in a transaction
// of its own.
func (m *memory) revisions(documents []graph.Facts) ([]*revision, error) {
	revisions := make([]*revision, len(documents))
	err := inParts(len(documents), func(from, to int) error {
		compare := func(tx *bbolt.Tx) error {
			file := newLedger(tx, m.file.head)
			for i, f := range documents[from:to] {
				revisions[from+i] = newRevision(m, file, f)
			}
			return nil
		}
		return boltfile.Contain(func() error { return m.file.tx.DB().View(compare) })
	})
	return revisions, err
}

// newRevision compares facts with what the file has of their document.
func newRevision(m *memory, file *ledger, f graph.Facts) *revision {
	d := f.Source.Claimant()
	rev := &revision{Facts: f, age: m.held(d).age, nodes: make([]said, len(f.Nodes)), rels: make([]saidRel, len(f.Rels))}
	c := &comparison{revision: rev, memory: m, file: file, record: file.record(d)}
	c.texts = make([][]byte, len(c.record.nodes))
	c.places = make([]int, len(c.record.nodes))
	for i := range c.places {
		c.places[i] = nowhere
	}
	c.compareNodes()
	c.compareRels()
	return rev
}

// nowhere is the place of what a document does not assert any more.
const nowhere = -1

// comparison finds what a record and new facts have in common. Documents change little and keep their
// order, so that what is at one place is looked for at the same in the other, and compared where it lies in
// the file: it is decoded and looked up by name only where that fails.
type comparison struct {
	*revision
	memory *memory // which does not change meanwhile
	file   *ledger
	record record
	texts  [][]byte // what is said of the record's nodes, as far as it was read
	places []int    // of the record's nodes in Facts.Nodes
}

func (c *comparison) compareNodes() {
	var left []int // places of new nodes that are none of the old, letter by letter
	next := 0
	for i, n := range c.Nodes {
		old := c.equalNode(n, next)
		if old == nowhere {
			left = append(left, i)
			continue
		}
		c.places[old], c.nodes[i] = i, said{kept, c.record.nodes[old]}
		next = old + 1
	}
	byRef := map[graph.Ref]int{}
	for old, place := range c.places {
		if place == nowhere {
			byRef[c.oldRef(old)] = old
		}
	}
	for _, i := range left {
		if old, ok := byRef[c.Nodes[i].Ref]; ok {
			c.places[old], c.nodes[i] = i, said{changed, c.record.nodes[old]}
			if c.memory.saysNode(c.text(old), c.Nodes[i]) {
				c.nodes[i].fate = kept // at another place
			}
		}
	}
	for old, place := range c.places {
		if place == nowhere {
			c.nodesOut = append(c.nodesOut, c.oldRef(old))
		}
	}
}

// equalNode returns of which of two nodes of the record, from next on, the same was said: the node at the
// same place, or the one behind it if that was taken out.
func (c *comparison) equalNode(n graph.Node, next int) int {
	for old := next; old < min(next+2, len(c.places)); old++ {
		if c.memory.saysNode(c.text(old), n) {
			return old
		}
	}
	return nowhere
}

func (c *comparison) compareRels() {
	var left []int
	found := make([]bool, len(c.record.rels))
	next := 0
	for i, r := range c.Rels {
		old := c.sameRel(r.Ref(), next)
		if old == nowhere {
			left = append(left, i)
			continue
		}
		found[old], next = true, old+1
		c.pair(i, old)
	}
	if len(left) > 0 {
		c.pairLeft(left, found)
	}
	for old := range found {
		if !found[old] {
			c.relsOut = append(c.relsOut, c.relRef(old))
		}
	}
}

// sameRel is equalNode for a relationship, by its name.
func (c *comparison) sameRel(ref graph.RelRef, next int) int {
	for old := next; old < min(next+2, len(c.record.rels)); old++ {
		if c.relRef(old) == ref {
			return old
		}
	}
	return nowhere
}

// pairLeft looks relationships up by name, and says of those that are new where their ends are.
func (c *comparison) pairLeft(left []int, found []bool) {
	byRef := map[graph.RelRef]int{}
	for old := range found {
		if !found[old] {
			byRef[c.relRef(old)] = old
		}
	}
	place := make(map[graph.Ref]int, len(c.Nodes))
	for i, n := range c.Nodes {
		place[n.Ref] = i
	}
	for _, i := range left {
		r := c.Rels[i]
		if old, ok := byRef[r.Ref()]; ok {
			found[old] = true
			c.pair(i, old)
			continue
		}
		c.rels[i] = saidRel{from: place[r.From], to: place[r.To]}
	}
}

// pair says that a relationship is the record's.
func (c *comparison) pair(place, old int) {
	r := c.record.rels[old]
	to := &c.rels[place]
	*to = saidRel{said{changed, r.says}, c.places[r.from], c.places[r.to]}
	switch props := c.Rels[place].Props; {
	case len(props) == 0 && r.says == silent, len(props) > 0 && r.says != silent && c.memory.saysRel(c.file.readSaid(r.says), props):
		to.fate = kept
	}
}

// text returns what is said of a node of the record, as the file has it.
func (c *comparison) text(old int) []byte {
	if c.texts[old] == nil {
		c.texts[old] = c.file.readSaid(c.record.nodes[old])
	}
	return c.texts[old]
}

// oldRef is the name of a node of the record.
func (c *comparison) oldRef(old int) graph.Ref {
	if place := c.places[old]; place != nowhere {
		return c.Nodes[place].Ref
	}
	s, ok := decodeSaying(c.text(old))
	if !ok {
		panic("embedded: what is said of a node is not what was written")
	}
	return graph.Ref{Label: c.memory.labels.list[s.label], Key: s.key}
}

// relRef is the name of a relationship of the record.
func (c *comparison) relRef(old int) graph.RelRef {
	r := c.record.rels[old]
	return graph.RelRef{Type: c.memory.types.list[r.kind], From: c.oldRef(int(r.from)), To: c.oldRef(int(r.to))}
}
