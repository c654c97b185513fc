package cypher

import (
	"iter"
	"slices"
)

// How well a node pattern tells which nodes it can be, the best first.
const (
	byBinding = iota // it is bound, or a relationship at it is
	byIndex
	byLabel
	byNothing
)

// chooseStart picks the node of a pattern to begin at, and yields the nodes that it can be.
func (w *walk) chooseStart(r *row) (position int, candidates iter.Seq[NodeID]) {
	best := byNothing + 1
	for i := 0; i < len(w.pattern.nodes) && best > byBinding; i++ {
		if nodes, by := w.candidates(i, r); by < best {
			position, candidates, best = i, nodes, by
		}
	}
	return position, candidates
}

// candidates yields the nodes that may stand at a position, and says by what they are found.
func (w *walk) candidates(position int, r *row) (iter.Seq[NodeID], int) {
	p := w.pattern.nodes[position]
	if nodes, ok := w.boundAt(position, r); ok {
		return slices.Values(nodes), byBinding
	}
	if p.labels == nil {
		return w.scan(""), byNothing
	}
	required := p.labels.required()
	for _, label := range required {
		if nodes := w.lookup(label, p, r); nodes != nil {
			return nodes, byIndex
		}
	}
	if len(required) == 0 {
		return w.scan(""), byNothing
	}
	return w.scan(required[0]), byLabel
}

// scan yields the nodes with a label. The graph is asked only once they are needed.
func (w *walk) scan(label string) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) { slices.Values(w.graph.nodes(label))(yield) }
}

// boundAt returns the only nodes that can stand at a position because it or the relationship to its
// right or left is bound already.
func (w *walk) boundAt(position int, r *row) ([]NodeID, bool) {
	if v, ok := r.named(w.pattern.nodes[position].name); ok {
		if n, ok := v.(NodeID); ok {
			return []NodeID{n}, true
		}
		return nil, true // null, from an OPTIONAL MATCH: nothing matches
	}
	for _, p := range w.pattern.rels[max(0, position-1):min(position+1, len(w.pattern.rels))] {
		v, ok := r.named(p.name)
		if !ok || p.hops != nil {
			continue
		}
		rel, ok := v.(RelID)
		if !ok {
			return nil, true
		}
		from, to := w.graph.Ends(rel)
		if from == to {
			return []NodeID{from}, true
		}
		return []NodeID{from, to}, true
	}
	return nil, false
}

// lookup asks the indexes of a label for a property that must equal something known.
func (w *walk) lookup(label string, p *nodePattern, r *row) iter.Seq[NodeID] {
	for _, eq := range w.equalities(p) {
		if names, all := references(eq.value); !all || !r.has(names) {
			continue
		}
		value := w.eval(eq.value, r)
		if value == nil {
			return slices.Values([]NodeID{}) // nothing equals null
		}
		if nodes, ok := w.graph.lookup(label, eq.key, value); ok {
			return slices.Values(nodes)
		}
	}
	return nil
}

// naiveEquality is a condition that a property of a node has a value.
type naiveEquality struct {
	key   string
	value expr
}

// equalities returns those that a node must fulfil, by its inline map or by WHERE.
func (w *walk) equalities(p *nodePattern) []naiveEquality {
	var all []naiveEquality
	if m, ok := p.props.(*mapping); ok {
		for i, k := range m.keys {
			all = append(all, naiveEquality{k, m.values[i]})
		}
	}
	if p.name != "" {
		all = appendEqualities(all, w.where, p.name)
		all = appendEqualities(all, p.where, p.name)
	}
	return all
}

// appendEqualities looks for name.key = value in what AND joins.
func appendEqualities(all []naiveEquality, e expr, name string) []naiveEquality {
	b, ok := e.(*binary)
	if !ok {
		return all
	}
	switch b.op {
	case "AND":
		return appendEqualities(appendEqualities(all, b.left, name), b.right, name)
	case "=":
		for _, side := range [...]struct{ prop, value expr }{{b.left, b.right}, {b.right, b.left}} {
			if p, ok := side.prop.(*property); ok && isVariable(p.of, name) {
				all = append(all, naiveEquality{p.key, side.value})
			}
		}
	}
	return all
}

func isVariable(e expr, name string) bool {
	v, ok := e.(*variable)
	return ok && v.name == name
}
