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

// front is one of the two searches.
type front struct {
	dir     Direction
	depth   int
	level   []NodeID             // the nodes at this depth
	reached map[NodeID]reachedBy // all nodes so far
}

// reachedBy is how a node was reached: at which depth, and over which edges to nodes one level nearer
// to where the search began.
type reachedBy struct {
	depth int
	edges []Edge
}

func newFront(n NodeID, dir Direction) *front {
	return &front{dir: dir, level: []NodeID{n}, reached: map[NodeID]reachedBy{n: {}}}
}

func (o *shortestWays) open(next push) push {
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
		there, back := newFront(from, o.dir), newFront(to, o.dir.reversed())
		defer func() { o.release(len(there.reached) + len(back.reached)) }()
		o.hold(len(there.reached) + len(back.reached))
		meeting := o.search(there, back)
		for _, n := range meeting {
			if more := o.ways(n, there, back, from, next); !more || !o.all {
				return more
			}
		}
		return true
	})
}

// search returns the nodes where the searches meet, which lie on shortest ways.
func (o *shortestWays) search(there, back *front) (meeting []NodeID) {
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
		o.deeper(near)
		for _, n := range near.level {
			if _, ok := far.reached[n]; ok {
				meeting = append(meeting, n)
			}
		}
		if len(meeting) > 0 {
			return meeting
		}
	}
	return nil
}

// deeper takes a search one level on.
func (o *shortestWays) deeper(f *front) {
	f.depth++
	var level []NodeID
	var edges []Edge
	for _, n := range f.level {
		edges = o.types.expand(n, f.dir, edges[:0])
		o.spend(len(edges))
		for _, e := range edges {
			known, ok := f.reached[e.Other]
			if ok && (known.depth < f.depth || !o.all) || !o.holds(o.row, e.Rel) {
				continue
			}
			if !ok {
				level = append(level, e.Other)
				o.hold(1)
			}
			f.reached[e.Other] = reachedBy{f.depth, append(known.edges, Edge{e.Rel, n})}
		}
	}
	f.level = level
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
	for _, e := range by.edges {
		o.spend(1)
		if more := o.nearer(e.Other, f, append(rels, e.Rel), found); !more || !o.all {
			return more
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
