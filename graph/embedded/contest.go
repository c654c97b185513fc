package embedded

import (
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// contest makes of what documents come and cease to assert what they come and cease to claim: of what is
// exclusive a document may assert more than the graph has, and documents outside of the batch may win and
// lose.
func (p *plan) contest(m *memory) {
	batch := make([]graph.Revision, len(p.documents))
	for i, d := range p.documents {
		batch[i] = d.revised()
	}
	c := graph.NewContest(batch)
	if len(c.Slots()) == 0 {
		return
	}
	p.lines = c.Settle(m.linesOf(c.Slots()))
	p.moves = c.Moves()
	absent := c.Absent()
	shifts := map[graph.Claimant][]graph.Shift{}
	for _, s := range c.Shifts(m.asserted(absent)) {
		shifts[s.Claimant] = append(shifts[s.Claimant], s)
	}
	for _, d := range p.documents {
		d.shift(shifts[d.Source.Claimant()])
		delete(shifts, d.Source.Claimant())
	}
	for _, d := range absent { // by name: the same batch makes relationships in the same order
		if of := shifts[d]; len(of) > 0 {
			p.documents = append(p.documents, absentee(m.held(d), of))
		}
	}
}

// revised is what the document comes and ceases to assert.
func (rev *revision) revised() graph.Revision {
	var change graph.Change
	for i, r := range rev.Rels {
		if rev.rels[i].fate == added {
			change.RelsAdded = append(change.RelsAdded, r)
		}
	}
	for _, ref := range rev.relsOut {
		change.RelsRemoved = append(change.RelsRemoved, relOf(ref))
	}
	return graph.Revision{Facts: rev.Facts, Change: change}
}

// shift makes a document claim of what is exclusive what enters the graph, and give up what leaves it.
func (rev *revision) shift(shifts []graph.Shift) {
	rev.relsOut = slices.DeleteFunc(rev.relsOut, graph.RelRef.IsExclusive)
	enters := map[graph.RelRef]bool{}
	for _, s := range shifts {
		if s.Enters {
			enters[s.Rel] = true
		} else {
			rev.relsOut = append(rev.relsOut, s.Rel)
		}
	}
	for i, r := range rev.Rels {
		switch ref := r.Ref(); {
		case enters[ref]:
			rev.rels[i].fate = added
		case ref.IsExclusive():
			rev.rels[i].fate = kept
		}
	}
}

// absentee is a document of which only claims change.
func absentee(held source, shifts []graph.Shift) *revision {
	rev := &revision{Facts: graph.Facts{Source: held.Source}, age: held.age, absent: true}
	for _, s := range shifts {
		if s.Enters {
			rev.Rels = append(rev.Rels, relOf(s.Rel))
			rev.rels = append(rev.rels, saidRel{said: said{fate: added}})
		} else {
			rev.relsOut = append(rev.relsOut, s.Rel)
		}
	}
	return rev
}

func relOf(ref graph.RelRef) graph.Rel { return graph.Rel{Type: ref.Type, From: ref.From, To: ref.To} }

// linesOf returns the lines of slots: those that are contested and, of the others, the documents that
// claim what is in the graph, all of one host.
func (m *memory) linesOf(slots []graph.Slot) map[graph.Slot]graph.Line {
	lines := map[graph.Slot]graph.Line{}
	for _, slot := range slots {
		line, contested := m.lines[slot]
		if !contested {
			line = m.claimants(slot)
		}
		lines[slot] = line
	}
	return lines
}

// claimants returns the documents that claim a relationship of a slot, each once.
func (m *memory) claimants(slot graph.Slot) (line graph.Line) {
	node, ok1 := m.find(slot.From)
	kind, ok2 := m.types.ids[slot.Type]
	if !ok1 || !ok2 {
		return nil
	}
	for _, e := range m.out.get(node).of(kind) {
		for _, c := range m.relClaims.of(e.rel()) {
			if d := m.sources[c.source].Claimant(); !slices.Contains(line, d) {
				line = append(line, d)
			}
		}
	}
	return line
}

// asserted returns the relationships that documents assert, claimed or not, without their properties.
func (m *memory) asserted(documents []graph.Claimant) map[graph.Claimant][]graph.Rel {
	held := make(map[graph.Claimant][]graph.Rel, len(documents))
	for _, d := range documents {
		rec := m.file.record(d)
		nodes := make([]graph.Ref, len(rec.nodes))
		for i, says := range rec.nodes {
			s := m.file.saying(says)
			nodes[i] = graph.Ref{Label: m.labels.list[s.label], Key: s.key}
		}
		for _, r := range rec.rels {
			held[d] = append(held[d], graph.Rel{Type: m.types.list[r.kind], From: nodes[r.from], To: nodes[r.to]})
		}
	}
	return held
}

// keepLine keeps a line that is contested, and forgets another.
func (m *memory) keepLine(slot graph.Slot, line graph.Line) {
	if !line.Contested() {
		delete(m.lines, slot)
		line = nil
	} else {
		m.lines[slot] = line
	}
	m.file.putLine(slot, line)
}

func lineKey(s graph.Slot) []byte { return appendTexts(nil, s.Type, s.From.Label, s.From.Key) }

func encodeLine(line graph.Line) (b []byte) {
	for _, d := range line {
		b = appendTexts(b, d.Host, d.Instance)
	}
	return b
}

// lineRead is a line as the file has it.
type lineRead struct {
	slot graph.Slot
	line graph.Line
}

func readLine(to *lineRead, key, value []byte) error {
	k, v := newReader(key), newReader(value)
	*to = lineRead{slot: graph.Slot{Type: k.text(), From: graph.Ref{Label: k.text(), Key: k.text()}}}
	for !v.ended() && !v.failed {
		to.line = append(to.line, graph.Claimant{Host: v.text(), Instance: v.text()})
	}
	if !k.ended() || !v.ended() || !to.line.Contested() {
		return errUnreadable
	}
	return nil
}

// line takes a line, before the documents in it.
func (l *loader) line(r *lineRead) error {
	l.lines[r.slot] = r.line
	return nil
}

// claims reports whether a document of a host that asserts a relationship claims it as well: what is
// exclusive and contested, the host that has it does alone.
func (l *loader) claims(host string, r relRecord, from uint32) bool {
	if len(l.lines) == 0 || int(r.kind) >= len(l.types.list) {
		return true // in the second case it is about to be refused
	}
	line, contested := l.lines[graph.Slot{Type: l.types.list[r.kind], From: l.ref(from)}]
	return !contested || line.Holder() == host
}
