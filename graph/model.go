package graph

// Labels of nodes. Every node has the property "key", unique among the nodes of its first label:
//
//	Host      id of the host
//	NIC       host id | interface
//	IP        scope | address
//	Subnet    scope | CIDR
//	Process   host id | network namespace, empty for the host's own | instance in the tcpdiscovery document
//	Endpoint  scope | address | port | protocol
//	Package   type | name | version | architecture
//	Document  host id | instance
//
// A scope is "host:" and the host's id, with "/" and the namespace if not the host's own, for
// loopback, link-local and container-private addresses, and the site's address domain otherwise. An
// address without its scope names nothing: every host has a 127.0.0.1.
const (
	Host     = "Host"
	NIC      = "NIC"
	IP       = "IP"
	Subnet   = "Subnet"
	Process  = "Process"
	Endpoint = "Endpoint"
	Package  = "Package"
	Document = "Document"

	// Second labels of a Process, by what its sockets do.
	Service = "Service"
	Client  = "Client"
)

// FirstLabels returns the labels above by which nodes are identified. None of them can be a further
// label of a node, or its keys would not be unique among all nodes with the label.
func FirstLabels() []string {
	return []string{Host, NIC, IP, Subnet, Process, Endpoint, Package, Document}
}

// Types of relationships.
const (
	RunsOn     = "RUNS_ON"     // (Process)->(Host)
	ConnectsTo = "CONNECTS_TO" // (Process)->(Endpoint): a client's connection
	ProvidedBy = "PROVIDED_BY" // (Endpoint)->(Process): a listening socket
	DependsOn  = "DEPENDS_ON"  // (Process)->(Process): the two above resolved
	At         = "AT"          // (Endpoint)->(IP)
	On         = "ON"          // (IP)->(NIC)
	PartOf     = "PART_OF"     // (NIC)->(Host)

	HasNIC    = "HAS_NIC"   // (Host)->(NIC)
	In        = "IN"        // (IP)->(Subnet)
	Has       = "HAS"       // (Host)->(Package)
	Describes = "DESCRIBES" // (Document)->(Host)
)

// Dependencies returns the types that carry impact: what they point to, what they start from needs.
func Dependencies() []string {
	return []string{RunsOn, ConnectsTo, ProvidedBy, DependsOn, At, On, PartOf}
}

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
