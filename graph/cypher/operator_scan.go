package cypher

import (
	"fmt"
	"slices"
)

// chunk is how many nodes are asked for at once: 2 KiB of them.
const chunk = 512

// nothing makes no row.
type nothing struct{ step }

func (o *nothing) open(push) push { return func() bool { return true } }
func (o *nothing) title() string  { return "Nothing" }

// scan finds all nodes with a label.
type scan struct {
	step
	label LabelID
	to    int
}

func (o *scan) open(next push) push {
	return o.openBulk(func(nodes []NodeID) bool {
		for _, n := range nodes {
			o.row[o.to] = n
			if !next() {
				return false
			}
		}
		return true
	})
}

func (o *scan) openBulk(next func([]NodeID) bool) push {
	buf := make([]NodeID, bulkNodes)
	return o.ready(o.input, func() bool {
		for cursor := 0; ; {
			n, after := o.graph.Nodes(o.label, cursor, buf)
			if n == 0 {
				return true
			}
			o.spend(n)
			if !next(buf[:n]) {
				return false
			}
			cursor = after
		}
	})
}

func (o *scan) varies() int { return o.to }

func (o *scan) title() string { return "Scan " + o.nodesText(o.label) }

// seek finds nodes by an index.
type seek struct {
	step
	label LabelID
	key   KeyID
	value value
	anyOf bool // value is a list of values
	to    int
	text  string
}

func (o *seek) open(next push) push {
	var found []NodeID
	return o.ready(o.input, func() bool {
		found = o.find(o.value(), found[:0])
		for _, node := range found {
			o.spend(1)
			o.row[o.to] = node
			if !next() {
				return false
			}
		}
		return true
	})
}

// find appends the nodes for a value, and for a value that no index holds all of the label.
func (o *seek) find(v any, buf []NodeID) []NodeID {
	values, isList := v.([]any)
	if !isList || !o.anyOf {
		values = []any{v}
	}
	for _, v := range values {
		if v == nil {
			continue // nothing equals null
		}
		o.spend(1)
		found, ok := o.graph.Seek(o.label, o.key, v, buf)
		if !ok {
			return o.everything(buf[:0])
		}
		buf = found
	}
	if len(values) > 1 { // of which some may be equal
		slices.Sort(buf)
		buf = slices.Compact(buf)
	}
	return buf
}

// everything appends all nodes of the label.
func (o *seek) everything(buf []NodeID) []NodeID {
	all := make([]NodeID, chunk)
	for cursor := 0; ; {
		n, after := o.graph.Nodes(o.label, cursor, all)
		if n == 0 {
			return buf
		}
		o.spend(n)
		buf, cursor = append(buf, all[:n]...), after
	}
}

func (o *seek) title() string {
	return fmt.Sprintf("Seek %s(%s = %s)", o.nodesText(o.label), o.graph.KeyName(o.key), o.text)
}

// hashJoin finds nodes by a property that no index knows, with an index that it makes when it is first
// asked: many rows look for nodes by a value of theirs.
type hashJoin struct {
	step
	label LabelID
	key   KeyID
	value value
	to    int
	text  string
}

func (o *hashJoin) open(next push) push {
	var index map[any][]NodeID
	return o.ready(o.input, func() bool {
		v := o.value()
		if v == nil {
			return true // nothing equals null
		}
		if index == nil {
			index = o.index()
		}
		for _, node := range index[joinKey(v)] {
			o.spend(1)
			o.row[o.to] = node
			if !next() {
				return false
			}
		}
		return true
	})
}

func (o *hashJoin) index() map[any][]NodeID {
	index := map[any][]NodeID{}
	buf := make([]NodeID, chunk)
	for cursor := 0; ; {
		n, after := o.graph.Nodes(o.label, cursor, buf)
		if n == 0 {
			return index
		}
		o.keep(n)
		for _, node := range buf[:n] {
			if v := o.graph.NodeProp(node, o.key); v != nil {
				k := joinKey(stored(v))
				index[k] = append(index[k], node)
			}
		}
		cursor = after
	}
}

func (o *hashJoin) title() string {
	return fmt.Sprintf("Hash join %s(%s = %s)", o.nodesText(o.label), o.graph.KeyName(o.key), o.text)
}

// joinKey returns the same for all values that are equal, and maybe for others: the condition by which
// they were looked for is applied to what is found.
func joinKey(v any) any {
	switch v := v.(type) {
	case int64, float64:
		return number(v)
	case []any:
		return composite("list")
	case map[string]any:
		return composite("map")
	case *path:
		return composite("path")
	}
	return v
}
