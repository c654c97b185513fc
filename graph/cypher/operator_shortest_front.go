package cypher

// front is one of the two searches for a shortest way. It is used again for the next two nodes.
type front struct {
	dir     Direction
	depth   int
	level   []NodeID             // the nodes at this depth
	then    []NodeID             // those at the next
	reached map[NodeID]reachedBy // all nodes so far
	edges   []Edge
}

// reachedBy is how a node was reached: at which depth, and over which edges to nodes one level nearer
// to where the search began. There is more than one edge only where every way is looked for.
type reachedBy struct {
	depth int
	edge  Edge
	more  []Edge
}

// begin starts a search anew.
func (f *front) begin(n NodeID) {
	if f.reached == nil || len(f.reached) > keptNodes {
		f.reached = map[NodeID]reachedBy{}
	}
	clear(f.reached)
	f.depth, f.level = 0, append(f.level[:0], n)
	f.reached[n] = reachedBy{}
}

// keptNodes is up to how many nodes a search was large that it is worth clearing for the next.
const keptNodes = 1000
