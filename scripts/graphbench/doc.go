// Package graphbench holds the measurement of what the graph's stores take and answer: the documents of a
// synthetic fleet, derived as the CMA derives them, on a real Neo4j and on the embedded graph.
//
//	go test ./scripts/graphbench     a small fleet, once: that it can be measured and both stores agree
//	scripts/bench-neo4j              the figures
//
//	hosts ──▶ documents ──cma/derive──▶ facts ──┬── Store.Apply ─────────▶ Neo4j ◀── cma run ◀── assim impact
//	(seed)                                      ├── bare UNWIND + MERGE ──▶   │
//	                                            ├── a transaction a fact ─▶   │
//	                                            └── Store.Apply ─────────▶ embedded graph ◀── cma run ◀── assim
//
// Rates take turns on one server, each with hosts of its own, so that what else the machine does meets all
// of them; medians count. Times are printed and written, not asserted: they depend on the machine. That both
// stores give the same rows is asserted. It needs Neo4j as scripts/neo4j/fetch lays it out, and is skipped
// under -short.
package graphbench
