package embedded

import "github.com/assim-mesh/assim/graph"

// revise compares facts with what the file has of their document, whose facts changed last at age.
func (m *memory) revise(f graph.Facts, age uint64) *revision {
	rev := &revision{Facts: f, age: age, nodes: map[graph.Ref]sayID{}, rels: map[graph.RelRef]sayID{}}
	rev.change = graph.Diff(m.facts(m.file.record(documentOf(f.Source)), rev), f)
	return rev
}

// facts returns what a record says, and notes in rev where it says so.
func (m *memory) facts(rec record, rev *revision) (f graph.Facts) {
	for _, says := range rec.nodes {
		s := m.file.saying(says)
		n := graph.Node{Ref: graph.Ref{Label: m.labels.list[s.label], Key: s.key}, Props: m.propsOf(s)}
		for _, l := range s.labels {
			n.Labels = append(n.Labels, m.labels.list[l])
		}
		rev.nodes[n.Ref] = says
		f.Nodes = append(f.Nodes, n)
	}
	for _, r := range rec.rels {
		props := m.propsOf(m.file.saying(r.says))
		rel := graph.Rel{Type: m.types.list[r.kind], From: f.Nodes[r.from].Ref, To: f.Nodes[r.to].Ref, Props: props}
		rev.rels[rel.Ref()] = r.says
		f.Rels = append(f.Rels, rel)
	}
	return f
}

func (m *memory) propsOf(s saying) graph.Props {
	props := make(graph.Props, len(s.props))
	for _, p := range s.props {
		props[m.keys.list[p.key]] = p.goValue()
	}
	return props
}

// evidence returns what the store itself says of a relationship, or nil.
func (m *memory) evidence(ref graph.RelRef) graph.Props {
	id, ok := m.relBetween(ref)
	if !ok {
		return nil
	}
	c, ok := m.relClaims.by(id, resolver)
	if !ok {
		return nil
	}
	return m.propsOf(m.file.saying(c.says))
}
