package embedded

import "github.com/assim-mesh/assim/graph"

// nowhere is the place of what a document does not assert any more.
const nowhere = -1

// comparison finds what a record and new facts have in common. Documents change little and keep their
// order, so that what is at one place is looked for at the same in the other, and compared where it lies in
// the file: it is decoded and looked up by name only where that fails.
type comparison struct {
	*revision
	memory *memory // which does not change meanwhile
	file   *ledger
	record record
	texts  [][]byte // what is said of the record's nodes, as far as it was read
	places []int    // of the record's nodes in Facts.Nodes
}

func (c *comparison) compareNodes() {
	var left []int // places of new nodes that are none of the old, letter by letter
	next := 0
	for i, n := range c.Nodes {
		old := c.equalNode(n, next)
		if old == nowhere {
			left = append(left, i)
			continue
		}
		c.places[old], c.nodes[i] = i, said{kept, c.record.nodes[old]}
		next = old + 1
	}
	byRef := map[graph.Ref]int{}
	for old, place := range c.places {
		if place == nowhere {
			byRef[c.oldRef(old)] = old
		}
	}
	for _, i := range left {
		if old, ok := byRef[c.Nodes[i].Ref]; ok {
			c.places[old], c.nodes[i] = i, said{changed, c.record.nodes[old]}
			if c.memory.saysNode(c.text(old), c.Nodes[i]) {
				c.nodes[i].fate = kept // at another place
			}
		}
	}
	for old, place := range c.places {
		if place == nowhere {
			c.nodesOut = append(c.nodesOut, c.oldRef(old))
		}
	}
}

// equalNode returns of which of two nodes of the record, from next on, the same was said: the node at the
// same place, or the one behind it if that was taken out.
func (c *comparison) equalNode(n graph.Node, next int) int {
	for old := next; old < min(next+2, len(c.places)); old++ {
		if c.memory.saysNode(c.text(old), n) {
			return old
		}
	}
	return nowhere
}

func (c *comparison) compareRels() {
	var left []int
	found := make([]bool, len(c.record.rels))
	next := 0
	for i, r := range c.Rels {
		old := c.sameRel(r.Ref(), next)
		if old == nowhere {
			left = append(left, i)
			continue
		}
		found[old], next = true, old+1
		c.pair(i, old)
	}
	if len(left) > 0 {
		c.pairLeft(left, found)
	}
	for old := range found {
		if !found[old] {
			c.relsOut = append(c.relsOut, c.relRef(old))
		}
	}
}

// sameRel is equalNode for a relationship, by its name.
func (c *comparison) sameRel(ref graph.RelRef, next int) int {
	for old := next; old < min(next+2, len(c.record.rels)); old++ {
		if c.relRef(old) == ref {
			return old
		}
	}
	return nowhere
}

// pairLeft looks relationships up by name, and says of those that are new where their ends are.
func (c *comparison) pairLeft(left []int, found []bool) {
	byRef := map[graph.RelRef]int{}
	for old := range found {
		if !found[old] {
			byRef[c.relRef(old)] = old
		}
	}
	place := make(map[graph.Ref]int, len(c.Nodes))
	for i, n := range c.Nodes {
		place[n.Ref] = i
	}
	for _, i := range left {
		r := c.Rels[i]
		if old, ok := byRef[r.Ref()]; ok {
			found[old] = true
			c.pair(i, old)
			continue
		}
		c.rels[i] = saidRel{from: place[r.From], to: place[r.To]}
	}
}

// pair says that a relationship is the record's.
func (c *comparison) pair(place, old int) {
	r := c.record.rels[old]
	to := &c.rels[place]
	*to = saidRel{said{changed, r.says}, c.places[r.from], c.places[r.to]}
	props := c.Rels[place].Props
	if r.says == silent && len(props) == 0 || r.says != silent && c.memory.saysRel(c.file.readSaid(r.says), props) {
		to.fate = kept
	}
}

// text returns what is said of a node of the record, as the file has it.
func (c *comparison) text(old int) []byte {
	if c.texts[old] == nil {
		c.texts[old] = c.file.readSaid(c.record.nodes[old])
	}
	return c.texts[old]
}

// oldRef is the name of a node of the record.
func (c *comparison) oldRef(old int) graph.Ref {
	if place := c.places[old]; place != nowhere {
		return c.Nodes[place].Ref
	}
	s, ok := decodeSaying(c.text(old))
	if !ok {
		panic("embedded: what is said of a node is not what was written")
	}
	return graph.Ref{Label: c.memory.labels.list[s.label], Key: s.key}
}

// relRef is the name of a relationship of the record.
func (c *comparison) relRef(old int) graph.RelRef {
	r := c.record.rels[old]
	return graph.RelRef{Type: c.memory.types.list[r.kind], From: c.oldRef(int(r.from)), To: c.oldRef(int(r.to))}
}
