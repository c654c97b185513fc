package embedded

import (
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// contest makes of the relationships that documents come and cease to assert those that enter and leave
// the graph: of what is exclusive, a document may assert more than the graph has, and documents outside of
// the batch may win and lose.
func (p *plan) contest(m *memory) {
	batch := make([]graph.Revision, len(p.documents))
	for i, d := range p.documents {
		batch[i] = graph.Revision{Facts: d.Facts, Change: d.change}
	}
	c := graph.NewContest(batch)
	if len(c.Slots()) == 0 {
		return
	}
	p.lines = c.Settle(m.linesOf(c.Slots()))
	p.moves = c.Moves()
	of := map[graph.Claimant]*revision{}
	for _, d := range p.documents {
		of[d.Source.Claimant()] = d
		d.change.RelsAdded = slices.DeleteFunc(d.change.RelsAdded, isExclusive)
		d.change.RelsRemoved = slices.DeleteFunc(d.change.RelsRemoved, isExclusive)
	}
	for _, s := range c.Shifts(m.asserted(c.Absent())) {
		d := of[s.Claimant]
		if d == nil {
			held := m.held(document{s.Host, s.Instance})
			d = &revision{Facts: graph.Facts{Source: held.Source}, age: held.age, absent: true, rels: map[graph.RelRef]sayID{}}
			of[s.Claimant] = d
			p.documents = append(p.documents, d)
		}
		d.shift(s)
	}
}

// shift adds what enters or leaves the graph to a document's change.
func (rev *revision) shift(s graph.Shift) {
	rel := graph.Rel{Type: s.Rel.Type, From: s.Rel.From, To: s.Rel.To}
	if !s.Enters {
		rev.change.RelsRemoved = append(rev.change.RelsRemoved, rel)
		return
	}
	delete(rev.rels, s.Rel) // it may have been asserted before, but not claimed
	rev.change.RelsAdded = append(rev.change.RelsAdded, rel)
}

func isExclusive(r graph.Rel) bool {
	_, exclusive := r.Ref().Slot()
	return exclusive
}

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

// asserted returns the relationships that documents assert, claimed or not.
func (m *memory) asserted(documents []graph.Claimant) map[graph.Claimant][]graph.Rel {
	held := make(map[graph.Claimant][]graph.Rel, len(documents))
	for _, d := range documents {
		rev := &revision{nodes: map[graph.Ref]sayID{}, rels: map[graph.RelRef]sayID{}}
		held[d] = m.facts(m.file.record(document{d.Host, d.Instance}), rev).Rels
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

// lineKey has every part as a text, so that no two slots come out the same.
func lineKey(s graph.Slot) (key []byte) {
	for _, part := range []string{s.Type, s.From.Label, s.From.Key} {
		key = appendText(key, part)
	}
	return key
}

func encodeLine(line graph.Line) (b []byte) {
	for _, d := range line {
		b = appendText(appendText(b, d.Host), d.Instance)
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
