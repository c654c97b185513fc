package neo4j

import (
	"context"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// contest decides what of exclusive relationships enters the graph and what leaves it, and keeps who is
// in line where that is contested.
func (b *batch) contest(ctx context.Context, revisions []revision) ([]graph.Shift, []graph.Move, error) {
	batch := make([]graph.Revision, len(revisions))
	for i, r := range revisions {
		batch[i] = graph.Revision{Facts: r.Facts, Change: r.change}
	}
	c := graph.NewContest(batch)
	if len(c.Slots()) == 0 {
		return nil, nil, nil
	}
	lines, err := b.lines(ctx, c.Slots())
	if err != nil {
		return nil, nil, err
	}
	if err := b.keepLines(ctx, c.Settle(lines)); err != nil {
		return nil, nil, err
	}
	held, err := b.asserted(ctx, c.Absent())
	return c.Shifts(held), c.Moves(), err
}

// lines returns the lines of slots: those that are kept and, where none is, the documents that assert what
// is in the graph, all of one host.
func (b *batch) lines(ctx context.Context, slots []graph.Slot) (map[graph.Slot]graph.Line, error) {
	wanted := statements{}
	for i, s := range slots {
		wanted.add("OPTIONAL MATCH (l:"+ownQuoted+" {key: row.line}) "+
			"OPTIONAL MATCH (:"+quote(s.From.Label)+" {key: row.key})-[r:"+quote(s.Type)+"]->() "+
			"RETURN row.i AS i, l.line AS line, collect(r."+quote(sourcesProp)+") AS sources",
			row{"i": i, "line": lineKey(s), "key": s.From.Key})
	}
	lines := map[graph.Slot]graph.Line{}
	err := b.runAll(ctx, "lines", wanted, func(r *neo4j.Record) error {
		keys := listOf(r.Values[1])
		if len(keys) == 0 {
			for _, sources := range r.Values[2].([]any) {
				keys = append(keys, listOf(sources)...)
			}
			slices.Sort(keys)
			keys = slices.Compact(keys)
		}
		for _, key := range keys {
			slot := slots[r.Values[0].(int64)]
			lines[slot] = append(lines[slot], claimantOf(key))
		}
		return nil
	})
	return lines, err
}

// keepLines writes the lines that are contested, and forgets the others.
func (b *batch) keepLines(ctx context.Context, lines map[graph.Slot]graph.Line) error {
	wanted := statements{}
	for slot, line := range lines {
		at := row{"key": lineKey(slot)}
		if !line.Contested() {
			wanted.add("MATCH (l:"+ownQuoted+" {key: row.key}) DELETE l", at)
			continue
		}
		keys := make([]string, len(line))
		for i, d := range line {
			keys[i] = claimantKey(d)
		}
		at["line"] = keys
		wanted.add("MERGE (l:"+ownQuoted+" {key: row.key}) SET l.line = row.line", at)
	}
	return b.runAll(ctx, "keep lines", wanted, nil)
}

// asserted returns the relationships that documents assert.
func (b *batch) asserted(ctx context.Context, documents []graph.Claimant) (map[graph.Claimant][]graph.Rel, error) {
	keys := make([]string, len(documents))
	for i, d := range documents {
		keys[i] = claimantKey(d)
	}
	held, err := b.documents(ctx, keys)
	rels := make(map[graph.Claimant][]graph.Rel, len(held))
	for _, d := range held {
		rels[d.Source.Claimant()] = d.Rels
	}
	return rels, err
}

// shift lets a document's assertion of an exclusive relationship enter the graph, or leave it. Such
// assertions all say the same, so that their age is no matter.
func (w *workspace) shift(s graph.Shift) {
	rel := w.rels[s.Rel]
	if s.Enters {
		rel.claim(0, assertion{})
	} else {
		rel.withdraw(0)
	}
	rel.setSource(claimantKey(s.Claimant), s.Enters)
}

// lineKey differs from a document's key, which has one 0x00.
func lineKey(s graph.Slot) string {
	return strings.Join([]string{"line", s.Type, s.From.Label, s.From.Key}, "\x00")
}

// claimantKey is unambiguous, since 0x00 is not in the name of a host.
func claimantKey(d graph.Claimant) string { return d.Host + "\x00" + d.Instance }

func claimantOf(key string) (d graph.Claimant) {
	d.Host, d.Instance, _ = strings.Cut(key, "\x00")
	return d
}
