package cypher

import (
	"context"
	"slices"
	"testing"
)

// memory is a graph for tests, written in the notation of CREATE, which the package itself lacks. It
// has an index on the property "id" of every label.
type memory struct {
	nodes []memoryNode
	rels  []memoryRel
	words []string // names of labels, types and properties
	scans []string // labels that were scanned: "" for all nodes
}

type memoryNode struct {
	labels  []LabelID
	props   map[string]any
	out, in []RelID
}

type memoryRel struct {
	from, to NodeID
	relType  TypeID
	props    map[string]any
}

// Ids of labels, types and keys are places in words.

func (g *memory) word(name string) uint32 {
	if i := slices.Index(g.words, name); i >= 0 {
		return uint32(i)
	}
	g.words = append(g.words, name)
	return uint32(len(g.words) - 1)
}

func (g *memory) find(name string) (uint32, bool) {
	i := slices.Index(g.words, name)
	return uint32(max(i, 0)), i >= 0
}

func (g *memory) Label(name string) (LabelID, bool) { i, ok := g.find(name); return LabelID(i), ok }
func (g *memory) Type(name string) (TypeID, bool)   { i, ok := g.find(name); return TypeID(i), ok }
func (g *memory) Key(name string) (KeyID, bool)     { i, ok := g.find(name); return KeyID(i), ok }
func (g *memory) LabelName(id LabelID) string       { return g.words[id] }
func (g *memory) TypeName(id TypeID) string         { return g.words[id] }
func (g *memory) KeyName(id KeyID) string           { return g.words[id] }
func (g *memory) LabelNames() []string              { return g.words }
func (g *memory) TypeNames() []string               { return g.words }
func (g *memory) KeyNames() []string                { return g.words }
func (g *memory) NodeLimit() NodeID                 { return NodeID(len(g.nodes)) }

func (g *memory) NodeCount(label LabelID) (n int) {
	for i := range g.nodes {
		if label == AnyLabel || g.HasLabel(NodeID(i), label) {
			n++
		}
	}
	return n
}

func (g *memory) RelCount(relType TypeID) (n int) {
	for _, r := range g.rels {
		if relType == AnyType || r.relType == relType {
			n++
		}
	}
	return n
}

func (g *memory) Nodes(label LabelID, cursor int, buf []NodeID) (n, next int) {
	if cursor == 0 && label == AnyLabel {
		g.scans = append(g.scans, "")
	} else if cursor == 0 {
		g.scans = append(g.scans, g.LabelName(label))
	}
	for ; n < len(buf) && cursor < len(g.nodes); cursor++ {
		if label == AnyLabel || g.HasLabel(NodeID(cursor), label) {
			buf[n] = NodeID(cursor)
			n++
		}
	}
	return n, cursor
}

func (g *memory) Indexed(_ LabelID, key KeyID) (int, bool) { return 1, g.KeyName(key) == "id" }

func (g *memory) Seek(label LabelID, key KeyID, value any, buf []NodeID) ([]NodeID, bool) {
	if g.KeyName(key) != "id" {
		return buf, false
	}
	if _, isList := value.([]any); isList {
		return buf, false
	}
	for i := range g.nodes {
		if n := NodeID(i); g.HasLabel(n, label) && equal(g.NodeProp(n, key), value) == true {
			buf = append(buf, n)
		}
	}
	return buf, true
}

func (g *memory) HasLabel(n NodeID, label LabelID) bool {
	return slices.Contains(g.nodes[n].labels, label)
}

func (g *memory) Expand(n NodeID, dir Direction, types []TypeID, buf []Edge) []Edge {
	wanted := func(r RelID) bool { return len(types) == 0 || slices.Contains(types, g.rels[r].relType) }
	for _, r := range g.nodes[n].out {
		if dir != In && wanted(r) {
			buf = append(buf, Edge{r, g.rels[r].to})
		}
	}
	for _, r := range g.nodes[n].in {
		loop := g.rels[r].from == n
		if dir != Out && !(dir == Both && loop) && wanted(r) {
			buf = append(buf, Edge{r, g.rels[r].from})
		}
	}
	return buf
}

func (g *memory) Labels(n NodeID) []LabelID        { return g.nodes[n].labels }
func (g *memory) Ends(r RelID) (from, to NodeID)   { return g.rels[r].from, g.rels[r].to }
func (g *memory) TypeOf(r RelID) TypeID            { return g.rels[r].relType }
func (g *memory) NodeProp(n NodeID, key KeyID) any { return g.nodes[n].props[g.KeyName(key)] }
func (g *memory) RelProp(r RelID, key KeyID) any   { return g.rels[r].props[g.KeyName(key)] }
func (g *memory) NodeProps(n NodeID, buf []Property) []Property {
	return g.props(g.nodes[n].props, buf)
}
func (g *memory) RelProps(r RelID, buf []Property) []Property { return g.props(g.rels[r].props, buf) }

func (g *memory) props(all map[string]any, buf []Property) []Property {
	for name, v := range all {
		id, _ := g.Key(name)
		buf = append(buf, Property{id, v})
	}
	return buf
}

// create runs clauses, among them CREATE, which Parse refuses.
func (g *memory) create(text string, params map[string]any) (err error) {
	defer catch(text, &err)
	p := newParser(text)
	s := &session{graph: names{Reader: g}, params: params, meter: newMeter(context.Background(), Budget{})}
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
	n := memoryNode{props: g.properties(x, p.props, r)}
	if p.labels != nil {
		for _, l := range p.labels.required() {
			n.labels = append(n.labels, LabelID(g.word(l)))
		}
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
	g.rels = append(g.rels, memoryRel{from, to, TypeID(g.word(p.labels.required()[0])), g.properties(x, p.props, r)})
	g.nodes[from].out = append(g.nodes[from].out, id)
	g.nodes[to].in = append(g.nodes[to].in, id)
	return r.with(p.name, id)
}

func (g *memory) properties(x *evaluator, e expr, r *row) map[string]any {
	props := map[string]any{}
	if e != nil {
		for k, v := range x.eval(e, r).(map[string]any) {
			if v != nil {
				g.word(k)
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
