package neo4j

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// maxRows bounds the rows of one statement, and with it what server and driver hold of it at once.
const maxRows = 5000

// row is a parameter of a statement that works on many.
type row = map[string]any

// batch is one transaction that applies documents.
type batch struct {
	tx    neo4j.ExplicitTransaction
	id    string // of the store
	codec codec
	now   time.Time
}

// run runs a statement on $rows, maxRows at a time. each, unless nil, is called with every record.
func (b *batch) run(ctx context.Context, text string, rows []row, each func(*neo4j.Record) error) error {
	for chunk := range slices.Chunk(rows, maxRows) {
		res, err := b.tx.Run(ctx, text, map[string]any{"rows": chunk})
		if err != nil {
			return err
		}
		for res.Next(ctx) {
			if each == nil {
				continue
			}
			if err := each(res.Record()); err != nil {
				return err
			}
		}
		if err := res.Err(); err != nil {
			return err
		}
	}
	return nil
}

// statements are texts with the rows that each is to be run on. Labels and types can't be parameters,
// so what differs in them needs texts of its own.
type statements map[string][]row

func (s statements) add(text string, r row) { s[text] = append(s[text], r) }

// runAll runs statements in the order of their texts.
func (b *batch) runAll(ctx context.Context, s statements, each func(*neo4j.Record) error) error {
	for _, text := range slices.Sorted(maps.Keys(s)) {
		if err := b.run(ctx, text, s[text], each); err != nil {
			return err
		}
	}
	return nil
}

// apply does the whole work of a batch but the commit. It writes nothing when nothing changes.
func (b *batch) apply(ctx context.Context, facts []graph.Facts) (graph.Applied, error) {
	clock, err := b.lock(ctx)
	if err != nil {
		return graph.Applied{}, err
	}
	held, err := b.documents(ctx, sourceKeys(facts))
	if err != nil {
		return graph.Applied{}, err
	}
	revisions, clock, stale := revise(facts, held, clock)
	done := graph.Applied{Stale: stale}
	if len(revisions) == 0 {
		return done, nil
	}
	shifts, moves, err := b.contest(ctx, revisions)
	if err != nil {
		return graph.Applied{}, err
	}
	w := newWorkspace(revisions, shifts)
	if err := b.load(ctx, w, revisions); err != nil {
		return graph.Applied{}, err
	}
	for _, r := range revisions {
		w.update(r)
	}
	for _, s := range shifts {
		w.shift(s)
	}
	done.Moved, done.Moves = len(moves), moves[:min(len(moves), graph.MaxMoves)]
	if err := b.keep(ctx, revisions, clock); err != nil {
		return graph.Applied{}, err
	}
	if err := b.write(ctx, w); err != nil {
		return graph.Applied{}, err
	}
	for _, n := range w.nodeOrder {
		n.count(&done.NodesAdded, &done.NodesRemoved, &done.NodesChanged)
	}
	for _, r := range w.relOrder {
		r.count(&done.RelsAdded, &done.RelsRemoved, &done.RelsChanged)
	}
	return done, nil
}

// lock makes every other batch wait until this transaction ends, and returns the store's clock. The
// lock is taken by a write that changes nothing; only then is the clock read.
func (b *batch) lock(ctx context.Context) (clock uint64, err error) {
	const text = "UNWIND $rows AS row MATCH (s:" + ownQuoted + " {key: row.key}) WHERE s.id = row.id SET s.lock = 0 WITH s RETURN s.clock"
	err = ErrReplaced
	failed := b.run(ctx, text, []row{{"key": storeKey, "id": b.id}}, func(r *neo4j.Record) error {
		n, _ := r.Values[0].(int64)
		clock, err = uint64(n), nil
		return nil
	})
	return clock, cmp.Or(failed, err)
}

// sourceKeys returns the keys of the documents of a batch, each once.
func sourceKeys(facts []graph.Facts) []string {
	keys := make([]string, len(facts))
	for i, f := range facts {
		keys[i] = sourceKey(f.Source)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// documents returns what is held of documents, by their keys.
func (b *batch) documents(ctx context.Context, keys []string) (map[string]document, error) {
	var rows []row
	for _, key := range keys {
		rows = append(rows, row{"key": key})
	}
	held := map[string]document{}
	const text = "UNWIND $rows AS row MATCH (d:" + ownQuoted + " {key: row.key}) RETURN d"
	err := b.run(ctx, text, rows, func(r *neo4j.Record) error {
		d, err := b.codec.decode(r.Values[0].(neo4j.Node).Props)
		held[sourceKey(d.Source)] = d
		return err
	})
	return held, err
}

// keep writes what is held of the documents from now on, and the clock.
func (b *batch) keep(ctx context.Context, revisions []revision, clock uint64) error {
	var rows []row
	for _, r := range revisions {
		props, err := b.codec.encode(r.document)
		if err != nil {
			return err
		}
		rows = append(rows, row{"key": props[graph.KeyProp], "props": props})
	}
	const text = "UNWIND $rows AS row MERGE (d:" + ownQuoted + " {key: row.key}) SET d = row.props"
	if err := b.run(ctx, text, rows, nil); err != nil {
		return err
	}
	const tick = "UNWIND $rows AS row MATCH (s:" + ownQuoted + " {key: row.key}) SET s.clock = row.clock"
	return b.run(ctx, tick, []row{{"key": storeKey, "clock": int64(clock)}}, nil)
}
