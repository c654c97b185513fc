package derive

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// assertions collects what one document asserts. What is asserted twice is merged.
type assertions struct {
	source   graph.Source
	place    place
	host     graph.Ref // what the document is about: the host, or a container of it
	document graph.Ref
	nodes    map[graph.Ref]graph.Node
	rels     map[graph.RelRef]graph.Props
}

// newAssertions returns the facts that every document asserts.
func newAssertions(doc discovery.Document) *assertions {
	a := &assertions{
		source: SourceOf(doc),
		place:  placeOf(doc.Proxy),
		nodes:  map[graph.Ref]graph.Node{},
		rels:   map[graph.RelRef]graph.Props{},
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

// node asserts a node with its properties and its labels besides the first.
func (a *assertions) node(label, key string, props graph.Props, labels ...string) graph.Ref {
	ref := graph.Ref{Label: label, Key: key}
	n, ok := a.nodes[ref]
	if !ok {
		n = graph.Node{Ref: ref, Props: props}
		if props == nil {
			n.Props = graph.Props{}
		}
	} else {
		maps.Copy(n.Props, props)
	}
	if len(labels) > 0 {
		n.Labels = append(n.Labels, labels...)
		slices.Sort(n.Labels)
		n.Labels = slices.Compact(n.Labels)
	}
	a.nodes[ref] = n
	return ref
}

// own returns the key of what the host, or the container, has: its own key and parts.
func (a *assertions) own(parts ...string) string { return a.host.Key + "|" + key(parts...) }

// rel asserts a relationship between nodes that are asserted.
func (a *assertions) rel(from graph.Ref, relType string, to graph.Ref) {
	a.relProps(from, relType, to, nil)
}

// relProps asserts a relationship with its properties.
func (a *assertions) relProps(from graph.Ref, relType string, to graph.Ref, props graph.Props) {
	a.rels[graph.RelRef{Type: relType, From: from, To: to}] = props
}

// dependsOn asserts that the host needs one of a group of as many as of, which to is in. Between two
// nodes there is one relationship: of several groups that they have in common the smallest is said,
// which weighs most.
func (a *assertions) dependsOn(to graph.Ref, group string, of int) {
	ref := graph.RelRef{Type: graph.DependsOn, From: a.host, To: to}
	if was, ok := a.rels[ref]; ok {
		wasOf, wasGroup := was[graph.Of].(int64), was[graph.Group].(string)
		if cmp.Or(cmp.Compare(wasOf, int64(of)), cmp.Compare(wasGroup, group)) <= 0 {
			return
		}
	}
	a.rels[ref] = graph.Props{graph.Group: group, graph.Of: int64(of)}
}

// nic asserts an interface of the host.
func (a *assertions) nic(name string, props graph.Props) graph.Ref {
	ref := a.node(graph.NIC, a.own(name), props)
	a.node(graph.NIC, ref.Key, graph.Props{"name": name})
	a.rel(a.host, graph.HasNIC, ref)
	a.rel(ref, graph.PartOf, a.host)
	return ref
}

// ip asserts an address, of this host or another.
func (a *assertions) ip(scope string, addr netip.Addr) graph.Ref {
	text := addr.String()
	return a.node(graph.IP, key(scope, text), graph.Props{"address": text})
}

// inSubnet asserts that an address is in a network.
func (a *assertions) inSubnet(ip graph.Ref, scope string, network netip.Prefix) {
	cidr := network.Masked().String()
	a.rel(ip, graph.In, a.node(graph.Subnet, key(scope, cidr), graph.Props{"cidr": cidr}))
}

// full reports that there is more than one document may assert, so that collecting more is no use.
func (a *assertions) full() bool { return len(a.nodes) > graph.MaxNodes || len(a.rels) > graph.MaxRels }

// facts returns what was asserted, sorted.
func (a *assertions) facts() graph.Facts {
	f := graph.Facts{Source: a.source}
	f.Nodes = slices.SortedFunc(maps.Values(a.nodes), func(x, y graph.Node) int { return compareRefs(x.Ref, y.Ref) })
	refs := slices.SortedFunc(maps.Keys(a.rels), func(x, y graph.RelRef) int {
		return cmp.Or(compareRefs(x.From, y.From), cmp.Compare(x.Type, y.Type), compareRefs(x.To, y.To))
	})
	f.Rels = make([]graph.Rel, len(refs))
	for i, r := range refs {
		f.Rels[i] = graph.Rel{Type: r.Type, From: r.From, To: r.To, Props: a.rels[r]}
	}
	return f
}

func compareRefs(x, y graph.Ref) int {
	return cmp.Or(cmp.Compare(x.Label, y.Label), cmp.Compare(x.Key, y.Key))
}
