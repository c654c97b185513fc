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
