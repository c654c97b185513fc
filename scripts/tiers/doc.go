// Package tiers holds the end-to-end test of what depends on what: a fleet of twelve hosts with a proxy,
// an application and a database, whose dependencies were written down by hand before it was run.
//
//	go test ./scripts/tiers
//
//	 inner 10.99.0.0/24      front 10.78.1.0/24                        back 10.78.2.0/24
//	┌─────────┐  ┌────────┐  │ .11 proxy1 haproxy ┐ .10, the failover │ .21 app1 shop ──┐       ┌ .200 payments:
//	│ till    │──│ nat    │──┤ .12 proxy2 haproxy ┘  address          │ .22 app2 shop ──┤       │ no nanoprobe
//	│ browser │  │ .61    │  │ .41 desk   browser                     │     cart, in a container
//	└─────────┘  └────────┘  └───────────── .1 gw .1 ──────────────────┤ .31 db1 redis ◀─┘
//	     .2          .1                                                │ .32 db2 redis, its replica
//	                                                                   │ .53 .54 dns1 dns2 dnsmasq
//
// testdata/edges.txt says which edges the graph must have, and how each step changes them; the graph on
// Neo4j and the embedded one must come to exactly these: precision and recall are 1. Both get the same
// documents, the embedded one from a second CMA that the test hands on what the first holds.
//
// It needs what package fleet needs, and haproxy, dnsmasq, nft and arping.
package tiers
