package embedded

import (
	"hash/maphash"
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// image is the graph as queries see it. A snapshot of it is not changed by later batches: columns and
// sets copy what they write to, and names only grow.
//
// Ids are given out a page at a time to the nodes of one first label, and to the relationships of one
// type. So the label or type of an id is that of its page, and a page of a property's column is about
// full where it is there at all.
type image struct {
	labels, types, keys names

	nodes     blocks
	labelSets column[uint32]     // of a node: 1 + index in sets
	sets      [][]cypher.LabelID // sets of labels that nodes have: the first label, then further ones by name
	all       idSet
	labelled  []idSet    // the nodes, by label
	further   []int      // by label: nodes that have it other than as their first
	nodeProps properties // their key among them
	out, in   column[edges]

	rels      blocks
	ends      column[ends]
	relProps  properties
	relCounts []int // by type
	relCount  int

	texts   texts
	seed    maphash.Seed
	byRef   wordSet // hash of first label and key, node
	indexes []index
}

// keyProp is the number of graph.KeyProp among the properties, the first in every store.
const keyProp = 0

// ends are the nodes that a relationship joins, zero where there is none: no node has id 0.
type ends struct{ from, to uint32 }

// snapshot returns the image as it stands.
func (im *image) snapshot() *image {
	s := *im
	s.nodes.free, s.rels.free = nil, nil
	s.texts = texts{values: s.texts.values}
	s.labelled, s.further = slices.Clone(s.labelled), slices.Clone(s.further)
	s.relCounts, s.indexes = slices.Clone(s.relCounts), slices.Clone(s.indexes)
	s.nodeProps, s.relProps = slices.Clone(s.nodeProps), slices.Clone(s.relProps)
	return &s
}

// nodeKey returns the key of a node.
func (im *image) nodeKey(node uint32) string {
	return im.nodeProps.get(keyProp, node, &im.texts).(string)
}

// labelsOf returns the labels of a node, the first one first; of no node, none.
func (im *image) labelsOf(node uint32) []cypher.LabelID {
	set := im.labelSets.get(node)
	if set == 0 {
		return nil
	}
	return im.sets[set-1]
}

// findNode looks a node up by its first label and key.
func (im *image) findNode(label uint32, key string) (node uint32, ok bool) {
	least := im.refWord(label, key, 0)
	for w := range im.byRef.from(least) {
		if w>>32 != least>>32 {
			break
		}
		if n := uint32(w); im.nodes.owner(n) == label && im.nodeKey(n) == key {
			return n, true
		}
	}
	return 0, false
}

// find looks a node up by what documents call it.
func (im *image) find(ref graph.Ref) (node uint32, ok bool) {
	label, ok := im.labels.ids[ref.Label]
	if !ok {
		return 0, false
	}
	return im.findNode(label, ref.Key)
}

// ref is what documents call a node.
func (im *image) ref(node uint32) graph.Ref {
	return graph.Ref{Label: im.labels.list[im.nodes.owner(node)], Key: im.nodeKey(node)}
}

// relBetween looks a relationship up by what documents call it.
func (im *image) relBetween(ref graph.RelRef) (rel uint32, ok bool) {
	kind, ok1 := im.types.ids[ref.Type]
	from, ok2 := im.find(ref.From)
	to, ok3 := im.find(ref.To)
	if !ok1 || !ok2 || !ok3 {
		return 0, false
	}
	return im.findRel(kind, from, to)
}

// relRef is what documents call a relationship.
func (im *image) relRef(rel uint32) graph.RelRef {
	e := im.ends.get(rel)
	return graph.RelRef{Type: im.types.list[im.rels.owner(rel)], From: im.ref(e.from), To: im.ref(e.to)}
}

// findRel looks among the fewer relationships of the two ends.
func (im *image) findRel(kind, from, to uint32) (rel uint32, ok bool) {
	out, in := im.out.get(from), im.in.get(to)
	if len(in) < len(out) {
		return in.find(kind, from)
	}
	return out.find(kind, to)
}

// refWord is what stands for a node in byRef: the upper half is a hash of its name.
func (im *image) refWord(label uint32, key string, node uint32) uint64 {
	return (maphash.String(im.seed, key)+uint64(label)<<32)&^(1<<32-1) | uint64(node)
}

// blocks says to whom the pages of ids were given.
type blocks struct {
	owners []uint32   // by page: a label or a type
	free   [][]uint32 // ids to give out, by owner
}

func (b *blocks) owner(id uint32) uint32 { return b.owners[id>>pageBits] }

// limit is above every id.
func (b *blocks) limit() uint32 { return uint32(len(b.owners)) << pageBits }

// take gives out an id, the least of a page first.
func (b *blocks) take(owner uint32) uint32 {
	if missing := int(owner) + 1 - len(b.free); missing > 0 {
		b.free = append(b.free, make([][]uint32, missing)...)
	}
	if len(b.free[owner]) == 0 {
		least := max(1, b.limit()) // 0 is no id
		b.owners = append(b.owners, owner)
		for id := b.limit() - 1; id >= least; id-- {
			b.free[owner] = append(b.free[owner], id)
		}
	}
	free := b.free[owner]
	id := free[len(free)-1]
	b.free[owner] = free[:len(free)-1]
	return id
}

// give takes an id back.
func (b *blocks) give(id uint32) { b.free[b.owner(id)] = append(b.free[b.owner(id)], id) }
