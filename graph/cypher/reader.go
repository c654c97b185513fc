package cypher

import "math"

// NodeID names a node of a Reader.
type NodeID uint32

// RelID names a relationship of a Reader.
type RelID uint32

// LabelID names a label, TypeID a type of relationships, KeyID a property. A name keeps its id for as
// long as the view lives; the ids of different kinds have nothing to do with each other.
type (
	LabelID uint32
	TypeID  uint32
	KeyID   uint32
)

// AnyLabel and AnyType stand for all nodes and all relationships where a label or a type is asked for.
const (
	AnyLabel LabelID = math.MaxUint32
	AnyType  TypeID  = math.MaxUint32
)

// Edge is a relationship as the node at one end sees it: Other is the node at the other end, which
// for a loop is the node itself.
type Edge struct {
	Rel   RelID
	Other NodeID
}

// Property is a property of a node or relationship; its value is never nil.
type Property struct {
	Key   KeyID
	Value any
}

// Reader is a consistent view of a graph, held by the caller while a query runs. It is all that the
// package sees of a store, and is made so that a query allocates nothing for what it only looks at:
// names become ids before the first row, and lists of nodes and edges go into buffers of the caller.
//
// A property's value is a bool, int64, float64, string, Temporal, Duration, []any or map[string]any;
// []string is taken for a list. A Reader that keeps strings boxed, each once, spares an allocation at
// every look. What a Reader returns is never modified by the caller. Its methods are called by one
// goroutine at a time for one run of a query, and by many at once for several.
//
// Every id that is passed in came out of the same view.
type Reader interface {
	// Label, Type and Key find a name's id. They say false for a name that nothing has, or has had.
	Label(name string) (LabelID, bool)
	Type(name string) (TypeID, bool)
	Key(name string) (KeyID, bool)
	// LabelName, TypeName and KeyName are the ways back.
	LabelName(LabelID) string
	TypeName(TypeID) string
	KeyName(KeyID) string
	// LabelNames, TypeNames and KeyNames return all names that something has, or has had, in any order:
	// what a misspelt one is compared with.
	LabelNames() []string
	TypeNames() []string
	KeyNames() []string

	// NodeCount returns the number of nodes with a label, RelCount that of relationships of a type.
	// A query that asks for no more than such a number is answered with it.
	NodeCount(LabelID) int
	RelCount(TypeID) int
	// NodeLimit is above every NodeID of the view, so that sets of nodes can be bits in a row.
	NodeLimit() NodeID

	// Nodes fills buf with nodes of a label, or with any nodes for AnyLabel, and returns how many it
	// has put there and where to go on. The first call passes cursor 0, further ones the cursor
	// returned; when n is 0 there are no more. Each node comes once, in an order of the Reader's.
	Nodes(label LabelID, cursor int, buf []NodeID) (n, next int)
	// Indexed reports whether an index knows the nodes of a label by a property, and how many of them
	// share one value, on average and at least 1.
	Indexed(LabelID, KeyID) (perValue int, ok bool)
	// Seek appends to buf at least every node with the label whose property equals value, where 1
	// equals 1.0, and returns the whole; each node comes once. The value is never nil. It says false,
	// and appends nothing, when no index knows the property or none holds values of this kind.
	Seek(label LabelID, key KeyID, value any, buf []NodeID) (nodes []NodeID, ok bool)

	// HasLabel reports whether a node has a label.
	HasLabel(NodeID, LabelID) bool
	// Labels returns a node's labels, in the order in which results show them.
	Labels(NodeID) []LabelID
	// NodeProp returns one property of a node, or nil if it has none of this name.
	NodeProp(NodeID, KeyID) any
	// NodeProps appends all properties of a node to buf, in any order, and returns the whole.
	NodeProps(n NodeID, buf []Property) []Property

	// Expand appends to buf the edges of a node that lie in a direction, and returns the whole: those
	// of the types given, which are distinct, or of every type if there are none. A loop is one edge
	// in every direction, Both included.
	Expand(n NodeID, dir Direction, types []TypeID, buf []Edge) []Edge
	// Ends returns the nodes that a relationship joins.
	Ends(RelID) (from, to NodeID)
	// TypeOf returns a relationship's type.
	TypeOf(RelID) TypeID
	// RelProp and RelProps are NodeProp and NodeProps of a relationship.
	RelProp(RelID, KeyID) any
	RelProps(r RelID, buf []Property) []Property
}

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
