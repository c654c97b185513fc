package neo4j

import (
	"cmp"
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
	return b.run(ctx, "MATCH (n) WHERE elementId(n) = row.id DETACH DELETE n", gone, nil)
}

// putNodes creates and updates nodes. Those that nothing claims any more stay for now.
func (b *batch) putNodes(ctx context.Context, nodes []*node) error {
	created, updated := statements{}, statements{}
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
			n.isNew = true
			created.add("CREATE (n:"+quote(n.ref.Label)+labels(content.Labels)+") "+
				"SET n = row.props RETURN row.i AS i, elementId(n) AS id", row{"i": i, "props": props})
			continue
		}
		was, _ := n.before.united()
		text := "MATCH (n) WHERE elementId(n) = row.id SET n += row.props"
		if more := without(content.Labels, was.Labels); len(more) > 0 {
			text += " SET n" + labels(more)
		}
		if less := without(was.Labels, content.Labels); len(less) > 0 {
			text += " REMOVE n" + labels(less)
		}
		updated.add(text, row{"id": n.id, "props": difference(n.held, props)})
	}
	if err := b.runAll(ctx, "update nodes", updated, nil); err != nil {
		return err
	}
	return b.runAll(ctx, "create nodes", created, func(r *neo4j.Record) error {
		nodes[r.Values[0].(int64)].id = r.Values[1].(string)
		return nil
	})
}

// putRels creates, updates and deletes relationships, whose ends are there.
func (b *batch) putRels(ctx context.Context, rels []*rel) error {
	const ends = "MATCH (a) WHERE elementId(a) = row.from MATCH (b) WHERE elementId(b) = row.to "
	wanted := statements{}
	for _, r := range rels {
		content, is := r.united()
		if !r.dirty() || !is && r.id == "" {
			continue
		}
		at := row{"from": r.from.id, "to": r.to.id}
		if !is {
			wanted.add(ends+between(r.kind)+"DELETE r", at)
			r.id = ""
			continue
		}
		props, err := r.encode(content)
		if err != nil {
			return err
		}
		text := ends + between(r.kind)
		if r.id == "" {
			text = ends + "CREATE (a)-[r:" + quote(r.kind) + "]->(b) "
		}
		if r.id != "" || len(props) > 0 { // most new ones have none
			text += "SET r = row.props"
			at["props"] = props
		}
		wanted.add(text, at)
		r.id = cmp.Or(r.id, made)
	}
	return b.runAll(ctx, "put relationships", wanted, nil)
}

// difference returns the properties that make held what is wanted; nil takes one away.
func difference(held, wanted map[string]any) map[string]any {
	changed := map[string]any{}
	for name := range held {
		if _, ok := wanted[name]; !ok {
			changed[name] = nil
		}
	}
	for name, v := range wanted {
		if !isHeld(held[name], v) {
			changed[name] = v
		}
	}
	return changed
}

// isHeld reports whether Neo4j's value is one of ours, which are plain or lists of strings.
func isHeld(held, ours any) bool {
	list, ok := ours.([]string)
	if !ok {
		return held == ours
	}
	other, ok := held.([]any)
	return ok && slices.EqualFunc(other, list, func(a any, b string) bool { return a == b })
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
