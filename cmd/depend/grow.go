package depend

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// Map is a part of the graph: what depends on what around a thing.
type Map struct {
	Things map[graph.Ref]Thing // a thing that is missing here goes by its key
	Links  []Link
}

// Options say how a tree grows.
type Options struct {
	Reverse bool     // to what depends on the root, instead of what the root depends on
	Depth   int      // levels below the root
	Follow  []string // kinds of links, see AllKinds
}

// Grow makes the tree of what root depends on, or of what depends on it. A host depends on what its
// processes use, so those stand below it if it is the root.
func Grow(root Thing, m Map, o Options) *Node {
	g := newGrowth(root.ref(), m, o)
	top := &Node{Thing: g.thing(root.ref())}
	if _, known := m.Things[root.ref()]; !known {
		top.Thing = root
	}
	type place struct {
		node  *Node
		depth int
	}
	queue := []place{{top, 0}}
	for len(queue) > 0 { // breadth first: a thing is expanded where it is nearest
		p := queue[0]
		queue = queue[1:]
		branches := g.branches(p.node.ref())
		if p.depth == o.Depth {
			p.node.More = len(branches) > 0
			continue
		}
		var children []*Node
		for _, b := range branches {
			child := &Node{Thing: g.thing(b.far), By: g.by(b.link), Since: b.link.Since, Again: g.placed[b.far]}
			children = append(children, child)
			if !child.Again {
				g.placed[b.far] = true
				queue = append(queue, place{child, p.depth + 1})
			}
		}
		p.node.Children = children
		if !o.Reverse {
			p.node.Children = underHeadings(branches, children)
		}
	}
	return top
}

// by says how a link hangs on what is above it. Members of a group stand below a heading that counts them,
// but not so who needs one of them.
func (g *growth) by(l Link) string {
	if g.Reverse && l.Of > 1 {
		return fmt.Sprintf("%s, one of %d", l.By(), l.Of)
	}
	return l.By()
}

// branch leads from a thing to the next that is shown.
type branch struct {
	link Link // the last on the way
	far  graph.Ref
}

// growth is what a tree grows from.
type growth struct {
	Options
	root     graph.Ref
	things   map[graph.Ref]Thing
	onward   map[graph.Ref][]Link // in the direction in which the tree grows
	running  []Link               // RUNS_ON of the root's processes
	provided map[graph.Ref]Thing  // endpoints that some process provides, and the one that speaks for it
	placed   map[graph.Ref]bool   // things that have a node
}

func newGrowth(root graph.Ref, m Map, o Options) *growth {
	g := &growth{Options: o, root: root, things: m.Things, onward: map[graph.Ref][]Link{},
		provided: map[graph.Ref]Thing{}, placed: map[graph.Ref]bool{root: true}}
	for _, l := range m.Links {
		if l.Type == graph.ProvidedBy {
			g.provide(l.From, g.thing(l.To))
		}
		if !slices.Contains(o.Follow, l.Kind()) {
			continue
		}
		near := l.From
		if o.Reverse {
			near = l.To
		}
		g.onward[near] = append(g.onward[near], l)
	}
	if !o.Reverse && slices.Contains(o.Follow, Services) {
		for _, l := range m.Links {
			if l.To == root && l.Type == graph.RunsOn && l.From.Label == graph.Process {
				g.running = append(g.running, l)
			}
		}
	}
	return g
}

// provide notes that a process provides an endpoint. One that is well speaks for it, else that of the
// lowest key.
func (g *growth) provide(endpoint graph.Ref, by Thing) {
	has, ok := g.provided[endpoint]
	if !ok || by.Well() && !has.Well() || by.Well() == has.Well() && by.Key < has.Key {
		g.provided[endpoint] = by
	}
}

func (g *growth) isProvided(endpoint graph.Ref) bool {
	_, ok := g.provided[endpoint]
	return ok
}

// thing is what is known of a node. An endpoint is as what provides it.
func (g *growth) thing(ref graph.Ref) Thing {
	t, ok := g.things[ref]
	if !ok {
		t = Thing{Kind: KindOf([]string{ref.Label}), Label: ref.Label, Key: ref.Key}
	}
	if by, ok := g.provided[ref]; ok {
		t.Host, t.State = by.Host, by.State
	}
	return t
}

// branches are what is next to a thing, in the order in which people read it.
func (g *growth) branches(from graph.Ref) []branch {
	all := g.step(from, 0)
	if from == g.root {
		for _, l := range g.running {
			if len(g.step(l.From, 0)) > 0 { // that it runs here says nothing new
				all = append(all, branch{l, l.From})
			}
		}
	}
	slices.SortStableFunc(all, g.compare)
	return slices.CompactFunc(all, func(a, b branch) bool { return a.far == b.far && a.link.By() == b.link.By() })
}

func (g *growth) compare(a, b branch) int {
	x, y := g.thing(a.far), g.thing(b.far)
	return cmp.Or(
		cmp.Compare(slices.Index(AllKinds(), a.link.Kind()), slices.Index(AllKinds(), b.link.Kind())),
		cmp.Compare(a.link.Group, b.link.Group), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Say(), y.Say()), cmp.Compare(x.Key, y.Key),
		cmp.Compare(a.link.By(), b.link.By()))
}

// maxPassed bounds how many things are walked through in a row. The longest way, from a host by its
// interface and address to an endpoint, has three.
const maxPassed = 4

// step collects what is next to a thing, passed so many others that are not shown.
func (g *growth) step(from graph.Ref, passed int) (all []branch) {
	for _, l := range g.onward[from] {
		if g.skips(l) {
			continue
		}
		far := l.To
		if g.Reverse {
			far = l.From
		}
		if !g.passes(l) {
			all = append(all, branch{l, far})
			continue
		}
		if passed == maxPassed {
			continue
		}
		beyond := g.step(far, passed+1)
		if len(beyond) == 0 && !g.Reverse && l.Type != graph.At { // a switch's port alone is better than nothing
			beyond = []branch{{l, far}}
		}
		all = append(all, beyond...)
	}
	return all
}

// skips reports whether a link says nothing that others don't.
func (g *growth) skips(l Link) bool {
	switch {
	case l.Type == graph.ConnectsTo: // what provides the endpoint is linked itself
		return g.isProvided(l.To) && l.To != g.root
	case g.Reverse:
		return false
	case l.Type == graph.At: // so is the host of what provides it
		return g.isProvided(l.From)
	case l.Type == graph.WiredTo: // a host depends on its switches by itself
		return l.From != g.root
	}
	return l.Type == graph.RunsOn && l.To == g.root
}

// passes reports whether what a link leads to is walked through.
func (g *growth) passes(l Link) bool {
	switch l.Type {
	case graph.At, graph.On, graph.WiredTo:
		return true
	case graph.PartOf, graph.ProvidedBy:
		return g.Reverse
	}
	return false
}

// underHeadings puts the members of each group of several below its heading, where the first of them
// stood. Children are those of the branches, in their order.
func underHeadings(branches []branch, children []*Node) (under []*Node) {
	for i := 0; i < len(children); {
		group, end := branches[i].link.Group, i+1
		for end < len(children) && group != "" && branches[end].link.Group == group {
			end++
		}
		if branches[i].link.Of > 1 || end-i > 1 {
			under = append(under, heading(group, branches[i].link.Of, children[i:end]))
		} else {
			under = append(under, children[i])
		}
		i = end
	}
	return under
}
