// Package embedded is the graph store in memory, kept in one file.
//
//	Apply ─▶ plan ─▶ file (one transaction) ─▶ memory (write lock, for the swap alone)
//	                                             ▲
//	Query ─▶ cypher ─▶ view ─────────────────────┘ (read lock, 10 s at most)
//
// Memory is a function of what the documents assert. A node or relationship lives while a document
// claims it, and its properties are those of all its claims, united in the order in which the documents
// last changed. A relationship that is resolved (see graph.Resolved) is claimed by the store itself.
//
// So the file keeps the claims and nothing that follows from them. It is a bbolt file of format 1:
//
//	bucket    key                 value
//	meta      "head"              JSON of head: format, store id, clock, tallies; then its CRC-64, 8 bytes
//	sources   host 0x00 instance  JSON of record: the document's facts and when they last changed
//	resolved  length-prefixed     JSON of graph.Rel: a resolved relationship with its evidence
//	          type and ends
//
// A tally is the number of records in a bucket and the sum of their CRC-64s, so that a record that was
// lost, altered or left over is found when the store is opened. A file that does not add up is refused:
// the graph is a projection, and is filled again from the documents.
//
// The package does not choose queries, convert parameters or know what documents look like. Who opens
// a store feeds and closes it.
package embedded
