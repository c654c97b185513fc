package derive

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// assertions collects what one document asserts. What is asserted twice is merged, most of it where all is
// sorted in the end: that little is, and to look for each is dearer.
type assertions struct {
	source   graph.Source
	place    place
	host     nodeID // what the document is about: the host, or a container of it
	document nodeID

	nodes []graph.Node // one may be there several times, as may a relationship
	rels  []rel
	byRef map[graph.Ref]nodeID // of what is asserted by find
	needs map[nodeID]need      // of the host, by what it needs
}

// nodeID is the place of a node among the nodes, as they were asserted.
type nodeID int32

// rel is a relationship. There is one of a type between two nodes: of several the last holds.
type rel struct {
	from, to nodeID
	relType  string
	props    graph.Props
}

// need is what the host needs a node as: one of a group, of which it needs any.
type need struct {
	of    int // how many there are in the group
	group string
}

// newAssertions returns the facts that every document asserts.
func newAssertions(doc discovery.Document) *assertions {
	// A guess, so that these seldom grow: packages have 40 bytes for a node, processes 200 for five.
	size := 4 + min(len(doc.Data)/40, 8192)
	a := &assertions{
		source: SourceOf(doc),
		place:  placeOf(doc.Proxy),
		nodes:  make([]graph.Node, 0, size),
		rels:   make([]rel, 0, size),
		byRef:  map[graph.Ref]nodeID{},
		needs:  map[nodeID]need{},
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

// node asserts a node with its properties, which become its own, and its labels besides the first, sorted.
func (a *assertions) node(label, key string, props graph.Props, labels ...string) nodeID {
	a.nodes = append(a.nodes, graph.Node{Ref: graph.Ref{Label: label, Key: key}, Labels: labels, Props: props})
	return nodeID(len(a.nodes) - 1)
}

// find asserts a node that much else may assert, and reports whether that is new: then it has no
// properties yet. Such a node is asserted by find alone.
func (a *assertions) find(label, key string) (id nodeID, isNew bool) {
	ref := graph.Ref{Label: label, Key: key}
	id, ok := a.byRef[ref]
	if !ok {
		id = a.node(label, key, nil)
		a.byRef[ref] = id
	}
	return id, !ok
}

// more asserts further properties of a node.
func (a *assertions) more(id nodeID, props graph.Props) {
	merge(&a.nodes[id], graph.Node{Props: props})
}

// merge asserts of n what m says.
func merge(n *graph.Node, m graph.Node) {
	if n.Props == nil {
		n.Props = m.Props
	} else {
		maps.Copy(n.Props, m.Props)
	}
	if len(m.Labels) > 0 {
		labels := slices.Concat(n.Labels, m.Labels)
		slices.Sort(labels)
		n.Labels = slices.Compact(labels)
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
	a.rels = append(a.rels, rel{from, to, relType, props})
}

// dependsOn asserts that the host needs one of a group of as many as of, which to is in. Between two
// nodes there is one relationship: of several groups that they have in common the smallest is said,
// which weighs most.
func (a *assertions) dependsOn(to nodeID, group string, of int) {
	n := need{of, group}
	if was, ok := a.needs[to]; !ok || n.weighsMore(was) {
		a.needs[to] = n
	}
}

func (n need) weighsMore(than need) bool {
	return n.of < than.of || n.of == than.of && n.group < than.group
}

// nic asserts an interface of the host.
func (a *assertions) nic(name string, props graph.Props) nodeID {
	id, isNew := a.find(graph.NIC, a.own(name))
	a.more(id, props)
	if isNew {
		a.more(id, graph.Props{"name": name})
		a.rel(a.host, graph.HasNIC, id)
		a.rel(id, graph.PartOf, a.host)
	}
	return id
}

// ip asserts an address, of this host or another.
func (a *assertions) ip(scope string, addr netip.Addr) nodeID {
	text := addr.String()
	id, isNew := a.find(graph.IP, key(scope, text))
	if isNew {
		a.more(id, graph.Props{"address": text})
	}
	return id
}

// inSubnet asserts that an address is in a network.
func (a *assertions) inSubnet(ip nodeID, scope string, network netip.Prefix) {
	cidr := network.Masked().String()
	subnet, isNew := a.find(graph.Subnet, key(scope, cidr))
	if isNew {
		a.more(subnet, graph.Props{"cidr": cidr})
	}
	a.rel(ip, graph.In, subnet)
}

// full reports that there is more than one document may assert, so that collecting more is no use. What is
// asserted again counts again.
func (a *assertions) full() bool {
	return len(a.nodes) > graph.MaxNodes || len(a.rels)+len(a.needs) > graph.MaxRels
}
