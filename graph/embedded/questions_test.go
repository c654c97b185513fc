package embedded

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// question is asked of the engine, of Neo4j and, written by hand on the same memory, of nobody.
type question struct {
	name   string
	query  string
	params map[string]any
	floor  func(*floor) any // the first value of the first row
	into   func(*figures) *answer
}

// questions are asked of every fleet. The popular endpoints' providers are the services whose loss
// is felt: the hub is that of rank 0.
func (f fleet) questions() []question {
	const impact = `MATCH (s:Process {key: $key})<-[:CONNECTS_TO|PROVIDED_BY*1..15]-(p:Process)-[:RUNS_ON]->(h:Host)
		RETURN count(DISTINCT h)`
	provider := func(rank int) graph.Ref {
		e := f.popular(rank)
		return provider(e/endpointsPerHost, e%endpointsPerHost)
	}
	ask := func(name string, of graph.Ref, into func(*figures) *answer) question {
		return question{name, impact, map[string]any{"key": of.Key}, func(fl *floor) any { return fl.impact(of, 15) }, into}
	}
	a, b := hostRef(1), hostRef(f.hosts-1)
	return []question{
		ask("impact_hub", provider(0), func(f *figures) *answer { return &f.ImpactHub }),
		ask("impact_mid", provider(10), func(f *figures) *answer { return &f.ImpactMid }),
		{"shortest_path", `MATCH (a:Host {key: $a}), (b:Host {key: $b}),
			p = shortestPath((a)-[:RUNS_ON|CONNECTS_TO|PROVIDED_BY|AT|ON|PART_OF|WIRED_TO*..30]-(b)) RETURN length(p)`,
			map[string]any{"a": a.Key, "b": b.Key}, func(fl *floor) any { return fl.shortest(a, b) },
			func(f *figures) *answer { return &f.ShortestPath }},
		{"label_scan", "MATCH (p:Process) WHERE p.user = $user AND p.rss > $rss RETURN count(*)",
			map[string]any{"user": "user7", "rss": int64(1 << 29)}, func(fl *floor) any { return fl.scan("user7", 1<<29) },
			func(f *figures) *answer { return &f.LabelScan }},
		{"group_count", "MATCH (p:Process) RETURN p.exe AS exe, count(*) AS n ORDER BY n DESC, exe LIMIT 10",
			nil, func(fl *floor) any { return fl.mostRun() }, func(f *figures) *answer { return &f.GroupCount }},
	}
}

// floor answers the questions with loops over an image: what a query could cost at best.
type floor struct {
	*image
	stamps [2][]uint32 // of nodes: the search that met them last, and the one from the other end
	search uint32
	queues [2][]uint32
}

func newFloor(im *image) *floor {
	return &floor{image: im, stamps: [2][]uint32{make([]uint32, im.nodes.limit()), make([]uint32, im.nodes.limit())}}
}

// mask has the bits of types by their number.
func (f *floor) mask(types ...string) (mask [maxTypes / 64]uint64) {
	for _, t := range types {
		id := f.types.ids[t]
		mask[id/64] |= 1 << (id % 64)
	}
	return mask
}

// begin starts a search.
func (f *floor) begin(starts ...uint32) {
	f.search++
	for side, n := range starts {
		f.queues[side] = append(f.queues[side][:0], n)
		f.stamps[side][n] = f.search
	}
}

// impact counts the hosts on which something depends on a process, over so many relationships.
func (f *floor) impact(of graph.Ref, hops int) any {
	start, _ := f.find(of)
	f.begin(start)
	process, runsOn, mask := f.labels.ids[graph.Process], f.types.ids[graph.RunsOn], f.mask(graph.ConnectsTo, graph.ProvidedBy)
	hosts := map[uint32]struct{}{}
	queue, stamps := f.queues[0], f.stamps[0]
	for done := 0; hops > 0 && done < len(queue); hops-- {
		for level := len(queue); done < level; done++ {
			for _, e := range f.in.get(queue[done]) {
				n := e.other()
				if mask[e.kind()/64]>>(e.kind()%64)&1 == 0 || stamps[n] == f.search {
					continue
				}
				stamps[n] = f.search
				queue = append(queue, n)
				if f.nodes.owner(n) == process {
					for _, e := range f.out.get(n).of(runsOn) {
						hosts[e.other()] = struct{}{}
					}
				}
			}
		}
	}
	f.queues[0] = queue
	return int64(len(hosts))
}

// shortest returns the length of a shortest path in any direction, or nil, by a search from both ends
// that goes on where less is to be looked at.
func (f *floor) shortest(a, b graph.Ref) any {
	from, _ := f.find(a)
	to, _ := f.find(b)
	f.begin(from, to)
	mask := f.mask(graph.RunsOn, graph.ConnectsTo, graph.ProvidedBy, graph.At, graph.On, graph.PartOf, "WIRED_TO")
	var done [2]int
	for length := int64(1); length <= 30; length++ {
		side := 0
		if len(f.queues[1])-done[1] < len(f.queues[0])-done[0] {
			side = 1
		}
		met := false
		for level := len(f.queues[side]); done[side] < level; done[side]++ {
			n := f.queues[side][done[side]]
			met = f.widen(f.out.get(n), side, mask) || met
			met = f.widen(f.in.get(n), side, mask) || met
		}
		if met {
			return length
		}
	}
	return nil
}

// widen puts the unseen nodes at the other ends of edges in the queue of a side, and reports whether
// the other side has seen one.
func (f *floor) widen(l edges, side int, mask [maxTypes / 64]uint64) (met bool) {
	for _, e := range l {
		n := e.other()
		if mask[e.kind()/64]>>(e.kind()%64)&1 == 0 || f.stamps[side][n] == f.search {
			continue
		}
		f.stamps[side][n] = f.search
		f.queues[side] = append(f.queues[side], n)
		met = met || f.stamps[1-side][n] == f.search
	}
	return met
}

// scan counts processes by two of their properties.
func (f *floor) scan(user string, rss int64) any {
	users, sizes := &f.nodeProps[f.keys.ids["user"]], &f.nodeProps[f.keys.ids["rss"]]
	var count int64
	for n := range f.processes() {
		if sizes.kinds.get(n) == integer && int64(sizes.bits.get(n)) > rss &&
			users.kinds.get(n) == text && f.texts.values.get(uint32(users.bits.get(n))) == user {
			count++
		}
	}
	return count
}

// processes yields the nodes with that label.
func (f *floor) processes() iter.Seq[uint32] { return f.labelled[f.labels.ids[graph.Process]].all() }

// mostRun returns the program that most processes run, the first by name of several.
func (f *floor) mostRun() any {
	exe := &f.nodeProps[f.keys.ids["exe"]]
	counts := map[uint64]int{}
	for n := range f.processes() {
		if exe.kinds.get(n) == text {
			counts[exe.bits.get(n)]++
		}
	}
	name := func(bits uint64) string { return f.texts.values.get(uint32(bits)).(string) }
	return name(slices.MaxFunc(slices.Collect(maps.Keys(counts)), func(a, b uint64) int {
		return cmp.Or(cmp.Compare(counts[a], counts[b]), -cmp.Compare(name(a), name(b)))
	}))
}
