package embedded

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// ErrFull says that a batch would make the graph greater than a store can hold. It changes nothing.
var ErrFull = errors.New("the graph is full")

// plan is what a batch will change. It is made from memory as it stands and changes nothing.
type plan struct {
	stale     int
	documents []*revision
	lines     map[graph.Slot]graph.Line // what becomes of those that are contested, or were
	moves     []graph.Move
	resolved  []graph.Rel    // resolved relationships that are new or have new evidence
	dissolved []graph.RelRef // resolved relationships whose ground is gone
}

// newPlan compares a batch with what is held. now is when a dependency that shows for the first time
// is said to have begun.
func newPlan(m *memory, batch []graph.Facts, now time.Time) (plan, error) {
	var p plan
	newest, stale := graph.Newest(batch)
	fresh := slices.DeleteFunc(newest, func(f graph.Facts) bool { // newest keeps its length
		return f.Source.Older(m.held(f.Source.Claimant()).Source)
	})
	p.stale = stale + len(newest) - len(fresh)
	revisions, err := m.revisions(fresh)
	if err != nil {
		return plan{}, err
	}
	clock := m.file.head.Clock
	for _, rev := range revisions {
		switch {
		case rev.changes():
			clock++
			rev.age, rev.aged = clock, true
		case rev.Source == m.held(rev.Source.Claimant()).Source:
			continue // nothing to write
		}
		p.documents = append(p.documents, rev)
	}
	p.contest(m)
	if p.resolved, p.dissolved, err = newOutlook(m, p.documents).resolve(now); err != nil {
		return plan{}, err
	}
	return p, p.fits(m)
}

func (p plan) empty() bool { return len(p.documents) == 0 }

// fits reports whether memory can number what the plan adds.
func (p plan) fits(m *memory) error {
	nodes, rels := 0, len(p.resolved)
	types, keys, labels := countNames(&m.types), countNames(&m.keys), countNames(&m.labels)
	for _, d := range p.documents {
		for i, n := range d.Nodes {
			switch d.nodes[i].fate {
			case kept:
				continue
			case added:
				nodes++
			}
			labels.note(n.Label)
			for _, l := range n.Labels {
				labels.note(l)
			}
			keys.noteAll(n.Props)
		}
		for i, r := range d.Rels {
			switch d.rels[i].fate {
			case kept:
				continue
			case added:
				rels++
			}
			types.note(r.Type)
			keys.noteAll(r.Props)
		}
	}
	for _, r := range p.resolved {
		types.note(r.Type)
		keys.noteAll(r.Props)
	}
	for _, limit := range []struct {
		what string
		n    int
		most int
	}{
		// A label or type that is new, or has no free id left, takes a page of ids of its own.
		{"ids of nodes", int(m.nodes.limit()) + nodes + labels.count()*pageLen, maxID},
		{"ids of relationships", int(m.rels.limit()) + rels + types.count()*pageLen, maxID},
		{"types of relationships", types.count(), maxTypes},
		{"names of labels", labels.count(), maxNames},
		{"names of properties", keys.count(), maxNames},
	} {
		if limit.n > limit.most {
			return fmt.Errorf("%w: it would need %d %s, at most %d", ErrFull, limit.n, limit.what, limit.most)
		}
	}
	return nil
}

// nameCount counts the names of one kind as they will be after a batch.
type nameCount struct {
	known *names
	fresh map[string]bool
}

func countNames(known *names) nameCount { return nameCount{known, map[string]bool{}} }

func (c nameCount) count() int { return len(c.known.list) + len(c.fresh) }

func (c nameCount) note(name string) {
	if _, ok := c.known.ids[name]; !ok {
		c.fresh[name] = true
	}
}

func (c nameCount) noteAll(p graph.Props) {
	for name := range p {
		c.note(name)
	}
}

// install makes claims and file what the plan says, and returns what settle is to make of elements.
func (m *memory) install(p plan) outcome {
	ids := make([]sourceID, len(p.documents))
	for i, d := range p.documents {
		ids[i] = m.hold(source{Source: d.Source, age: d.age})
	}
	for i, d := range p.documents {
		m.assert(ids[i], d)
	}
	for _, ref := range p.dissolved {
		m.dissolve(ref)
	}
	for i, d := range p.documents {
		m.withdraw(ids[i], d)
		if d.aged {
			m.rejuvenate(d)
		}
		if !d.absent {
			m.file.putRecord(d.Source.Claimant(), m.record(d))
		}
	}
	for slot, line := range p.lines {
		m.keepLine(slot, line)
	}
	for _, r := range p.resolved {
		m.resolve(r)
	}
	return m.outcome()
}

// record is what the file keeps of a document.
func (m *memory) record(d *revision) record {
	rec := record{
		age: d.age, boot: d.Source.Boot, seq: d.Source.Seq, hash: d.Source.Hash,
		nodes: make([]sayID, len(d.nodes)), rels: make([]relRecord, len(d.rels)),
	}
	for i, n := range d.nodes {
		rec.nodes[i] = n.says
	}
	for i, r := range d.rels {
		rec.rels[i] = relRecord{kind: m.types.ids[d.Rels[i].Type], from: uint32(r.from), to: uint32(r.to), says: r.says}
	}
	return rec
}

// resolve claims a relationship for the store itself.
func (m *memory) resolve(r graph.Rel) {
	says := m.claim(&m.relClaims, m.claimed(r), resolver, m.relSaying(r.Props), m.touchRel)
	m.file.putResolved(r.Ref(), says)
}

// dissolve takes back what resolve claimed.
func (m *memory) dissolve(ref graph.RelRef) {
	m.unclaim(&m.relClaims, m.relOf(ref), resolver, m.touchRel)
	m.file.deleteResolved(ref)
}
