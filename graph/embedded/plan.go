package embedded

import (
	"time"

	"github.com/assim-mesh/assim/graph"
)

// plan is what a batch will change. It is made from memory as it stands and changes nothing, so that
// the file can be written first and the memory last.
type plan struct {
	stale     int
	documents []revision
	resolved  []graph.Rel    // resolved relationships that are new or have new evidence
	dissolved []graph.RelRef // resolved relationships whose ground is gone
}

// revision is a document whose record is to be written.
type revision struct {
	graph.Facts
	age    uint64       // the store's clock when the facts changed last: now, unless only their Source did
	change graph.Change // of what the document asserts
}

// newPlan compares a batch with what is held. clock is the store's, stored reads a document's facts
// from the file, now is when a dependency that shows for the first time is said to have begun.
func newPlan(m *memory, batch []graph.Facts, clock uint64, stored func(document) (graph.Facts, error), now time.Time) (plan, error) {
	var p plan
	newest, stale := graph.Newest(batch)
	p.stale = stale
	for _, f := range newest {
		held := m.held(documentOf(f.Source))
		if f.Source.Older(held.Source) {
			p.stale++
			continue
		}
		old, err := stored(documentOf(f.Source))
		if err != nil {
			return plan{}, err
		}
		rev := revision{Facts: f, age: held.age, change: graph.Diff(old, f)}
		switch {
		case !rev.change.Empty():
			clock++
			rev.age = clock
		case f.Source == held.Source:
			continue // nothing to write
		}
		p.documents = append(p.documents, rev)
	}
	p.resolved, p.dissolved = newOutlook(m, p.documents).resolve(now)
	return p, nil
}

func (p plan) empty() bool { return len(p.documents) == 0 }

// install makes memory what the plan says.
func (m *memory) install(p plan) graph.Applied {
	ids := make([]sourceID, len(p.documents))
	for i, d := range p.documents {
		ids[i] = m.hold(source{Source: d.Source, age: d.age})
	}
	for i, d := range p.documents {
		m.assert(ids[i], d.change)
	}
	for _, ref := range p.dissolved {
		m.withdrawRel(resolver, ref)
	}
	for i, d := range p.documents {
		m.withdraw(ids[i], d.change)
		if !d.change.Empty() {
			m.rejuvenate(d.Facts)
		}
	}
	for _, r := range p.resolved {
		m.claimResolved(r)
	}
	done := m.finish()
	done.Stale = p.stale
	return done
}

// claimResolved claims a relationship for the store itself.
func (m *memory) claimResolved(r graph.Rel) {
	if was := m.evidence(r.Ref()); was != nil {
		m.withdrawRel(resolver, r.Ref())
	}
	m.touchRel(m.rel(r.Ref())).add(resolver, m.relAssertion(r))
}

// evidence returns what the store itself claims of a relationship, or nil.
func (m *memory) evidence(ref graph.RelRef) graph.Props {
	id, ok := m.findRel(ref)
	if !ok {
		return nil
	}
	for _, c := range m.rels[id].claims {
		if c.source == resolver {
			return c.says.props
		}
	}
	return nil
}
