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

// resolve makes and unmakes resolved relationships, after those they follow from have been written. It
// looks only at pairs of nodes between which a path has appeared or gone, so its cost is that of what
// changed: for one more client, the servers of one endpoint.
func (b *batch) resolve(ctx context.Context, w *workspace) error {
	for _, rule := range graph.Resolved() {
		pairs, err := b.pairs(ctx, rule, changedHalves(rule, w.relOrder))
		if err != nil {
			return err
		}
		grounds, err := b.grounds(ctx, rule, pairs)
		if err != nil {
			return err
		}
		resolved, err := b.conclude(ctx, w, rule, grounds)
		if err != nil {
			return err
		}
		if err := b.putRels(ctx, resolved); err != nil {
			return err
		}
	}
	return nil
}

// pair is two nodes, by their ids, that a rule may join.
type pair struct{ from, to string }

func (p pair) compare(q pair) int {
	return cmp.Or(cmp.Compare(p.from, q.from), cmp.Compare(p.to, q.to))
}

// halves are the far ends of the changed relationships at one middle node.
type halves struct {
	first, second []string
	all           bool // the middle has no others, since this batch has made it
}

// changedHalves returns what has changed around middle nodes, by their ids.
func changedHalves(rule graph.Resolution, rels []*rel) map[string]halves {
	changed := map[string]halves{}
	for _, r := range rels {
		switch {
		case !r.dirty():
		case r.kind == rule.First && r.to.ref.Label == rule.Middle:
			h := changed[r.to.id]
			h.first, h.all = append(h.first, r.from.id), r.to.isNew
			changed[r.to.id] = h
		case r.kind == rule.Second && r.from.ref.Label == rule.Middle:
			h := changed[r.from.id]
			h.second, h.all = append(h.second, r.to.id), r.from.isNew
			changed[r.from.id] = h
		}
	}
	return changed
}

// pairs returns the pairs that the changes could join or part, each once: a changed half with every
// half on the other side, be it there still or gone.
func (b *batch) pairs(ctx context.Context, rule graph.Resolution, changed map[string]halves) ([]pair, error) {
	found, paths := map[pair]bool{}, 0
	join := func(froms, tos []string) error {
		paths += len(froms) * len(tos)
		if err := rule.CheckPaths(paths); err != nil {
			return err
		}
		for _, from := range froms {
			for _, to := range tos {
				if from != to {
					found[pair{from, to}] = true
				}
			}
		}
		return nil
	}
	wanted := statements{}
	for _, id := range slices.Sorted(maps.Keys(changed)) {
		h := changed[id]
		if err := join(h.first, h.second); err != nil {
			return nil, err
		}
		if h.all {
			continue
		}
		const middle = "MATCH (m) WHERE elementId(m) = row.id "
		if len(h.first) > 0 {
			wanted.add(middle+"MATCH (m)-[:"+quote(rule.Second)+"]->(x) RETURN row.id AS middle, null AS first, elementId(x) AS second", row{"id": id})
		}
		if len(h.second) > 0 {
			wanted.add(middle+"MATCH (x)-[:"+quote(rule.First)+"]->(m) RETURN row.id AS middle, elementId(x) AS first, null AS second", row{"id": id})
		}
	}
	err := b.runAll(ctx, "pairs", wanted, func(r *neo4j.Record) error {
		h := changed[r.Values[0].(string)]
		if from, ok := r.Values[1].(string); ok {
			return join([]string{from}, h.second)
		}
		to, _ := r.Values[2].(string)
		return join(h.first, []string{to})
	})
	return slices.SortedFunc(maps.Keys(found), pair.compare), err
}

// ground is what the graph has between a pair.
type ground struct {
	pair
	held    *neo4j.Relationship // the resolved relationship so far, or nil
	middles []string            // keys of the nodes by which the pair is joined now, sorted
	sources []string            // keys of the documents that say so
}

// grounds looks at pairs.
func (b *batch) grounds(ctx context.Context, rule graph.Resolution, pairs []pair) ([]ground, error) {
	rows := make([]row, len(pairs))
	for i, p := range pairs {
		rows[i] = row{"i": i, "from": p.from, "to": p.to}
	}
	text := "MATCH (a) WHERE elementId(a) = row.from MATCH (b) WHERE elementId(b) = row.to " +
		between(rule.Type) + "WITH row, a, b, r " +
		"OPTIONAL MATCH (a)-[f:" + quote(rule.First) + "]->(m:" + quote(rule.Middle) + ")-[s:" + quote(rule.Second) + "]->(b) " +
		"RETURN row.i, r, collect(m.key), collect(f." + quote(sourcesProp) + " + s." + quote(sourcesProp) + ")"
	var found []ground
	err := b.run(ctx, text, rows, func(r *neo4j.Record) error {
		g := ground{pair: pairs[r.Values[0].(int64)], middles: listOf(r.Values[2])}
		slices.Sort(g.middles)
		if held, ok := r.Values[1].(neo4j.Relationship); ok {
			g.held = &held
		}
		for _, sources := range r.Values[3].([]any) {
			g.sources = append(g.sources, listOf(sources)...)
		}
		found = append(found, g)
		return nil
	})
	return found, err
}

// conclude makes the store's own claims what the grounds give. Evidence that was there keeps its
// beginning.
func (b *batch) conclude(ctx context.Context, w *workspace, rule graph.Resolution, grounds []ground) ([]*rel, error) {
	versions, err := b.versions(ctx, grounds)
	if err != nil {
		return nil, err
	}
	known := w.byEnds(rule.Type)
	resolved := make([]*rel, len(grounds))
	for i, g := range grounds {
		r := known[g.pair]
		if r == nil {
			if r, err = w.join(rule.Type, g); err != nil {
				return nil, err
			}
		}
		r.resolved = g.evidence(r.resolved, versions, b.now)
		resolved[i] = r
	}
	return resolved, nil
}

// evidence returns what shows a resolved relationship, given what did so far; nil when nothing does.
func (g ground) evidence(was graph.Props, versions map[string]string, now time.Time) graph.Props {
	documents := make([]string, len(g.sources))
	for i, key := range g.sources {
		documents[i] = versions[key]
	}
	return graph.Evidence(was, g.middles, documents, now)
}

// versions returns what evidence calls the documents behind the grounds, by their keys.
func (b *batch) versions(ctx context.Context, grounds []ground) (map[string]string, error) {
	names := map[string]string{}
	var rows []row
	for _, g := range grounds {
		for _, key := range g.sources {
			if _, ok := names[key]; !ok {
				names[key] = ""
				rows = append(rows, row{"key": key})
			}
		}
	}
	const text = "MATCH (d:" + ownQuoted + " {key: row.key}) " +
		"RETURN row.key, d.host + '/' + d.instance + '@' + d.hash"
	err := b.run(ctx, text, rows, func(r *neo4j.Record) error {
		names[r.Values[0].(string)], _ = r.Values[1].(string)
		return nil
	})
	return names, err
}
