// Package graph is the fleet's graph: what its nodes and relationships are called, what identifies
// them, how documents assert them, and the questions that are asked of it by name.
//
//	Document ──cma/derive──▶ Facts ──Store.Apply──▶ nodes and relationships ──Store.Query──▶ rows
//
// A document asserts [Facts]; a [Store] keeps, for every document, which facts it asserts, so that
// applying its successor is a difference and a node goes when no document asserts it any more.
// Applying the same facts twice changes nothing. Relationships that follow from two documents
// (DEPENDS_ON) are no document's assertion: the store resolves them by the rules in [Resolved]. Where two
// hosts say that they have one address, the store lets the last have it, by the rules in [Exclusive].
//
// Dependency relationships point from what depends to what it depends on. They are the closed list
// [Dependencies]; no other type ever carries impact.
//
// The package holds what all stores share and is pure: the model, the bounds of facts ([Facts.Validate]),
// their difference ([Diff]), who has what only one host can have ([Contest]), and the named queries
// ([Queries], [Load]). Package graph/embedded is the store in memory and on one file, graph/cypher the
// read-only query language of every store, and graph/graphtest what every store must do. The CMA alone
// writes.
package graph
