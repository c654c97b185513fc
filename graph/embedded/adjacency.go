package embedded

import (
	"slices"

	"github.com/assim-mesh/assim/graph/cypher"
)

// edge is a relationship as one of its nodes sees it, in one word: type 8 bits, other node 28 bits,
// relationship 28 bits.
type edge uint64

const (
	idBits = 28
	// maxID bounds the ids of nodes and of relationships: 268 million of each.
	maxID = 1<<idBits - 1
	// maxTypes bounds the types of relationships.
	maxTypes = 1 << (64 - 2*idBits)
)

func newEdge(kind, other, rel uint32) edge {
	return edge(kind)<<(2*idBits) | edge(other)<<idBits | edge(rel)
}

func (e edge) kind() uint32  { return uint32(e >> (2 * idBits)) }
func (e edge) other() uint32 { return uint32(e>>idBits) & maxID }
func (e edge) rel() uint32   { return uint32(e) & maxID }

// edges are those of a node in one direction, grouped by type; within a type they are in no order. A
// list without spare capacity may be shared with snapshots: what changes it, copies it first.
type edges []edge

// start returns where the edges of a type, or of greater ones, begin.
func (l edges) start(kind uint32) int {
	if kind == maxTypes {
		return len(l)
	}
	least := newEdge(kind, 0, 0) // which no edge of a lesser type reaches
	if len(l) == 0 || l[0] >= least {
		return 0
	}
	i, _ := slices.BinarySearch(l, least)
	return i
}

// of returns the edges of one type.
func (l edges) of(kind uint32) edges {
	l = l[l.start(kind):]
	return l[:l.start(kind+1)]
}

// add returns l with e. To make room at the end of a group, every later group gives its first place
// away and takes one behind its last.
func (l edges) add(e edge) edges {
	l = append(l, 0) // copies a list without spare capacity
	hole := len(l) - 1
	for hole > 0 && l[hole-1].kind() > e.kind() {
		first := l[:hole].start(l[hole-1].kind())
		l[hole] = l[first]
		hole = first
	}
	l[hole] = e
	return l
}

// remove returns l without e, which is there. The hole travels to the end, group by group, filled each
// time with the last edge of the group behind it.
func (l edges) remove(e edge) edges {
	if len(l) == cap(l) {
		l = append(make(edges, 0, len(l)+1), l...)
	}
	hole := l.start(e.kind()) + slices.Index(l.of(e.kind()), e)
	for kind := e.kind(); ; kind = l[hole+1].kind() {
		last := l.start(kind+1) - 1
		l[hole], hole = l[last], last
		if hole == len(l)-1 {
			return l[:hole]
		}
	}
}

// find returns the relationship of a type to a node.
func (l edges) find(kind, other uint32) (rel uint32, ok bool) {
	for _, e := range l[l.start(kind):] {
		if e.kind() != kind {
			break
		}
		if e.other() == other {
			return e.rel(), true
		}
	}
	return 0, false
}

// expand appends the edges of some types, or of all if there are none, as queries see them: but for
// loops if asked.
func (l edges) expand(buf []cypher.Edge, types []cypher.TypeID, node cypher.NodeID, skipLoops bool) []cypher.Edge {
	switch {
	case len(types) == 0:
		return l.appendTo(buf, node, skipLoops)
	case len(l) <= shortList:
		return l.pick(buf, types, node, skipLoops)
	}
	for _, t := range types {
		buf = l.of(uint32(t)).appendTo(buf, node, skipLoops)
	}
	return buf
}

// shortList is the length up to which to look at every edge is faster than to search for each type: it
// is two cache lines, and most nodes have no more.
const shortList = 16

// pick appends the edges of some types by a look at every one.
func (l edges) pick(buf []cypher.Edge, types []cypher.TypeID, node cypher.NodeID, skipLoops bool) []cypher.Edge {
	for _, e := range l {
		if other := cypher.NodeID(e.other()); slices.Contains(types, cypher.TypeID(e.kind())) && (!skipLoops || other != node) {
			buf = append(buf, cypher.Edge{Rel: cypher.RelID(e.rel()), Other: other})
		}
	}
	return buf
}

func (l edges) appendTo(buf []cypher.Edge, node cypher.NodeID, skipLoops bool) []cypher.Edge {
	for _, e := range l {
		if other := cypher.NodeID(e.other()); !skipLoops || other != node {
			buf = append(buf, cypher.Edge{Rel: cypher.RelID(e.rel()), Other: other})
		}
	}
	return buf
}
