package neo4j

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// batch is one transaction that applies documents.
type batch struct {
	tx    neo4j.ExplicitTransaction
	id    string // of the store
	codec codec
	now   time.Time

	repertoire repertoire // the store's
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
	var kept records
	var encoding sync.WaitGroup // goes on while the server is busy with what follows
	defer encoding.Wait()
	encoding.Go(func() { kept = b.encode(revisions) })
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
	done.Moves = moves
	encoding.Wait()
	if err := b.keep(ctx, kept, clock); err != nil {
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
	const text = "MATCH (s:" + ownQuoted + " {key: row.key}) WHERE s.id = row.id SET s.lock = 0 WITH s RETURN s.clock"
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
	const text = "MATCH (d:" + ownQuoted + " {key: row.key}) RETURN d"
	err := b.run(ctx, text, rows, func(r *neo4j.Record) error {
		d, err := b.codec.decode(r.Values[0].(neo4j.Node).Props)
		held[sourceKey(d.Source)] = d
		return err
	})
	return held, err
}

// records are what is to be held of documents, as Neo4j has it.
type records struct {
	props []map[string]any
	err   error
}

func (b *batch) encode(revisions []revision) (r records) {
	for _, revision := range revisions {
		props, err := b.codec.encode(revision.document)
		if err != nil {
			return records{err: err}
		}
		r.props = append(r.props, props)
	}
	return r
}

// keep writes what is held of the documents from now on, and the clock.
func (b *batch) keep(ctx context.Context, documents records, clock uint64) error {
	if documents.err != nil {
		return documents.err
	}
	wanted := statements{}
	for _, props := range documents.props {
		wanted.add("MERGE (d:"+ownQuoted+" {key: row.key}) SET d = row.props", row{"key": props[graph.KeyProp], "props": props})
	}
	wanted.add("MATCH (s:"+ownQuoted+" {key: row.key}) SET s.clock = row.clock", row{"key": storeKey, "clock": int64(clock)})
	return b.runAll(ctx, "keep", wanted, nil)
}
