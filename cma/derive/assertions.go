package derive

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// assertions collects what one document asserts. What is asserted twice is merged.
type assertions struct {
	source   graph.Source
	place    place
	host     nodeID // what the document is about: the host, or a container of it
	document nodeID

	nodes  []graph.Node
	byRef  map[graph.Ref]nodeID
	rels   []rel
	byEnds map[ends]int // index in rels
}

// nodeID is the place of a node among the nodes: what is asserted of it again finds it by number.
type nodeID int32

// ends are what there is one relationship for.
type ends struct {
	from, to nodeID
	relType  string
}

type rel struct {
	ends
	props graph.Props
}

// newAssertions returns the facts that every document asserts.
func newAssertions(doc discovery.Document) *assertions {
	// A guess, so that these seldom grow: packages have 40 bytes for a node, processes 200 for five.
	size := 4 + min(len(doc.Data)/40, 8192)
	a := &assertions{
		source: SourceOf(doc),
		place:  placeOf(doc.Proxy),
		nodes:  make([]graph.Node, 0, size),
		byRef:  make(map[graph.Ref]nodeID, size),
		rels:   make([]rel, 0, size),
		byEnds: make(map[ends]int, size),
	}
	a.host = a.node(graph.Host, key(doc.HostID), graph.Props{"name": doc.Host})
	if a.place.kind != "" {
		a.host = a.container(a.place.kind, a.place.id, nil)
	}
	a.document = a.node(graph.Document, key(doc.HostID, doc.Instance), graph.Props{
		"type":     doc.DiscoverType,
		"instance": doc.Instance,
		"hash":     doc.Hash,
		"since_ms": doc.TimeMS,
		"since":    doc.Time().UTC().Format(time.RFC3339),
	})
	a.rel(a.document, graph.Describes, a.host)
	return a
}

// node asserts a node with its properties, which become its own, and its labels besides the first.
func (a *assertions) node(label, key string, props graph.Props, labels ...string) nodeID {
	ref := graph.Ref{Label: label, Key: key}
	id, ok := a.byRef[ref]
	if !ok {
		id = nodeID(len(a.nodes))
		a.byRef[ref] = id
		a.nodes = append(a.nodes, graph.Node{Ref: ref})
	}
	a.more(id, props, labels...)
	return id
}

// asserted returns a node that was asserted before, whose key says all that there is to say of it.
func (a *assertions) asserted(label, key string) (nodeID, bool) {
	id, ok := a.byRef[graph.Ref{Label: label, Key: key}]
	return id, ok
}

// more asserts further properties and labels of a node.
func (a *assertions) more(id nodeID, props graph.Props, labels ...string) {
	n := &a.nodes[id]
	if n.Props == nil {
		n.Props = props
	} else {
		maps.Copy(n.Props, props)
	}
	if len(labels) > 0 {
		n.Labels = append(n.Labels, labels...)
		slices.Sort(n.Labels)
		n.Labels = slices.Compact(n.Labels)
	}
}

// hostKey is the key of what the document is about.
func (a *assertions) hostKey() string { return a.nodes[a.host].Key }

// own returns the key of what the host, or the container, has: its own key and parts.
func (a *assertions) own(parts ...string) string { return a.hostKey() + "|" + key(parts...) }

// rel asserts a relationship between nodes that are asserted.
func (a *assertions) rel(from nodeID, relType string, to nodeID) {
	a.relProps(from, relType, to, nil)
}

// relProps asserts a relationship with its properties.
func (a *assertions) relProps(from nodeID, relType string, to nodeID, props graph.Props) {
	e := ends{from, to, relType}
	if i, ok := a.byEnds[e]; ok {
		a.rels[i].props = props
		return
	}
	a.byEnds[e] = len(a.rels)
	a.rels = append(a.rels, rel{e, props})
}

// dependsOn asserts that the host needs one of a group of as many as of, which to is in. Between two
// nodes there is one relationship: of several groups that they have in common the smallest is said,
// which weighs most.
func (a *assertions) dependsOn(to nodeID, group string, of int) {
	if i, ok := a.byEnds[ends{a.host, to, graph.DependsOn}]; ok {
		was := a.rels[i].props
		wasOf, wasGroup := was[graph.Of].(int64), was[graph.Group].(string)
		if cmp.Or(cmp.Compare(wasOf, int64(of)), cmp.Compare(wasGroup, group)) <= 0 {
			return
		}
	}
	a.relProps(a.host, graph.DependsOn, to, graph.Props{graph.Group: group, graph.Of: int64(of)})
}

// nic asserts an interface of the host.
func (a *assertions) nic(name string, props graph.Props) nodeID {
	id := a.node(graph.NIC, a.own(name), props)
	a.more(id, graph.Props{"name": name})
	a.rel(a.host, graph.HasNIC, id)
	a.rel(id, graph.PartOf, a.host)
	return id
}

// ip asserts an address, of this host or another.
func (a *assertions) ip(scope string, addr netip.Addr) nodeID {
	text := addr.String()
	k := key(scope, text)
	if id, ok := a.asserted(graph.IP, k); ok {
		return id
	}
	return a.node(graph.IP, k, graph.Props{"address": text})
}

// inSubnet asserts that an address is in a network.
func (a *assertions) inSubnet(ip nodeID, scope string, network netip.Prefix) {
	cidr := network.Masked().String()
	a.rel(ip, graph.In, a.node(graph.Subnet, key(scope, cidr), graph.Props{"cidr": cidr}))
}

// full reports that there is more than one document may assert, so that collecting more is no use.
func (a *assertions) full() bool { return len(a.nodes) > graph.MaxNodes || len(a.rels) > graph.MaxRels }

// facts returns what was asserted, sorted: relationships by where they start, their type and their end.
func (a *assertions) facts() graph.Facts {
	f := graph.Facts{Source: a.source, Nodes: make([]graph.Node, len(a.nodes)), Rels: make([]graph.Rel, len(a.rels))}
	rank := make([]int, len(a.nodes)) // by nodeID
	for i, id := range sortedIndexes(a.nodes, func(x, y *graph.Node) int { return compareRefs(&x.Ref, &y.Ref) }) {
		f.Nodes[i], rank[id] = a.nodes[id], i
	}
	byEnds := func(x, y *rel) int {
		if x.from != y.from {
			return rank[x.from] - rank[y.from]
		}
		return cmp.Or(strings.Compare(x.relType, y.relType), rank[x.to]-rank[y.to])
	}
	for i, j := range sortedIndexes(a.rels, byEnds) {
		r := a.rels[j]
		f.Rels[i] = graph.Rel{Type: r.relType, From: a.nodes[r.from].Ref, To: a.nodes[r.to].Ref, Props: r.props}
	}
	return f
}

// sortedIndexes returns the order of all without moving them: they are large.
func sortedIndexes[T any](all []T, compare func(x, y *T) int) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return compare(&all[i], &all[j]) })
	return order
}

func compareRefs(x, y *graph.Ref) int {
	if x.Label != y.Label {
		return strings.Compare(x.Label, y.Label)
	}
	return strings.Compare(x.Key, y.Key)
}
