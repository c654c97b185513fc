package cypher

import "iter"

// NodeID names a node of a Reader.
type NodeID uint32

// RelID names a relationship of a Reader.
type RelID uint32

// Direction is how relationships lie to the node they are looked at from.
type Direction int

// Directions of relationships.
const (
	Out  Direction = iota // from the node
	In                    // to the node
	Both                  // either
)

// reversed is the direction as the node at the other end sees it.
func (d Direction) reversed() Direction {
	switch d {
	case Out:
		return In
	case In:
		return Out
	}
	return Both
}

// Reader is a consistent view of a graph, held by the caller while a query runs.
//
// Property values are bool, int64, float64, string, []any and map[string]any; []string is taken for
// a list. A property that is absent is nil. What a Reader returns is not modified, and the Result
// keeps none of its maps.
type Reader interface {
	// Nodes yields the nodes with a label, or all for "".
	Nodes(label string) iter.Seq[NodeID]
	// Lookup yields at least every node with the label whose property equals value, where 1 equals
	// 1.0; value is never nil. It says false, and its nodes are ignored, when no index knows this property.
	Lookup(label, prop string, value any) (nodes iter.Seq[NodeID], indexed bool)
	// Labels returns a node's labels, in the order in which results show them.
	Labels(NodeID) []string
	// NodeProp returns one property of a node.
	NodeProp(NodeID, string) any
	// NodeProps returns all properties of a node.
	NodeProps(NodeID) map[string]any
	// Rels yields the relationships of a node, of one type or all for "". A loop is yielded once for
	// every direction, Both included.
	Rels(n NodeID, dir Direction, relType string) iter.Seq[RelID]
	// Ends returns the nodes that a relationship joins.
	Ends(RelID) (from, to NodeID)
	// Type returns a relationship's type.
	Type(RelID) string
	// RelProp returns one property of a relationship.
	RelProp(RelID, string) any
	// RelProps returns all properties of a relationship.
	RelProps(RelID) map[string]any
}
