// Package embedded is the graph store in memory, kept in one file.
//
//	Apply ─▶ plan ─▶ install ─┬─▶ commit the file ─┬─▶ publish
//	                          └─▶ settle elements ─┘      │ a pointer
//	Query ─▶ cypher ─▶ view ─▶ image ◀────────────────────┘
//
// Memory is a function of what the documents assert. A node or relationship lives while a document
// claims it, and its properties are those of all its claims, united in the order in which the documents
// last changed. A relationship that is resolved (see graph.Resolved) is claimed by the store itself; one
// that is exclusive (see graph.Exclusive) by documents of the host that has it, whoever else asserts it.
//
// # In memory
//
// Queries see an image. It consists of pages and leaves, which a batch copies before it writes to them,
// so that a query keeps the graph as it was when the query began: it waits for no batch, and no batch
// for it. Nodes and relationships are numbered with 28 bits, a page of 256 numbers at a time for each
// label or type:
//
//	edge     type 8 | other node 28 | relationship 28 bits; per node and direction one list by type
//	value    a column a property: 1 byte for its kind, 8 for a number or the number of a text
//	text     each once, counted
//	label    a set of bits
//	index    ordered words: hash of the value 32 | node 32 bits; one by name, five by a property
//
// A node costs about 100 bytes, a relationship 32, a property 9, a text about 45 besides its own, and what
// is said of a node or relationship 4.
//
// # In the file
//
// The file keeps the claims and nothing that follows from them. It is a bbolt file of format 3; numbers
// are big-endian in keys and varints in values:
//
//	bucket    key                     value
//	meta      "head"                  JSON of head: format, store id, clock, tallies; then its CRC-64, 8 bytes
//	names     l, t or k and number    a label, type or property
//	sayings   number                  what somebody says of one node or relationship: see saying.encode
//	sources   host 0x00 instance      the document's version, and its claims as numbers of sayings: see
//	                                  record.encode
//	resolved  type and ends, each     number of a saying: the evidence of a resolved relationship
//	          after its length
//	lines     type, label and key,    host and instance in turn, each after its length: who asserts
//	          each after its length   relationships of an exclusive type from one node, if several hosts do
//
// What many documents say of a node, such as a package, is there once. A tally is the number of records
// in a bucket and the sum of their CRC-64s, so that a record that was lost, altered or left over is
// found when the store is opened. A file that does not add up, or has another format, is refused: the
// graph is a projection, and is filled again from the documents.
//
// The package does not choose queries, convert parameters or know what documents look like. Who opens
// a store feeds and closes it.
package embedded
