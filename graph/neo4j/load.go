package neo4j

import (
	"context"
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// load finds in Neo4j what the workspace names, and adds what else the documents claim that is mixed.
func (b *batch) load(ctx context.Context, w *workspace, revisions []revision) error {
	if err := b.loadNodes(ctx, w, revisions); err != nil {
		return err
	}
	return b.loadRels(ctx, w, revisions)
}

func (b *batch) loadNodes(ctx context.Context, w *workspace, revisions []revision) error {
	var refs []graph.Ref
	wanted := statements{}
	want := func(ref graph.Ref, named bool) {
		wanted.add("MATCH (n:"+quote(ref.Label)+" {key: row.key}) "+
			"WHERE row.named OR n."+quote(mixedProp)+" IS NOT NULL RETURN row.i AS i, n",
			row{"i": len(refs), "key": ref.Key, "named": named})
		refs = append(refs, ref)
	}
	for _, n := range w.nodeOrder {
		want(n.ref, true)
	}
	for _, r := range revisions {
		for _, n := range r.Nodes {
			if w.nodes[n.Ref] == nil && !r.change.Empty() {
				want(n.Ref, false)
			}
		}
	}
	return b.runAll(ctx, "load nodes", wanted, func(r *neo4j.Record) error {
		ref, found := refs[r.Values[0].(int64)], r.Values[1].(neo4j.Node)
		further := slices.DeleteFunc(found.Labels, func(l string) bool { return l == ref.Label })
		return w.node(ref).found(found.ElementId, further, found.Props)
	})
}

func (b *batch) loadRels(ctx context.Context, w *workspace, revisions []revision) error {
	var refs []graph.RelRef
	wanted := statements{}
	want := func(ref graph.RelRef, named bool) {
		wanted.add("MATCH (a:"+quote(ref.From.Label)+" {key: row.from}) MATCH (b:"+quote(ref.To.Label)+" {key: row.to}) "+
			between(ref.Type)+"RETURN row.i AS i, CASE WHEN row.named OR r."+quote(mixedProp)+" IS NOT NULL THEN r END AS r",
			row{"i": len(refs), "from": ref.From.Key, "to": ref.To.Key, "named": named})
		refs = append(refs, ref)
	}
	for _, r := range w.relOrder {
		if r.from.id != "" && r.to.id != "" {
			want(r.ref(), true)
		}
	}
	for _, r := range revisions {
		for _, rel := range r.Rels {
			if w.rels[rel.Ref()] == nil && !r.change.Empty() && !rel.Ref().IsExclusive() { // those are never mixed
				want(rel.Ref(), false)
			}
		}
	}
	return b.runAll(ctx, "load relationships", wanted, func(r *neo4j.Record) error {
		found, ok := r.Values[1].(neo4j.Relationship)
		if !ok {
			return nil // it is not there, or none of ours
		}
		return w.found(refs[r.Values[0].(int64)], found)
	})
}

// between finds the relationship of a type from a to b, if there is one. An optional match makes the
// server start at the end with fewer relationships. From a plain one it makes a walk over all that
// hangs on a, for every row; by the relationship's own id it even looks at all there are.
func between(kind string) string { return "OPTIONAL MATCH (a)-[r:" + quote(kind) + "]->(b) " }

// quote writes a name as Cypher has it when it may hold anything. Names of facts are checked
// (graph.Facts.Validate), so that none has a quote of its own.
func quote(name string) string { return "`" + name + "`" }
