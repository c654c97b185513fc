package cypher

import (
	"fmt"
	"slices"
)

// hop is what operators that follow relationships have in common.
type hop struct {
	graph    names
	from, to end
	dir      Direction
	types    relTypes
	used     []int // slots of what has been matched before and must not be again
}

// end is the node at one end of a relationship.
type end struct {
	slot  int
	known bool // found before: it is compared and not set
}

// takes puts a node into its slot, and reports whether it may be there.
func (e end) takes(row []any, n NodeID) bool {
	if e.known {
		return row[e.slot] == any(n)
	}
	row[e.slot] = n
	return true
}

// hops is the way that a variable length has taken, valid while the rows that it makes are at hand.
type hops struct {
	rels      []RelID
	backwards bool // it was walked from the pattern's right end to its left
}

// free reports whether a relationship has not been matched before.
func (h *hop) free(row []any, rel RelID) bool {
	for _, slot := range h.used {
		switch v := row[slot].(type) {
		case RelID:
			if v == rel {
				return false
			}
		case *hops:
			if slices.Contains(v.rels, rel) {
				return false
			}
		}
	}
	return true
}

// typeText writes the types and the direction for people.
func (h *hop) typeText() string { return arrow(h.graph, h.types, h.dir) }

func arrow(g names, types relTypes, dir Direction) string {
	text := ""
	for _, id := range types.ids {
		if text != "" {
			text += "|"
		}
		text += g.TypeName(id)
	}
	if types.other != nil {
		text = types.other.String()
	}
	switch dir {
	case Out:
		return fmt.Sprintf("-[%s]->", text)
	case In:
		return fmt.Sprintf("<-[%s]-", text)
	}
	return fmt.Sprintf("-[%s]-", text)
}

// expand follows one relationship.
type expand struct {
	step
	hop
	rel int // none: not kept
}

func (o *expand) open(next push) push {
	if b, ok := o.source(o.from.slot); ok {
		return o.openAfter(b, next)
	}
	var edges []Edge
	return o.ready(o.input, func() bool {
		n, ok := o.row[o.from.slot].(NodeID)
		if !ok {
			return true
		}
		edges = o.types.expand(n, o.dir, edges[:0])
		o.spend(len(edges))
		return o.pass(edges, next)
	})
}

// openAfter is open behind what comes in bulks.
func (o *expand) openAfter(b bulk, next push) push {
	var all gathered
	return b.openBulk(func(nodes []NodeID) bool {
		o.gather(nodes, &all)
		o.spend(len(all.edges))
		for i, n := range nodes {
			edges := all.of(i)
			if len(edges) == 0 {
				continue
			}
			o.row[o.from.slot] = n
			if !o.pass(edges, next) {
				return false
			}
		}
		return true
	})
}

// pass makes rows of edges.
func (o *expand) pass(edges []Edge, next push) bool {
	for _, e := range edges {
		if !o.free(o.row, e.Rel) || !o.to.takes(o.row, e.Other) {
			continue
		}
		if o.rel != none {
			o.row[o.rel] = e.Rel
		}
		if !next() {
			return false
		}
	}
	return true
}

func (o *expand) title() string {
	if o.to.known {
		return "Expand into " + o.typeText()
	}
	return "Expand " + o.typeText()
}

// between finds the ends of a relationship that is known.
type between struct {
	step
	hop
	rel int
}

func (o *between) open(next push) push {
	return o.ready(o.input, func() bool {
		o.spend(1)
		rel, ok := o.row[o.rel].(RelID)
		if !ok || !o.types.holds(o.graph.TypeOf(rel)) || !o.free(o.row, rel) {
			return true
		}
		from, to := o.graph.Ends(rel)
		if o.dir != In && !o.pass(from, to, next) {
			return false
		}
		if o.dir == Out || o.dir == Both && from == to {
			return true
		}
		return o.pass(to, from, next)
	})
}

// pass makes a row if the ends fit. It returns false when no more rows are wanted.
func (o *between) pass(from, to NodeID, next push) bool {
	return !o.from.takes(o.row, from) || !o.to.takes(o.row, to) || next()
}

func (o *between) title() string { return "Ends of " + o.typeText() }
