// Package neo4j is the graph store on a Neo4j server, version 5 or later; its Community edition is
// enough.
//
//	Apply ─▶ lock ─▶ what the documents asserted ─▶ graph.Diff ─▶ graph.Contest ─▶ load what that touches
//	           one transaction, all or nothing                            │
//	         commit ◀─ resolve ◀─ write nodes and relationships, keep what the documents assert
//
//	Query ─▶ cypher.Parse ─▶ plain ─▶ hide ─▶ transaction in read mode ─▶ cypher.Result
//	           └─ refused ─▶ beyond? ─┘ or the error
//
// Results are in the form of package cypher, plans and temporal values included, and name what a query
// asks for and the database has never had.
//
// Users see the labels, types and properties of package graph. What the store keeps for itself has a
// dot in its name, which no document can assert:
//
//	label    assim.own      one node for the store: key, id, format, clock, opened_ms; one a
//	                        document: key, host, instance, boot, sequence, hash, age, and facts, the
//	                        JSON of its nodes and relationships under zstd (64 MiB without it at most);
//	                        and one a slot that several hosts contest: key, line (graph.Line)
//	property assim.claims   how many documents assert the same of this node or relationship; absent
//	                        when it is one, 0 when the store alone does (graph.Resolved)
//	property assim.mixed    JSON of what is asserted how often, where documents differ
//	property assim.sources  which documents assert a relationship that is exclusive or takes part in a
//	                        resolution
//
// Queries don't meet these nodes (see hide), and results leave these properties out, also of maps; a
// query that asks for keys(n) does see their names.
//
// So a node or relationship costs no bookkeeping until a second document asserts it, and then the same
// however many do: neighbours in age that say the same are one run (see element).
//
// One transaction at a time applies documents, whichever process it comes from: it locks the store's
// own node before it reads. Two that see the two halves of a dependency at once can't both miss it,
// none waits for another in a circle, and documents have one order of age. What differs only in labels
// and types runs as the parts of one statement (see repertoire), since a batch's round trips cost as
// much as its rows. Work is bounded: the rows and parts of a statement, the bytes of a document's facts,
// the time and rows of a query, and how long a batch is tried again.
package neo4j
