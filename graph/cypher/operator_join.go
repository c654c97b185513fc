package cypher

import "fmt"

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
