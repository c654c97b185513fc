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

// scan finds all nodes with a label, or with any of several.
type scan struct {
	step
	labels []LabelID
	to     int
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
		for i, label := range o.labels {
			for cursor := 0; ; {
				n, after := o.graph.Nodes(label, cursor, buf)
				if n == 0 {
					break
				}
				o.spend(n)
				if nodes := o.without(buf[:n], o.labels[:i]); len(nodes) > 0 && !next(nodes) {
					return false
				}
				cursor = after
			}
		}
		return true
	})
}

// without drops the nodes that have one of some labels: they have been found by it.
func (o *scan) without(nodes []NodeID, labels []LabelID) []NodeID {
	if len(labels) == 0 {
		return nodes
	}
	return slices.DeleteFunc(nodes, func(n NodeID) bool {
		return slices.ContainsFunc(labels, func(l LabelID) bool { return o.graph.HasLabel(n, l) })
	})
}

func (o *scan) varies() int { return o.to }

func (o *scan) title() string { return "Scan " + o.nodesText(o.labels...) }

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
