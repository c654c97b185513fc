package graph

// KeyProp is the property that identifies a node among those of its first label.
const KeyProp = "key"

// Ref names a node by its first label and the value of its key property.
type Ref struct {
	Label string `json:"l"`
	Key   string `json:"k"`
}

// Node is what a document asserts of a node. A node that several documents assert has the union of
// their labels and properties; where they differ in a property, the document applied last wins, and
// when that one no longer asserts the property, the value of the one before it holds again. To apply
// what a document asserts already does not count.
type Node struct {
	Ref
	Labels []string `json:"labels,omitempty"` // further labels, sorted
	Props  Props    `json:"props,omitempty"`  // without key
}

// RelRef names a relationship: between two nodes there is at most one of a type.
type RelRef struct {
	Type string `json:"t"`
	From Ref    `json:"from"`
	To   Ref    `json:"to"`
}

// Rel is what a document asserts of a relationship. As with a node, the properties of all the
// documents that assert it are united.
type Rel struct {
	Type  string `json:"t"`
	From  Ref    `json:"from"`
	To    Ref    `json:"to"`
	Props Props  `json:"props,omitempty"`
}

// Ref names r.
func (r Rel) Ref() RelRef { return RelRef{Type: r.Type, From: r.From, To: r.To} }

// Source says which document asserts facts.
type Source struct {
	Host     string `json:"host"`     // id of the host
	Instance string `json:"instance"` // instance of the document
	Boot     uint64 `json:"boot"`
	Seq      uint64 `json:"seq"`
	Hash     string `json:"hash"` // the document's content hash
}

// Older reports whether s was made before t by the same host.
func (s Source) Older(t Source) bool {
	return s.Boot < t.Boot || s.Boot == t.Boot && s.Seq < t.Seq
}

// Facts is all that one document asserts. Empty Nodes and Rels withdraw the document; a store
// remembers its Source even so, lest an older version that arrives late bring it back. The nodes at
// both ends of a Rel are among the Nodes of the same Facts. Facts survive JSON unchanged: see [Props].
type Facts struct {
	Source Source `json:"source"`
	Nodes  []Node `json:"nodes"`
	Rels   []Rel  `json:"rels"`
}
