// Package derive says what a discovery document asserts of the fleet's graph.
//
//	document ──generic──▶ (Document)-[:DESCRIBES]->(Host)
//	   │ by type
//	   ├─ os ────────────────▶ properties of the Host
//	   ├─ netconfig ─────────▶ (IP)-[:ON]->(NIC)-[:PART_OF]->(Host), (IP)-[:IN]->(Subnet),
//	   │                       (Host)-[:DEPENDS_ON]->(IP) of its gateways
//	   ├─ resolvers ─────────▶ (Host)-[:DEPENDS_ON]->(Endpoint)-[:AT]->(IP)
//	   ├─ mounts, findmnt ───▶ (Host)-[:HAS]->(Mount), (Host)-[:DEPENDS_ON]->(Endpoint) of file servers
//	   ├─ __LinkDiscovery ───▶ (NIC)-[:WIRED_TO]->(Port)-[:PART_OF]->(Switch), (Host)-[:DEPENDS_ON]->(Switch)
//	   ├─ arpcache, ARP ─────▶ (IP)-[:SEEN_FROM]->(NIC)
//	   ├─ tcpdiscovery ──────▶ (Process)-[:CONNECTS_TO]->(Endpoint)-[:PROVIDED_BY]->(Process), (Endpoint)-[:AT]->(IP)
//	   ├─ docker, vagrant ───▶ (Host:Container)-[:RUNS_ON]->(Host)
//	   ├─ packages ──────────▶ (Host)-[:HAS]->(Package)
//	   ├─ @state ────────────▶ status of the Host, which the CMA itself says
//	   └─ any other: nothing more
//
// It is pure: equal documents give equal facts, in one order. A derivation may read other documents
// of the same host ([Reads]), never those of another host: what joins hosts is that both sides come to
// the same Endpoint. So everything here turns on keys, which are those of graph/model.go, and on what
// addresses a socket answers (listeners.go) and how far an address reaches (addresses.go). A new type of
// document is a file of its own and a line in the list of derive.go.
//
// Documents are input from elsewhere. A document that does not have its type's shape, or asserts more
// than graph.MaxNodes, is an error that names the document and the place. Whatever it says, it says
// nothing of another host but that this one sees or needs something there: the keys of what a host has
// begin with the host's own. What a document has a thousand of is read by a reader of our own (reader.go),
// all else by encoding/json.
//
// A document that holds inside a container (its proxy is set) says all this of that container, a Host of
// its own that runs on the one which sent it.
package derive
