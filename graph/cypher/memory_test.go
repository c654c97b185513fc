package cypher

import (
	"context"
	"iter"
	"slices"
	"testing"
)

// memory is a graph for tests, written in the notation of CREATE, which the package itself lacks. It
// has an index on the property "id" of every label.
type memory struct {
	nodes []memoryNode
	rels  []memoryRel
	scans []string // labels that were scanned: "" for all nodes
}

type memoryNode struct {
	labels  []string
	props   map[string]any
	out, in []RelID
}

type memoryRel struct {
	from, to NodeID
	relType  string
	props    map[string]any
}

func (g *memory) Nodes(label string) iter.Seq[NodeID] {
	g.scans = append(g.scans, label)
	return g.where(func(n memoryNode) bool { return label == "" || slices.Contains(n.labels, label) })
}

func (g *memory) where(holds func(memoryNode) bool) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		for i, n := range g.nodes {
			if holds(n) && !yield(NodeID(i)) {
				return
			}
		}
	}
}

func (g *memory) Lookup(label, prop string, value any) (iter.Seq[NodeID], bool) {
	if prop != "id" {
		return nil, false
	}
	return g.where(func(n memoryNode) bool {
		return slices.Contains(n.labels, label) && equal(n.props[prop], value) == true
	}), true
}

func (g *memory) Rels(n NodeID, dir Direction, relType string) iter.Seq[RelID] {
	return func(yield func(RelID) bool) {
		node := g.nodes[n]
		for _, r := range node.out {
			if dir != In && (relType == "" || g.rels[r].relType == relType) && !yield(r) {
				return
			}
		}
		for _, r := range node.in {
			loop := g.rels[r].from == n
			if dir != Out && !(dir == Both && loop) && (relType == "" || g.rels[r].relType == relType) && !yield(r) {
				return
			}
		}
	}
}

func (g *memory) Labels(n NodeID) []string          { return g.nodes[n].labels }
func (g *memory) NodeProp(n NodeID, key string) any { return g.nodes[n].props[key] }
func (g *memory) NodeProps(n NodeID) map[string]any { return g.nodes[n].props }
func (g *memory) Ends(r RelID) (from, to NodeID)    { return g.rels[r].from, g.rels[r].to }
func (g *memory) Type(r RelID) string               { return g.rels[r].relType }
func (g *memory) RelProp(r RelID, key string) any   { return g.rels[r].props[key] }
func (g *memory) RelProps(r RelID) map[string]any   { return g.rels[r].props }

// create runs clauses, among them CREATE, which Parse refuses.
func (g *memory) create(text string, params map[string]any) (err error) {
	defer catch(text, &err)
	p := newParser(text)
	s := &session{graph: g, params: params, meter: newMeter(context.Background(), Budget{})}
	x := &evaluator{session: s}
	in := []*row{nil}
	for p.peek(0).kind != tokenEnd && !p.isOp(0, ";") {
		if p.word("CREATE") {
			paths := p.paths()
			for i := range in {
				in[i] = g.createPaths(x, paths, in[i])
			}
			continue
		}
		c := p.clause()
		if c == nil {
			p.expected("a clause")
		}
		if w, ok := c.(*projection); ok && w.star { // as the checker would
			visible := scope{}
			for r := in[0]; r != nil; r = r.before {
				visible[r.name] = kindAny
			}
			w.items = append(starItems(w.pos, visible), w.items...)
		}
		in = slices.Collect(x.clause(c, slices.Values(in)))
	}
	p.end()
	return nil
}

func (g *memory) createPaths(x *evaluator, paths []*pathPattern, r *row) *row {
	for _, p := range paths {
		var from, to NodeID
		from, r = g.createNode(x, p.nodes[0], r)
		for i, rel := range p.rels {
			to, r = g.createNode(x, p.nodes[i+1], r)
			r = g.createRel(x, rel, from, to, r)
			from = to
		}
	}
	return r
}

func (g *memory) createNode(x *evaluator, p *nodePattern, r *row) (NodeID, *row) {
	if v, ok := r.named(p.name); ok {
		return v.(NodeID), r
	}
	n := memoryNode{props: properties(x, p.props, r)}
	if p.labels != nil {
		n.labels = p.labels.required()
	}
	g.nodes = append(g.nodes, n)
	id := NodeID(len(g.nodes) - 1)
	return id, r.with(p.name, id)
}

func (g *memory) createRel(x *evaluator, p *relPattern, from, to NodeID, r *row) *row {
	if p.dir == In {
		from, to = to, from
	}
	id := RelID(len(g.rels))
	g.rels = append(g.rels, memoryRel{from, to, p.labels.required()[0], properties(x, p.props, r)})
	g.nodes[from].out = append(g.nodes[from].out, id)
	g.nodes[to].in = append(g.nodes[to].in, id)
	return r.with(p.name, id)
}

func properties(x *evaluator, e expr, r *row) map[string]any {
	props := map[string]any{}
	if e != nil {
		for k, v := range x.eval(e, r).(map[string]any) {
			if v != nil {
				props[k] = v
			}
		}
	}
	return props
}

// newMemory makes a graph of what CREATE makes of the text.
func newMemory(t testing.TB, create string) *memory {
	t.Helper()
	g := &memory{}
	if create == "" {
		return g
	}
	if err := g.create("CREATE "+create, nil); err != nil {
		t.Fatalf("graph %s: %v", create, err)
	}
	return g
}

// answer parses and runs a query.
func answer(t testing.TB, g Reader, text string, params map[string]any) (*Result, error) {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return q.Run(context.Background(), g, params, Budget{})
}
