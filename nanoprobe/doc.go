// Package nanoprobe is the daemon on every OS image: it gives the pure parts a clock, a network and a
// disk.
//
//	discovery.Poller ─ changed documents ─┬─▶ outbox ─▶ CMA
//	                                      ├─▶ outbox ─▶ Redis server 1
//	files and commands ───────────────────┴─▶ outbox ─▶ Redis server n
//	(snapshot.d, snapshot.list)
//
//	mesh ─ signed events, who watches whom ──▶ outbox ─▶ CMA
//	  ▲
//	  └─ segments: the switches, labels and subnets that this host hangs on, out of its documents
//
// Every destination has an outbox of its own that keeps the newest version of each document, file,
// output or event until that destination has stored it, so one that is away holds up nobody else, loses
// nothing, and costs memory for one version of each; of a file for its path alone. What does not change
// is not sent: no news is good news. A cache that has lost its contents, or a CMA whose manifest differs,
// gets what it lacks.
//
// A host is known by its id and by the key that it makes at its first start, with which it signs what
// it says. What all parts count is on /metrics, where that is configured.
//
// It knows neither graph nor query language; those are the CMA's.
package nanoprobe
