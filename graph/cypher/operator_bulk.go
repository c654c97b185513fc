package cypher

// bulk is an operator that can make many rows at once: rows that differ in one slot only, in which
// there are nodes. Whoever follows relationships from there looks at the edges of all before it makes
// a row of any: while nothing else happens, the processor fetches several at a time, and waiting for
// memory is most of what a walk through a large graph costs.
type bulk interface {
	operator
	// openBulk is open; next gets nodes, at most bulkNodes, instead of finding one in the slot.
	openBulk(next func([]NodeID) bool) (run push)
	// varies returns the slot, or none if there is no bulk to be had.
	varies() int
}

// bulkNodes is how many nodes are at hand at once: few enough for a LIMIT of one row not to notice.
const bulkNodes = 64

// inBulks hands on nodes a bulk at a time.
func inBulks(nodes []NodeID, next func([]NodeID) bool) bool {
	for len(nodes) > 0 {
		n := min(len(nodes), bulkNodes)
		if !next(nodes[:n]) {
			return false
		}
		nodes = nodes[n:]
	}
	return true
}

// gathered is the edges of several nodes.
type gathered struct {
	edges []Edge
	ends  []int // where in edges those of each node end
}

// gather looks at the edges of nodes.
func (h *hop) gather(nodes []NodeID, into *gathered) {
	into.edges, into.ends = into.edges[:0], into.ends[:0]
	for _, n := range nodes {
		into.edges = h.types.expand(n, h.dir, into.edges)
		into.ends = append(into.ends, len(into.edges))
	}
}

// of returns the edges of the i-th node.
func (g *gathered) of(i int) []Edge {
	start := 0
	if i > 0 {
		start = g.ends[i-1]
	}
	return g.edges[start:g.ends[i]]
}

// source returns the operator's input if it comes in bulks of what is in a slot. A profile counts rows
// one by one.
func (s *step) source(slot int) (bulk, bool) {
	b, ok := s.input.(bulk)
	return b, ok && s.profile == nil && b.varies() == slot
}
