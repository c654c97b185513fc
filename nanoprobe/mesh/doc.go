// Package mesh makes this host a member of its ring: it gives the pure machine of package ring a
// network and a clock.
//
//	            ┌────────────────────── one goroutine ─────────────────────┐
//	ticker ────▶│                                                          │──▶ pings, dials ─┐
//	memberlist ▶│ inbox ──▶ ring.Machine: Tick, Step, Ready ──▶ carried out│──▶ messages      │
//	results ───▶│                                                          │──▶ Config.Report │
//	   ▲        └──────────────────────────────────────────────────────────┘                  │
//	   └──────────────────────────────────────────────────────────────────────────────────────┘
//
// memberlist carries membership, encryption and the heartbeats, which are its pings; its rumours, and
// the ring's broadcasts, ride on these for nothing. Its gossip ticker is off and its own prober is
// slow: the ring finds deaths first, and the prober what the ring's isolation or luck left over.
//
// A member joins by its seeds, tries them for ever, and tries the members it misses as well, so that
// an outage or a healed partition needs no operator. Two hosts under one id are reported; the one
// that was there first stays a member.
//
// There is one ring. Whoever has the ring's key can speak for any member.
package mesh
