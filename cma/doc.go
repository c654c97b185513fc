// Package cma is the collective monitoring authority: the server that keeps what the nanoprobes
// discover and report, makes the graph of it, answers questions, and runs hooks.
//
//	nanoprobe ── POST /v1/documents, /v1/manifests ──▶ journal ──▶ acknowledged
//	                                                     │ pending, in the order received
//	                                                     ▼
//	                                                  worker ── derive ──▶ graph.Store ◀── POST /v1/query ── assim
//
//	nanoprobe ── POST /v1/events ──▶ journal ─┬─▶ acknowledged
//	                                          ├─▶ status of the host: a document of the CMA's own, pending
//	                                          ├─▶ cause.Grouper: deaths are held until it shows what they have in common
//	                                          └─▶ alert.Hooks, if the host went down or came back, or many did by one cause
//
// A document is acknowledged when it is in the [Journal], which is durable; the graph follows. Of each
// instance of each host only the newest version waits, so a graph that is away costs the fleet's size
// and not the outage's length, and one that is made anew is filled again from the journal. A document
// whose data is not of its type's shape, or that the graph refuses, is kept, marked, counted and logged
// once, and stops nobody. A manifest says what a host has: what it no longer names is withdrawn.
//
// All witnesses of a change report it, and all their reports are one event, with the testimony of each.
// A witness that has shown a key is believed by its signature alone. What is said of how a host is has an
// order, (boot, epoch, status), whatever the order in which it arrives. A host that says itself that it is
// there, in a newer boot or epoch than that in which it went down, is back.
//
// Of an address that moved to another host the CMA itself makes an event, at most one in ten minutes. It
// remembers for a day who had one that none has, so that it is the same which of the two hosts speaks first.
//
// Events are stored and shown at once; a death's hooks wait, over a restart too, until package cause has
// released it. Hosts that went by one cause are unknown instead of dead, and hooks are told of the cause
// alone, once, and once when half of them are heard again; any that is not in 5 minutes is dead after all.
//
// What searches have read of the caches is kept for an auditor, apart from events and bounded by itself.
//
// [Init] makes an installation: authority, server certificate and fleet file. Every request but GET
// /healthz needs the fleet's bearer. The package tells hosts nothing yet, and does not watch them: that
// is the ring's.
package cma
