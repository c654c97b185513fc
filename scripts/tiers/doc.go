// Package tiers holds the end-to-end test of what depends on what: twelve hosts with proxies, applications
// and a database, whose dependencies were written down by hand before the fleet was run.
//
//	go test ./scripts/tiers     a minute
//
//	inner 10.99.0.0/24 │ front 10.78.1.0/24       │ back 10.78.2.0/24
//	                   │                          │
//	.2 till browser    │ .41 desk   browser       │ .21 app1 shop, session, cache     ─▶ .200 payments,
//	.1 nat ────────────┼ .61 nat, a gateway       │ .22 app2 shop, session, cache        on no known host
//	                   │ .11 proxy1 haproxy, .10  │          cart in a container
//	                   │ .12 proxy2 haproxy       │ .31 db1  redis
//	                   │                          │ .32 db2  redis, its replica; audit in a container
//	                   │ .1  gw, the router ──────┼ .1  gw
//	                   │                          │ .53 dns1, .54 dns2 dnsmasq
//
//	browser ─▶ .10, the failover address ─▶ haproxy ─▶ shop ─▶ redis on db1
//
// testdata/edges.txt says which edges the graph must have, and how each step changes them; the graph on
// Neo4j and the embedded one must come to exactly these: precision and recall are 1. Both get the same
// documents, the embedded one from a second CMA to which the test hands on what the first holds.
// testdata/questions.txt says what assim answers on the way.
//
// It needs root, redis-server, haproxy, dnsmasq, nft and arping, and Neo4j as scripts/neo4j/fetch lays it
// out; scripts/test sees to these. Where one is missing the test fails by name. It is skipped under -short.
package tiers
