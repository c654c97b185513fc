// Package cma is the collective monitoring authority: the server that keeps what the nanoprobes
// discover, makes the graph of it, and answers questions.
//
//	nanoprobe ── POST /v1/documents ──▶ journal ──▶ acknowledged
//	                                      │ pending, in the order received
//	                                      ▼
//	                                   worker ── derive ──▶ graph.Store ◀── POST /v1/query ── assim
//
// A document is acknowledged when it is in the [Journal], which is durable; the graph follows. Of each
// instance of each host only the newest version waits, so a graph that is away costs the fleet's size
// and not the outage's length, and one that is made anew is filled again from the journal. A document
// whose data is not of its type's shape is kept, marked, counted and logged once, and stops nobody.
//
// [Init] makes an installation: authority, server certificate and fleet file. Every request but GET
// /healthz needs the fleet's bearer. The package tells hosts nothing yet, and knows no ring.
package cma
