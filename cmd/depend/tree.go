package depend

import (
	"fmt"
	"iter"
)

// Node is a thing at a place in a tree, or the heading of a group.
type Node struct {
	Thing
	By    string `json:"by,omitempty"`    // how it hangs on what is above it: a group, or the type of a relationship
	Since string `json:"since,omitempty"` // when that was first seen, ISO 8601
	// Again says that the thing stands elsewhere in the tree, with what is below it; More that there is
	// something below it, deeper than was asked for.
	Again bool `json:"again,omitempty"`
	More  bool `json:"more,omitempty"`
	// Shared is in how many places of a tree the thing is needed that Share has put into one; else 0.
	Shared int  `json:"-"`
	bare   bool // it is a program of the root's, and all that it needs stands elsewhere since Share
	// Of is how many things a heading stands above, Up how many of them are well.
	Of int `json:"of,omitempty"`
	Up int `json:"up,omitempty"`
	// Alike are the things that Fold put into this node, two or more.
	Alike    []Thing `json:"-"`
	Children []*Node `json:"children,omitempty"`
}

// KindGroup is the kind of a heading. Its key is the name of the group.
const KindGroup = "group"

// States of a heading: some of its group, or all, are not well.
const (
	AtRisk = "at risk"
	Down   = "down"
)

// heading stands above those members of a group that are known, of so many of which one is needed.
func heading(group string, of int, members []*Node) *Node {
	h := &Node{Thing: Thing{Kind: KindGroup, Key: group, State: AtRisk}, Of: max(of, len(members)), Children: members}
	for _, m := range members {
		if m.Well() {
			h.Up++
		}
	}
	h.Name = fmt.Sprintf("%d of %d %s", h.Up, h.Of, group)
	switch { // nobody says that those that are not known are lost
	case h.Up == h.Of:
		h.Name, h.State = fmt.Sprintf("%d %s", h.Of, group), "up"
	case h.Up == len(members):
		h.Name, h.State = fmt.Sprintf("%d of %d %s seen", h.Up, h.Of, group), "up"
	case h.Up == 0 && len(members) == h.Of:
		h.State = Down
	}
	return h
}

// Deeper counts the things of a tree below which there is more, deeper than was asked for.
func (n *Node) Deeper() (count int) {
	for _, below := range n.All() {
		if below.More {
			count++
		}
	}
	return count
}

// All yields each node below n with the one that it hangs on, from the root down; those below a heading
// hang on what the heading does, and headings are left out.
func (n *Node) All() iter.Seq2[*Node, *Node] {
	return func(yield func(above, below *Node) bool) { n.each(n, yield) }
}

func (n *Node) each(above *Node, yield func(above, below *Node) bool) bool {
	for _, c := range n.Children {
		if c.Kind == KindGroup {
			if !c.each(above, yield) {
				return false
			}
			continue
		}
		if !yield(above, c) || !c.each(c, yield) {
			return false
		}
	}
	return true
}
