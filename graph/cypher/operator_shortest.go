package cypher

import "slices"

// shortestWays finds a shortest way between two nodes, or all of them, among those that fulfil its
// conditions. No way uses a relationship twice; what other patterns have matched is no matter to it.
//
// It searches breadth first from both ends, one level at a time from the end that has fewer nodes at hand,
// until they meet, and keeps what is asked of each node and each relationship on the way. What is asked of
// a whole way can be asked only then. Where no way of that length fulfils it, longer ones are looked for.
type shortestWays struct {
	step
	hopLimits
	hopTest
	nodes      nodeTests   // on each node, the ends included
	asked      []condition // on the whole way, whose slots have been set
	from, to   int
	dir        Direction
	types      relTypes
	all        bool
	path, list int // slots for what is named; none: not kept
	walk       int // *hops; none: not kept
}

// shortestSearch is a shortestWays on its way.
type shortestSearch struct {
	*shortestWays
	next        push
	there, back front // from the first node, and from the last
	start       NodeID
	longer      longerWays

	found bool // a way that fulfils the conditions
	more  bool // rows are wanted
}

func (o *shortestWays) open(next push) push {
	w := &shortestSearch{shortestWays: o, next: next, there: front{dir: o.dir}, back: front{dir: o.dir.reversed()}}
	return o.ready(o.input, w.begin)
}

func (w *shortestSearch) begin() bool {
	from, ok := w.row[w.from].(NodeID)
	to, ok2 := w.row[w.to].(NodeID)
	if !ok || !ok2 || !w.nodes.hold(from) || !w.nodes.hold(to) {
		return true
	}
	if from == to && w.least > 0 {
		return true // a way from a node back to itself is not counted as a path between two
	}
	w.start, w.found, w.more = from, false, true
	w.there.begin(from)
	w.back.begin(to)
	w.hold(2)
	defer func() { w.release(len(w.there.reached) + len(w.back.reached)) }()
	meeting := w.search()
	for _, n := range meeting {
		if !w.ways(n) {
			return w.more
		}
	}
	if len(meeting) > 0 && !w.found {
		w.searchLonger(w.there.depth + w.back.depth + 1)
	}
	return w.more
}

// every reports whether all shortest ways are looked for: all are wanted, or one may be as good as
// another only until it is asked.
func (w *shortestSearch) every() bool { return w.all || len(w.asked) > 0 }

// search returns the nodes where the searches meet, which lie on shortest ways; one will do unless
// every way is looked for.
func (w *shortestSearch) search() []NodeID {
	if _, met := w.back.reached[w.start]; met {
		return []NodeID{w.start}
	}
	for len(w.there.level) > 0 && len(w.back.level) > 0 {
		if w.there.depth+w.back.depth == w.most {
			w.noteCut()
			return nil
		}
		near, far := &w.there, &w.back
		if len(w.back.level) < len(w.there.level) {
			near, far = far, near
		}
		if meeting := w.deeper(near, far); len(meeting) > 0 {
			return meeting
		}
	}
	return nil
}

// noteCut tells that there may be longer ways than our bound.
func (w *shortestSearch) noteCut() {
	if w.unbounded {
		w.note(cutNote)
	}
}

// deeper takes a search one level on, and returns the nodes of the level that the other has reached.
func (w *shortestSearch) deeper(f, other *front) (meeting []NodeID) {
	f.depth++
	f.then = f.then[:0]
	for _, n := range f.level {
		f.edges = w.types.expand(n, f.dir, f.edges[:0])
		w.spend(len(f.edges))
		for _, e := range f.edges {
			if !w.reach(f, n, e) {
				continue
			}
			if _, met := other.reached[e.Other]; met {
				if meeting = append(meeting, e.Other); !w.every() {
					return meeting
				}
			}
		}
	}
	f.level, f.then = f.then, f.level
	return meeting
}

// reach notes that an edge leads on from n, and reports whether to a node that was not reached before.
func (w *shortestSearch) reach(f *front, n NodeID, e Edge) (fresh bool) {
	known, ok := f.reached[e.Other]
	if ok && (known.depth < f.depth || !w.every()) || !w.holds(w.row, e.Rel) {
		return false
	}
	back := Edge{e.Rel, n}
	if ok {
		known.more = append(known.more, back)
		f.reached[e.Other] = known
		return false
	}
	if !w.nodes.hold(e.Other) {
		return false
	}
	w.hold(1)
	f.reached[e.Other] = reachedBy{depth: f.depth, edge: back}
	f.then = append(f.then, e.Other)
	return true
}

// ways takes every shortest way through a node where the searches have met. It returns false when no
// more are wanted.
func (w *shortestSearch) ways(n NodeID) bool {
	return w.nearer(n, &w.there, nil, func(first []RelID) bool {
		first = slices.Clone(first)
		slices.Reverse(first) // they lead from n to where the way begins
		return w.nearer(n, &w.back, first, w.arrive)
	})
}

// nearer follows the edges by which a node was reached, back to where the search began, and hands on
// the relationships behind those that it was given. It returns false when no more ways are wanted.
func (w *shortestSearch) nearer(n NodeID, f *front, rels []RelID, found func([]RelID) bool) bool {
	by := f.reached[n]
	if by.depth == 0 {
		return found(rels)
	}
	w.spend(1 + len(by.more))
	if !w.nearer(by.edge.Other, f, append(rels, by.edge.Rel), found) {
		return false
	}
	for _, e := range by.more {
		if !w.nearer(e.Other, f, append(rels, e.Rel), found) {
			return false
		}
	}
	return true
}

// arrive makes the row of a way, if it fulfils the conditions. It returns false when no more ways are
// wanted.
func (w *shortestSearch) arrive(rels []RelID) bool {
	w.put(rels)
	for _, holds := range w.asked {
		if !holds() {
			return true
		}
	}
	w.found = true
	w.more = w.next()
	return w.more && w.all
}

// put sets the slots for a way.
func (w *shortestSearch) put(rels []RelID) {
	if w.path != none {
		p := &path{nodes: []NodeID{w.start}}
		p.follow(w.graph, &hops{rels: rels})
		w.row[w.path] = p
	}
	if w.list != none {
		w.row[w.list] = boxed(rels)
	}
	if w.walk != none {
		w.row[w.walk] = &hops{rels: rels}
	}
	w.spend(1 + len(rels))
}

func (o *shortestWays) title() string {
	text := "Shortest path "
	if o.all {
		text = "All shortest paths "
	}
	return text + arrow(o.graph, o.types, o.dir) + " " + o.hopLimits.String() + whereText(o.text)
}
