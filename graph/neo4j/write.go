package neo4j

import (
	"context"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// write makes Neo4j what the workspace has become. Nodes go last, when nothing hangs on them any more.
func (b *batch) write(ctx context.Context, w *workspace) error {
	if err := b.putNodes(ctx, w.nodeOrder); err != nil {
		return err
	}
	if err := b.putRels(ctx, w.relOrder); err != nil {
		return err
	}
	if err := b.resolve(ctx, w); err != nil {
		return err
	}
	var gone []row
	for _, n := range w.nodeOrder {
		if _, is := n.united(); !is && n.id != "" {
			gone = append(gone, row{"id": n.id})
		}
	}
	return b.run(ctx, "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.id DETACH DELETE n", gone, nil)
}

// putNodes creates and updates nodes. Those that nothing claims any more stay for now.
func (b *batch) putNodes(ctx context.Context, nodes []*node) error {
	wanted := statements{}
	for i, n := range nodes {
		content, is := n.united()
		if !is || !n.dirty() {
			continue
		}
		props, err := n.encode(content)
		if err != nil {
			return err
		}
		props[graph.KeyProp] = n.ref.Key
		if n.id == "" {
			wanted.add("UNWIND $rows AS row CREATE (n:"+quote(n.ref.Label)+labels(content.Labels)+") "+
				"SET n = row.props RETURN row.i, elementId(n)", row{"i": i, "props": props})
			continue
		}
		was, _ := n.before.united()
		text := "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.id SET n = row.props"
		if more := without(content.Labels, was.Labels); len(more) > 0 {
			text += " SET n" + labels(more)
		}
		if less := without(was.Labels, content.Labels); len(less) > 0 {
			text += " REMOVE n" + labels(less)
		}
		wanted.add(text, row{"id": n.id, "props": props})
	}
	return b.runAll(ctx, wanted, func(r *neo4j.Record) error {
		nodes[r.Values[0].(int64)].id = r.Values[1].(string)
		return nil
	})
}

// putRels creates, updates and deletes relationships, whose ends are there.
func (b *batch) putRels(ctx context.Context, rels []*rel) error {
	const ends = "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.from MATCH (b) WHERE elementId(b) = row.to "
	wanted := statements{}
	for i, r := range rels {
		content, is := r.united()
		if !r.dirty() || !is && r.id == "" {
			continue
		}
		at := row{"i": i, "from": r.from.id, "to": r.to.id}
		if !is {
			wanted.add(ends+between(r.kind)+"DELETE r", at)
			r.id = ""
			continue
		}
		var err error
		if at["props"], err = r.encode(content); err != nil {
			return err
		}
		if r.id != "" {
			wanted.add(ends+between(r.kind)+"SET r = row.props", at)
		} else {
			wanted.add(ends+"CREATE (a)-[r:"+quote(r.kind)+"]->(b) SET r = row.props RETURN row.i, elementId(r)", at)
		}
	}
	return b.runAll(ctx, wanted, func(r *neo4j.Record) error {
		rels[r.Values[0].(int64)].id = r.Values[1].(string)
		return nil
	})
}

func labels(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(":" + quote(name))
	}
	return b.String()
}

// without returns what is in a and not in b.
func without(a, b []string) (rest []string) {
	for _, v := range a {
		if !slices.Contains(b, v) {
			rest = append(rest, v)
		}
	}
	return rest
}
