package embedded

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// outlook sees the graph as it will be after a batch, and finds the resolved relationships that come
// and go with it. It looks only at pairs of nodes between which a path appears or disappears, so its
// cost is that of what changed: for one more client, the servers of one endpoint.
type outlook struct {
	m       *memory
	touched map[graph.RelRef]*claimants
	order   []graph.RelRef // of touched
	// versions are the documents of the batch.
	versions map[graph.Claimant]graph.Source
	// fresh are relationships that memory does not have yet, by their ends.
	freshFrom, freshTo map[graph.Ref][]graph.RelRef
}

// claimants are the documents of a batch that begin or cease to assert a relationship.
type claimants struct{ added, removed []graph.Claimant }

func newOutlook(m *memory, batch []*revision) *outlook {
	o := &outlook{
		m:         m,
		touched:   map[graph.RelRef]*claimants{},
		versions:  map[graph.Claimant]graph.Source{},
		freshFrom: map[graph.Ref][]graph.RelRef{},
		freshTo:   map[graph.Ref][]graph.RelRef{},
	}
	for _, rev := range batch {
		d := rev.Source.Claimant()
		o.versions[d] = rev.Source
		for i, rel := range rev.Rels {
			if rev.rels[i].fate == added {
				c := o.touch(rel.Ref())
				c.added = append(c.added, d)
			}
		}
		for _, ref := range rev.relsOut {
			c := o.touch(ref)
			c.removed = append(c.removed, d)
		}
	}
	return o
}

func (o *outlook) touch(ref graph.RelRef) *claimants {
	c := o.touched[ref]
	if c == nil {
		c = &claimants{}
		o.touched[ref] = c
		o.order = append(o.order, ref)
		if _, ok := o.m.relBetween(ref); !ok {
			o.freshFrom[ref.From] = append(o.freshFrom[ref.From], ref)
			o.freshTo[ref.To] = append(o.freshTo[ref.To], ref)
		}
	}
	return c
}

// resolve returns the resolved relationships to put and to drop.
func (o *outlook) resolve(now time.Time) (put []graph.Rel, drop []graph.RelRef, err error) {
	for _, rule := range graph.Resolved() {
		pairs, err := o.pairs(rule)
		if err != nil {
			return nil, nil, err
		}
		for _, pair := range pairs {
			was := o.m.evidence(pair)
			is := o.evidence(rule, pair, was, now)
			switch {
			case is == nil && was != nil:
				drop = append(drop, pair)
			case is != nil && !is.Equal(was):
				put = append(put, graph.Rel{Type: pair.Type, From: pair.From, To: pair.To, Props: is})
			}
		}
	}
	return put, drop, nil
}

// pairs returns the relationships that a rule could make or unmake because of the batch, each once.
func (o *outlook) pairs(rule graph.Resolution) (pairs []graph.RelRef, err error) {
	seen, paths := map[graph.RelRef]bool{}, 0
	add := func(a, b graph.Ref) {
		paths++
		ref := graph.RelRef{Type: rule.Type, From: a, To: b}
		if a != b && !seen[ref] {
			seen[ref] = true
			pairs = append(pairs, ref)
		}
	}
	for _, ref := range o.order {
		if ref.Type == rule.First && ref.To.Label == rule.Middle {
			for _, second := range o.from(ref.To, rule.Second) {
				add(ref.From, second.To)
			}
		}
		if ref.Type == rule.Second && ref.From.Label == rule.Middle {
			for _, first := range o.to(ref.From, rule.First) {
				add(first.From, ref.To)
			}
		}
		if err := rule.CheckPaths(paths); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}

// evidence returns what shows pair by this rule after the batch, or nil if nothing does. Evidence that
// was there keeps its beginning.
func (o *outlook) evidence(rule graph.Resolution, pair graph.RelRef, was graph.Props, now time.Time) graph.Props {
	var middles, documents []string
	for _, first := range o.from(pair.From, rule.First) {
		second := graph.RelRef{Type: rule.Second, From: first.To, To: pair.To}
		if first.To.Label != rule.Middle {
			continue
		}
		a, b := o.claimants(first), o.claimants(second)
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		middles = append(middles, first.To.Key)
		for _, s := range append(a, b...) {
			documents = append(documents, s.Host+"/"+s.Instance+"@"+s.Hash)
		}
	}
	return graph.Evidence(was, middles, documents, now)
}

// claimants returns the documents that will assert a relationship.
func (o *outlook) claimants(ref graph.RelRef) (sources []graph.Source) {
	c := o.touched[ref]
	if c == nil {
		c = &claimants{}
	}
	if id, ok := o.m.relBetween(ref); ok {
		for _, held := range o.m.relClaims.of(id) {
			s := o.m.sources[held.source].Source
			if held.source != resolver && !slices.Contains(c.removed, s.Claimant()) {
				sources = append(sources, o.newest(s))
			}
		}
	}
	for _, d := range c.added {
		sources = append(sources, o.versions[d])
	}
	return sources
}

// newest is the version of a document that is held after the batch.
func (o *outlook) newest(held graph.Source) graph.Source {
	if s, ok := o.versions[held.Claimant()]; ok {
		return s
	}
	return held
}

// from returns the relationships of a type that start at a node before or after the batch.
func (o *outlook) from(ref graph.Ref, relType string) []graph.RelRef {
	return o.around(ref, relType, &o.m.out, o.freshFrom[ref])
}

// to returns those that end at a node.
func (o *outlook) to(ref graph.Ref, relType string) []graph.RelRef {
	return o.around(ref, relType, &o.m.in, o.freshTo[ref])
}

func (o *outlook) around(ref graph.Ref, relType string, side *column[edges], fresh []graph.RelRef) (rels []graph.RelRef) {
	node, ok1 := o.m.find(ref)
	kind, ok2 := o.m.types.ids[relType]
	if ok1 && ok2 {
		for _, e := range side.get(node).of(kind) {
			rels = append(rels, o.m.relRef(e.rel()))
		}
	}
	for _, f := range fresh {
		if f.Type == relType {
			rels = append(rels, f)
		}
	}
	return rels
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
	props := graph.Props{}
	for _, p := range m.file.saying(c.says).props {
		props[m.keys.list[p.key]] = p.goValue()
	}
	return props
}
