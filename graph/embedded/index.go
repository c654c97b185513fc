package embedded

import (
	"hash/maphash"
	"slices"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// index finds nodes of a first label by the value of one property.
type index struct {
	label, prop string
	words       wordSet // hash of the value, node
	values      int     // hashes in it, about as many as values
}

// newIndexes are on what named queries and people start from.
func newIndexes() []index {
	var indexes []index
	for _, on := range [][2]string{
		{graph.Host, "name"}, {graph.IP, "address"}, {graph.Endpoint, "port"}, {graph.Process, "exe"}, {graph.Package, "name"},
	} {
		indexes = append(indexes, index{label: on[0], prop: on[1]})
	}
	return indexes
}

// fill makes the index know all nodes of its label.
func (x *index) fill(im *image, batch uint64) {
	label, ok1 := im.labels.ids[x.label]
	key, ok2 := im.keys.ids[x.prop]
	if !ok1 || !ok2 || int(label) >= len(im.labelled) || int(key) >= len(im.nodeProps) {
		return
	}
	var words []uint64
	for node := range im.labelled[label].all() {
		if hash, ok := im.nodeProps[key].value(node, &im.texts).hash(im.seed); ok {
			words = append(words, hash|uint64(node))
		}
	}
	slices.Sort(words)
	x.words = newWordSet(words, batch)
	for i, w := range words {
		if i == 0 || w>>32 != words[i-1]>>32 {
			x.values++
		}
	}
}

// move makes the index know a node by another value of the property, or none.
func (x *index) move(node uint32, was, is value, seed maphash.Seed, batch uint64) {
	if hash, ok := was.hash(seed); ok {
		x.words.remove(hash|uint64(node), batch)
		if !x.has(hash) {
			x.values--
		}
	}
	if hash, ok := is.hash(seed); ok {
		if !x.has(hash) {
			x.values++
		}
		x.words.add(hash|uint64(node), batch)
	}
}

func (x *index) has(hash uint64) bool {
	for w := range x.words.from(hash) {
		return w>>32 == hash>>32
	}
	return false
}

// hash returns the upper half of the word that stands for a value in an index, equal for values that
// are equal in Cypher. It says false for those that no index holds: lists and null.
func (v value) hash(seed maphash.Seed) (uint64, bool) {
	v, ok := v.indexed()
	return maphash.Comparable(seed, v) &^ (1<<32 - 1), ok
}

// indexOn returns the index on a property of a label, or nil.
func (im *image) indexOn(label, prop string) *index {
	for i := range im.indexes {
		if x := &im.indexes[i]; x.label == label && x.prop == prop {
			return x
		}
	}
	return nil
}

// keyed reports whether byRef knows all nodes of a label by this property.
func (im *image) keyed(label, prop uint32) bool { return prop == keyProp && im.further[label] == 0 }

// lookup appends at least the nodes of a label with a property of this value, if an index knows.
func (im *image) lookup(label, prop uint32, v value, buf []cypher.NodeID) ([]cypher.NodeID, bool) {
	if im.keyed(label, prop) {
		if node, ok := im.findNode(label, v.text); ok && v.kind == text {
			buf = append(buf, cypher.NodeID(node))
		}
		return buf, true
	}
	x := im.indexOn(im.labels.list[label], im.keys.list[prop])
	hash, ok := v.hash(im.seed)
	if x == nil || !ok {
		return buf, false
	}
	for w := range x.words.from(hash) {
		if w>>32 != hash>>32 {
			break
		}
		buf = append(buf, cypher.NodeID(uint32(w)))
	}
	return buf, true
}
