package cypher

import "slices"

// shortestWays finds a shortest way between two nodes, or all of them: breadth first from both ends,
// one level at a time from the end that has fewer nodes at hand, until they meet. No way of that
// length uses a relationship twice; what other patterns have matched is no matter to it.
type shortestWays struct {
	step
	hopLimits
	hopTest
	from, to           int
	dir                Direction
	types              relTypes
	all                bool
	path, list, single int // slots for what is named; none: not kept
	walk               int // *hops; none: not kept
}

// front is one of the two searches. It is used again for the next two nodes.
type front struct {
	dir     Direction
	depth   int
	level   []NodeID             // the nodes at this depth
	then    []NodeID             // those at the next
	reached map[NodeID]reachedBy // all nodes so far
	edges   []Edge
}

// reachedBy is how a node was reached: at which depth, and over which edges to nodes one level nearer
// to where the search began. There is more than one edge only where all ways are asked for.
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

func (o *shortestWays) open(next push) push {
	there, back := &front{dir: o.dir}, &front{dir: o.dir.reversed()}
	return o.ready(o.input, func() bool {
		from, ok := o.row[o.from].(NodeID)
		to, ok2 := o.row[o.to].(NodeID)
		switch {
		case !ok || !ok2:
			return true
		case from == to && o.least > 0:
			return true // a way from a node back to itself is not counted as a path between two
		case from == to:
			return o.arrive(from, nil, next)
		}
		there.begin(from)
		back.begin(to)
		o.hold(2)
		defer func() { o.release(len(there.reached) + len(back.reached)) }()
		for _, n := range o.search(there, back) {
			if more := o.ways(n, there, back, from, next); !more || !o.all {
				return more
			}
		}
		return true
	})
}

// search returns the nodes where the searches meet, which lie on shortest ways; one will do unless
// all ways are asked for.
func (o *shortestWays) search(there, back *front) []NodeID {
	for len(there.level) > 0 && len(back.level) > 0 {
		if there.depth+back.depth == o.most {
			if o.unbounded {
				o.note(cutNote)
			}
			return nil
		}
		near, far := there, back
		if len(back.level) < len(there.level) {
			near, far = back, there
		}
		if meeting := o.deeper(near, far); len(meeting) > 0 {
			return meeting
		}
	}
	return nil
}

// deeper takes a search one level on, and returns the nodes of the level that the other has reached.
func (o *shortestWays) deeper(f, other *front) (meeting []NodeID) {
	f.depth++
	f.then = f.then[:0]
	for _, n := range f.level {
		f.edges = o.types.expand(n, f.dir, f.edges[:0])
		o.spend(len(f.edges))
		for _, e := range f.edges {
			if !o.reach(f, n, e) {
				continue
			}
			if _, met := other.reached[e.Other]; met {
				if meeting = append(meeting, e.Other); !o.all {
					return meeting
				}
			}
		}
	}
	f.level, f.then = f.then, f.level
	return meeting
}

// reach notes that an edge leads on from n, and reports whether to a node that was not reached before.
func (o *shortestWays) reach(f *front, n NodeID, e Edge) (fresh bool) {
	known, ok := f.reached[e.Other]
	if ok && (known.depth < f.depth || !o.all) || !o.holds(o.row, e.Rel) {
		return false
	}
	back := Edge{e.Rel, n}
	if ok {
		known.more = append(known.more, back)
		f.reached[e.Other] = known
		return false
	}
	o.hold(1)
	f.reached[e.Other] = reachedBy{depth: f.depth, edge: back}
	f.then = append(f.then, e.Other)
	return true
}

// ways makes a row of every shortest way through a node where the searches have met.
func (o *shortestWays) ways(n NodeID, there, back *front, from NodeID, next push) bool {
	return o.nearer(n, there, nil, func(first []RelID) bool {
		first = slices.Clone(first)
		slices.Reverse(first) // they lead from n to where the way begins
		return o.nearer(n, back, first, func(rels []RelID) bool { return o.arrive(from, rels, next) })
	})
}

// nearer follows the edges by which a node was reached, back to where the search began, and hands on
// the relationships behind those that it was given. It returns false when no more ways are wanted.
func (o *shortestWays) nearer(n NodeID, f *front, rels []RelID, found func([]RelID) bool) bool {
	by := f.reached[n]
	if by.depth == 0 {
		return found(rels)
	}
	o.spend(1 + len(by.more))
	if more := o.nearer(by.edge.Other, f, append(rels, by.edge.Rel), found); !more || !o.all {
		return more
	}
	for _, e := range by.more {
		if !o.nearer(e.Other, f, append(rels, e.Rel), found) {
			return false
		}
	}
	return true
}

// arrive makes the row of one way.
func (o *shortestWays) arrive(from NodeID, rels []RelID, next push) bool {
	if o.path != none {
		p := &path{nodes: []NodeID{from}}
		p.follow(o.graph, &hops{rels: rels})
		o.row[o.path] = p
	}
	if o.list != none {
		o.row[o.list] = boxed(rels)
	}
	if o.single != none {
		o.row[o.single] = rels[0]
	}
	if o.walk != none {
		o.row[o.walk] = &hops{rels: rels}
	}
	o.spend(len(rels))
	return next()
}

func (o *shortestWays) title() string {
	text := "Shortest path "
	if o.all {
		text = "All shortest paths "
	}
	return text + arrow(o.graph, o.types, o.dir) + " " + o.hopLimits.String()
}
