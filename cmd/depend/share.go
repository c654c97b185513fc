package depend

import (
	"cmp"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// often is from how many places on a thing that is needed there stands once for all of them.
const often = 3

// KindShared is the kind of the heading above what is needed in many places of a tree.
const KindShared = "shared"

// Share returns the tree of what its root depends on with each thing that is needed in many places at one:
// below the root if the root needs it itself, else under a heading of its own, which stands last. Shared
// says how many need it. That a process runs on a host, which its name tells, is left out if the host is
// well, or stands elsewhere, and nothing of its needs stands here.
func (n *Node) Share() *Node {
	s := sharing{needed: map[graph.Ref]int{}}
	for _, below := range n.All() {
		s.needed[below.ref()]++
	}
	root := *n
	root.Children = s.children(n, true)
	if len(s.shared) > 0 {
		slices.SortStableFunc(s.shared, func(a, b *Node) int { return cmp.Compare(b.Shared, a.Shared) })
		root.Children = append(root.Children, &Node{Thing: Thing{Kind: KindShared, Name: "needed by several of these"}, Children: s.shared})
	}
	return &root
}

// sharing is a tree while what is shared is taken out of it.
type sharing struct {
	needed map[graph.Ref]int // in how many places
	shared []*Node           // what was taken out
}

// children are those of a node that stay below it: all, if it is the root or the heading of a group.
func (s *sharing) children(n *Node, all bool) (stay []*Node) {
	for _, c := range n.Children {
		child := *c
		child.Children = s.children(c, c.Kind == KindGroup)
		child.bare = c.isProcess() && c.By == graph.RunsOn && len(c.Children) > 0 && len(child.Children) == 0
		if n.Kind != KindGroup || s.by(n) == 0 { // else the heading says it
			child.Shared = s.by(c)
		}
		switch {
		case all || child.Shared == 0 && !child.tellsNothing(n):
			stay = append(stay, &child)
		case child.Shared > 0 && !c.again():
			s.shared = append(s.shared, &child)
		}
	}
	return stay
}

// by is how many need a thing, or all of a group, if that is often; else 0.
func (s *sharing) by(n *Node) int {
	if n.Kind != KindGroup {
		if times := s.needed[n.ref()]; times >= often {
			return times
		}
		return 0
	}
	least := 0
	for i, m := range n.Children {
		if times := s.by(m); i == 0 || times < least {
			least = times
		}
	}
	return least
}

// again reports whether a thing, or all of a group, stands elsewhere.
func (n *Node) again() bool {
	if n.Kind != KindGroup {
		return n.Again
	}
	return !slices.ContainsFunc(n.Children, func(m *Node) bool { return !m.Again })
}

// tellsNothing reports whether a node is the host of what it hangs on, and no more.
func (n *Node) tellsNothing(above *Node) bool {
	return n.By == graph.RunsOn && n.Say() == above.Host && len(n.Children) == 0 && !n.More && (n.Again || n.Well())
}
