package graph

// Labels of nodes. Every node has the property "key", unique among the nodes of its first label:
//
//	Host      id of the host; for a container or guest, with the label Container besides,
//	          the key of its host | its kind ("docker") | its id there
//	NIC       key of the Host | interface
//	Switch    chassis id, as LLDP or CDP tells it
//	Port      chassis id | port id
//	IP        scope | address
//	Subnet    scope | CIDR
//	Process   key of the Host | network namespace, empty for the host's own | instance in the tcpdiscovery document
//	Endpoint  scope | address | port | protocol
//	Package   type | name | version | architecture
//	Mount     key of the Host | mount point
//	Monitor   host id | name of the monitor: what watches a service or a host
//	Finding   host id | rule: where a host breaks a rule of good practice
//	Document  host id | instance
//
// A scope is "host:" and the Host's key, with "/" and the namespace if not the host's own, for
// loopback, link-local and container-private addresses, and the site's address domain otherwise. An
// address without its scope names nothing: every host has a 127.0.0.1. Parts of a key, and of a scope,
// that have a "|", "%" or "/" of their own are escaped.
//
// Properties that queries read and of which other agents than those of today are to tell:
//
//	Monitor  name, class, type, provider, status ("ok", "failed" or "unknown"), reason, active (false: it
//	         is not in force), interval (seconds)
//	Finding  rule, category ("security", "networking"), kind (of the document it is found in), score (the
//	         higher the worse), text
//	IP       hostname, as DNS has it
//	NIC      oui, the maker by the MAC address
const (
	Host     = "Host"
	NIC      = "NIC"
	IP       = "IP"
	Subnet   = "Subnet"
	Process  = "Process"
	Endpoint = "Endpoint"
	Package  = "Package"
	Switch   = "Switch"
	Port     = "Port"
	Mount    = "Mount"
	Monitor  = "Monitor"
	Finding  = "Finding"
	Document = "Document"

	// Second labels of a Process, by what its sockets do.
	Service = "Service"
	Client  = "Client"

	// Container is the second label of a Host that runs on another.
	Container = "Container"
)

// FirstLabels returns the labels above by which nodes are identified. None of them can be a further
// label of a node, or its keys would not be unique among all nodes with the label.
func FirstLabels() []string {
	return []string{Host, NIC, IP, Subnet, Process, Endpoint, Package, Switch, Port, Mount, Monitor, Finding, Document}
}

// Index is a property by which nodes with a label are looked up.
type Index struct{ Label, Prop string }

// Indexes returns what named queries and people start from, besides keys. A text of such a property is
// bounded as a key is, for a store to have an index of it.
func Indexes() []Index {
	return []Index{
		{Host, "name"}, {Switch, "name"}, {IP, "address"}, {Endpoint, "port"},
		{Process, "name"}, {Process, "exe"}, {Package, "name"},
	}
}

// Types of relationships.
const (
	RunsOn     = "RUNS_ON"     // (Process)->(Host), (Host:Container)->(Host)
	ConnectsTo = "CONNECTS_TO" // (Process)->(Endpoint): a client's connection
	ProvidedBy = "PROVIDED_BY" // (Endpoint)->(Process): a listening socket
	DependsOn  = "DEPENDS_ON"  // (Process)->(Process): the two above resolved; (Host)->(Switch|IP|Endpoint): see Group
	At         = "AT"          // (Endpoint)->(IP)
	On         = "ON"          // (IP)->(NIC)
	PartOf     = "PART_OF"     // (NIC)->(Host), (Port)->(Switch)
	WiredTo    = "WIRED_TO"    // (NIC)->(Port)

	HasNIC    = "HAS_NIC"   // (Host)->(NIC)
	In        = "IN"        // (IP)->(Subnet)
	Has       = "HAS"       // (Host)->(Package|Mount)
	SeenFrom  = "SEEN_FROM" // (IP)->(NIC): the interface has it among its neighbours; property mac
	Watches   = "WATCHES"   // (Monitor)->(Process|Host)
	About     = "ABOUT"     // (Finding)->(Host)
	Describes = "DESCRIBES" // (Document)->(Host)
)

// Properties of the DEPENDS_ON of a Host, which needs one of several: its resolvers, the switches that
// the ports of a bond lead to. To lose one of a group is to be at risk, to lose all is to be down.
const (
	Group = "group" // string: "resolvers", "gateways", "gateways over IPv6", "switches of bond0", "mount /home"
	Of    = "of"    // int: how many there are in the group; with 1 the host can't do without it
)

// Dependencies returns the types that carry impact: what they point to, what they start from needs.
//
// That one process needs another is there twice, as DEPENDS_ON and as the pair CONNECTS_TO and
// PROVIDED_BY that it is resolved from. Queries follow all types and ask for the nearest way, so that it
// counts once: DEPENDS_ON is one step, the pair two to the same place. The pair is followed besides,
// because from an address without a known process on it there is no other way.
func Dependencies() []string {
	return []string{RunsOn, ConnectsTo, ProvidedBy, DependsOn, At, On, PartOf, WiredTo}
}

// Associations returns the types that carry none: what a host has, and what is said of it.
func Associations() []string { return []string{HasNIC, In, Has, SeenFrom, Watches, About, Describes} }

// Resolution is a relationship that a store makes where two asserted ones meet: for every
// (a)-[First]->(m:Middle)-[Second]->(b) with a and b different, one (a)-[Type]->(b).
type Resolution struct {
	Type, First, Middle, Second string
}

// Resolved returns the resolutions, for every Store alike. The relationship carries evidence:
//
//	endpoints  list of string, sorted: the keys of all middle nodes between a and b
//	documents  list of string, sorted: the assertions that first showed it, as "host/instance@hash"
//	since_ms   when a store first saw it, Unix milliseconds by the CMA's clock
//	since      the same as ISO 8601
func Resolved() []Resolution {
	return []Resolution{{Type: DependsOn, First: ConnectsTo, Middle: Endpoint, Second: ProvidedBy}}
}
