// Package derive says what a discovery document asserts of the fleet's graph.
//
//	document ──generic──▶ (Document)-[:DESCRIBES]->(Host)
//	   │ by type
//	   ├─ os ───────────▶ properties of the Host
//	   ├─ netconfig ────▶ (IP)-[:ON]->(NIC)-[:PART_OF]->(Host), (IP)-[:IN]->(Subnet)
//	   ├─ tcpdiscovery ─▶ (Process)-[:CONNECTS_TO]->(Endpoint)-[:PROVIDED_BY]->(Process), (Endpoint)-[:AT]->(IP)
//	   ├─ packages ─────▶ (Host)-[:HAS]->(Package)
//	   ├─ @state ───────▶ status of the Host, which the CMA itself says
//	   └─ any other: nothing more
//
// It is pure: equal documents give equal facts, in one order. A derivation may read other documents
// of the same host ([NeededBy]), never those of another host: what joins hosts is that both sides come to
// the same Endpoint. So everything here turns on keys, which are those of graph/model.go, and on what
// addresses a socket answers (listeners.go) and how far an address reaches (addresses.go).
//
// Documents are input from elsewhere. A document that does not have its type's shape, or asserts more
// than graph.MaxNodes, is an error that names the document and the place. A document that holds inside
// a container (its proxy is set) asserts the generic facts alone, for its addresses and packages are
// not the host's.
package derive
