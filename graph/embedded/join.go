package embedded

import (
	"iter"
	"slices"
)

// listEdges makes the lists of edges of all relationships that were read. The lists of a page are cut
// from one piece of memory, each at its length.
func (l *loader) listEdges() {
	l.list(&l.out, func(e ends) (near, far uint32) { return e.from, e.to })
	l.merge()
	l.list(&l.in, func(e ends) (near, far uint32) { return e.to, e.from })
	l.relCounts = make([]int, len(l.types.list))
	for kind := range l.relCounts {
		for range l.relsOf(uint32(kind)) {
			l.relCounts[kind]++
			l.relCount++
		}
	}
}

// list makes the lists of one direction. near is the end of which an edge is in the list.
func (l *loader) list(of *column[edges], sides func(ends) (near, far uint32)) {
	lengths := make([]uint32, l.nodes.limit())
	for kind := range l.types.list {
		for _, e := range l.relsOf(uint32(kind)) {
			near, _ := sides(e)
			lengths[near]++
		}
	}
	for part := range slices.Chunk(lengths, pageLen) {
		cut(of, part)
	}
	for kind := range l.types.list { // ascending, as the groups of a list are
		for rel, e := range l.relsOf(uint32(kind)) {
			near, far := sides(e)
			list := &of.pages[near>>pageBits].values[near%pageLen]
			*list = append(*list, newEdge(uint32(kind), far, rel))
		}
	}
}

// cut adds a page of empty lists that have room for these lengths, or none where all are 0.
func cut(of *column[edges], lengths []uint32) {
	total := 0
	for _, n := range lengths {
		total += int(n)
	}
	of.pages, of.batch = append(of.pages, nil), loading
	if total == 0 {
		return
	}
	p, all := &page[edges]{batch: loading}, make(edges, total)
	for i, n := range lengths {
		p.values[i], all = all[:0:n], all[n:]
	}
	of.pages[len(of.pages)-1] = p
}

// relsOf yields the relationships of a type and their ends.
func (l *loader) relsOf(kind uint32) iter.Seq2[uint32, ends] {
	return func(yield func(uint32, ends) bool) {
		for p, owner := range l.rels.owners {
			if owner != kind {
				continue
			}
			for i, e := range l.ends.pages[p].values {
				if e != (ends{}) && !yield(uint32(p<<pageBits|i), e) {
					return
				}
			}
		}
	}
}

// merge makes one of the relationships that have the same type and ends: different documents claim
// them. It looks at the lists of outgoing edges, from which it takes all but the first.
func (l *loader) merge() {
	type seen struct{ group, rel uint32 }
	last := make([]seen, l.nodes.limit()) // by the other end
	group := uint32(0)                    // of edges of one node and type
	for _, p := range l.out.pages {
		if p == nil {
			continue
		}
		for i, list := range p.values {
			kept := list[:0]
			for j, e := range list {
				if j == 0 || e.kind() != list[j-1].kind() {
					group++
				}
				if before := last[e.other()]; before.group == group {
					l.fold(e.rel(), before.rel)
					continue
				}
				last[e.other()] = seen{group, e.rel()}
				kept = append(kept, e)
			}
			p.values[i] = slices.Clip(kept)
		}
	}
}

// fold gives the claim of a relationship to another one, which has the same name, and its number back.
func (l *loader) fold(rel, into uint32) {
	one := l.relClaims.single.get(rel)
	l.relClaims.add(into, one)
	l.about.set(uint32(one.says), into, writerOnly)
	l.relClaims.single.set(rel, claim{}, writerOnly)
	l.setProps(&l.relProps, rel, nil)
	l.ends.set(rel, ends{}, l.batch)
	l.rels.give(rel)
}
