package depend

import (
	"fmt"
	"slices"
	"strings"
)

// many is from how many on things that are alike are folded: fewer are read faster than counted.
const many = 5

// enough is from how many things on that look like n are folded: two, if they need nothing of their own.
func (n *Node) enough() int {
	if n.bare {
		return 2
	}
	return many
}

// Fold returns the tree with things that are alike put into one node each where they are many: processes
// of one name in one state, hosts in one state, and programs of the root that need nothing but what Share
// put elsewhere. What was below them is below that node, and folded too.
func (n *Node) Fold() *Node {
	folded := *n
	folded.Children = foldAll(n.Children)
	return &folded
}

func foldAll(nodes []*Node) (folded []*Node) {
	alike := map[string][]*Node{}
	for _, n := range nodes {
		alike[n.looks()] = append(alike[n.looks()], n)
	}
	for _, n := range nodes { // in the place of the first
		all := alike[n.looks()]
		switch {
		case n.Kind == KindGroup || len(all) < n.enough():
			folded = append(folded, n.Fold())
		case n == all[0]:
			folded = append(folded, join(all))
		}
	}
	return folded
}

// looks is equal for things that are alike at one place.
func (n *Node) looks() string {
	parts := []string{n.Kind, n.State, n.By}
	if n.bare {
		parts = append(parts, "bare")
	} else if n.isProcess() {
		parts = append(parts, n.Name)
	}
	return strings.Join(parts, "\x00")
}

// join makes one node of many. Of a thing that stands below several of them the first is kept: as trees grow
// breadth first, it is the one with children.
func join(nodes []*Node) *Node {
	joined := *nodes[0]
	joined.Again, joined.More, joined.Since, joined.Shared, joined.Alike, joined.Children = true, false, "", 0, nil, nil
	var below []*Node
	known := map[string]bool{}
	for _, n := range nodes {
		joined.Alike = append(joined.Alike, n.Thing)
		joined.Again = joined.Again && n.Again
		joined.More = joined.More || n.More
		for _, c := range n.Children {
			id := c.Label + "\x00" + c.Key
			if c.Kind == KindGroup || !known[id] {
				known[id] = true
				below = append(below, c)
			}
		}
	}
	joined.Children = foldAll(below)
	joined.Key, joined.Host = "", ""
	joined.Name = fmt.Sprintf("%d x %s", len(nodes), examples(joined.Alike))
	return &joined
}

// examples are the first two and the last of how things are said, each once.
func examples(things []Thing) string {
	var said []string
	known := map[string]bool{}
	for _, t := range things {
		if say := t.Say(); !known[say] {
			known[say] = true
			said = append(said, say)
		}
	}
	if len(said) > 3 {
		return said[0] + ", " + said[1] + " ... " + said[len(said)-1]
	}
	return strings.Join(said, ", ")
}

// Homes are the names of the hosts whose news tell of a node: more than one if it is folded. Sorted.
func (n *Node) Homes() []string {
	things := n.Alike
	if len(things) == 0 {
		things = []Thing{n.Thing}
	}
	var homes []string
	for _, t := range things {
		if home := t.Home(); home != "" {
			homes = append(homes, home)
		}
	}
	slices.Sort(homes)
	return slices.Compact(homes)
}
