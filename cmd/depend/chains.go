package depend

// Chain is a way from what was asked for to a thing: the names on it, both ends included.
type Chain struct {
	Names []string
	End   Thing
	Since string
}

// Chains makes one tree of ways that begin at the same thing: what they have in common at their beginning
// is one. Of the things between, only the names are known.
func Chains(root Thing, chains []Chain) *Node {
	top := &Node{Thing: root}
	for _, c := range chains {
		at := top
		for i := 1; i < len(c.Names)-1; i++ {
			at = at.below(c.Names[i])
		}
		if len(c.Names) < 2 { // what was asked for is the end
			top.Thing, top.Since = c.End, c.Since
			continue
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
