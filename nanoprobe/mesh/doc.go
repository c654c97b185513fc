// Package mesh makes this host a member of its rings: it gives the pure machines of packages ring and
// backbone a network and a clock.
//
//	                     ┌─────────────── one goroutine a host ───────────────┐
//	views of the rings ─▶│ backbone.Machine: in which rings is this host?     │─▶ rings begin and end, notes
//	answers to calls ───▶│                                                    │─▶ calls to other hosts
//	                     └────────────────────────────────────────────────────┘
//	                     ┌─────────────── one goroutine a ring ───────────────┐
//	ticker, memberlist ─▶│ ring.Machine: who lives, who is dead?              │─▶ pings, dials, messages
//	results of pings ───▶│                                                    │─▶ Config.Report, views
//	                     └────────────────────────────────────────────────────┘
//
// memberlist, one a ring, carries membership, encryption and the heartbeats, which are its pings; its
// rumours, and the ring's broadcasts, ride on these for nothing. Its gossip ticker is off and its own
// prober is slow: the ring finds deaths first, and the prober what the ring's isolation or luck left
// over. Package wire has all rings on one port, and drops what memberlist would still send to those
// that are known to be dead until something is heard from them.
//
// A host finds its ring by its seeds, which it asks for ever, and tries the members that it misses, so
// that an outage or a healed partition needs no operator.
//
// While no CMA is heard, the representatives of base rings tell a dead switch from dead hosts. They count
// for each other, in the ring above, the hosts of their rings that hang on it.
//
// What members say of each other is signed with the key of its author, which each host tells in its
// metadata; what is forged, replayed or of a stranger is refused and counted. The first key that a
// ring sees under a host id stays until the host is gone: of two hosts under one id the one that was
// there first is the member, and both are reported.
//
// Membership and heartbeats are memberlist's and authenticated by the key that all rings share: who
// has it can feign to be a host that is gone, or take the place of one that is not there yet.
package mesh
