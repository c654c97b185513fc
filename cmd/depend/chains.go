package depend

// Chain is a way from what was asked for to a thing: the names on it, both ends included. A process is
// NAME@HOST.
type Chain struct {
	Names []string
	End   Thing
	Since string
}

// Chains makes one tree of ways from a thing: what they have in common at their beginning is one. Of the
// things between, only the names are known. A way of which root is the end says how root itself is.
func Chains(root Thing, chains []Chain) *Node {
	top := &Node{Thing: root}
	for _, c := range chains {
		names := c.Names
		if len(names) > 0 && (names[0] == root.Name || names[0] == root.Say()) { // else it begins at something that runs there
			names = names[1:]
		}
		if len(names) == 0 {
			top.Thing, top.Since = c.End, c.Since
			continue
		}
		at := top
		for _, name := range names[:len(names)-1] {
			at = at.below(name)
		}
		at.Children = append(at.Children, &Node{Thing: c.End, Since: c.Since})
	}
	return top
}

// below is the thing between of this name below a node, made if need be.
func (n *Node) below(name string) *Node {
	for _, c := range n.Children {
		if c.Kind == "" && c.Name == name {
			return c
		}
	}
	between := &Node{Thing: Thing{Name: name}}
	n.Children = append(n.Children, between)
	return between
}
