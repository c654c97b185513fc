package graph

import "slices"

// Change is what turns what a document asserted into what it asserts now.
type Change struct {
	NodesRemoved []Node // as they were, in the old order
	NodesAdded   []Node // in the new order, as are the changed
	NodesChanged []NodeChange
	RelsRemoved  []Rel
	RelsAdded    []Rel
	RelsChanged  []RelChange
}

// NodeChange is a node asserted before and after, with other labels or properties.
type NodeChange struct{ Old, New Node }

// RelChange is a relationship asserted before and after, with other properties.
type RelChange struct{ Old, New Rel }

// Empty reports whether nothing changed.
func (c Change) Empty() bool {
	return len(c.NodesRemoved) == 0 && len(c.NodesAdded) == 0 && len(c.NodesChanged) == 0 &&
		len(c.RelsRemoved) == 0 && len(c.RelsAdded) == 0 && len(c.RelsChanged) == 0
}

// Diff compares two versions of what one document asserts; both must be valid. The order of nodes and
// relationships within Facts says nothing, nor does their Source.
func Diff(old, new Facts) Change {
	var c Change
	c.NodesRemoved, c.NodesAdded = diff(old.Nodes, new.Nodes, nodeRef, func(was, is Node) {
		if !slices.Equal(was.Labels, is.Labels) || !was.Props.Equal(is.Props) {
			c.NodesChanged = append(c.NodesChanged, NodeChange{Old: was, New: is})
		}
	})
	c.RelsRemoved, c.RelsAdded = diff(old.Rels, new.Rels, Rel.Ref, func(was, is Rel) {
		if !was.Props.Equal(is.Props) {
			c.RelsChanged = append(c.RelsChanged, RelChange{Old: was, New: is})
		}
	})
	return c
}

func nodeRef(n Node) Ref { return n.Ref }

// diff tells what is in old alone and in new alone, and calls both for what is in either.
func diff[T any, K comparable](old, new []T, key func(T) K, both func(was, is T)) (removed, added []T) {
	before := make(map[K]T, len(old))
	for _, v := range old {
		before[key(v)] = v
	}
	for _, v := range new {
		if was, ok := before[key(v)]; ok {
			both(was, v)
			delete(before, key(v))
		} else {
			added = append(added, v)
		}
	}
	for _, v := range old {
		if _, ok := before[key(v)]; ok {
			removed = append(removed, v)
		}
	}
	return removed, added
}
