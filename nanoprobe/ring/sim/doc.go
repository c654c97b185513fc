// Package sim simulates a fleet of up to ten million members on the machines of package ring, and holds
// what they say against the truth.
//
// It is a discrete-event world: a virtual clock, a network that loses, delays, repeats and reorders,
// and faults of hosts, clocks and paths, all drawn from one seed. One seed gives one run, and the seed
// is the bug report.
//
//	faults ──▶ base ring 0 ──┐ who had its two seats, and when
//	           base ring 1 ──┼──▶ ring of representatives ──┐
//	           ...           │    ...                       ├──▶ top ring
//	                         │                              │
//	           each ring:  hosts ── machine ── memberlist ──┴── oracle ──▶ Report
//
// Rings influence each other only through their representatives. So they run one after the other, from
// the bottom up, as many at a time as there are processors, and a ring's outcome is the schedule of the
// ring above; memory is that of a few rings.
//
// # Quiet time
//
// A ring at rest, in which all know all and nothing is on its way but heartbeats, is not lived through:
// its heartbeats are walked from miss to miss by Machine.Skip, up to the next fault or the next silence
// that makes a neighbour suspect. With Config.Full it is lived through. Since all chance is decided by
// what it is about and never by when it was asked for, both tell the same events at the same time. A
// ring to which nothing happens at all, on a network that loses nothing, has no machines.
//
// # What is modelled, and what is not
//
// Two-way heartbeats are pings and answers, which count also when they are late, by two heartbeats at most;
// one-way ones are the neighbour's own heartbeat of the same beat, so that both sides watch each other is
// taken for granted. memberlist is modelled by its effects:
//   - rumours ride on heartbeats and probes both ways, three to six a packet, those sent least first and
//     of these the youngest; each 8 times the decimal logarithm of the members, as package mesh has it;
//   - a probe each 6 s of a member at random, and a loss 39 s after the first that fails, unless refuted;
//   - an exchange of all state now and then, at the start and when a machine asks for it; TCP repeats
//     what is lost, so it comes through or the path is broken;
//   - a restarted host takes its predecessor's place at once. memberlist first tells it of that one.
//
// Rumours that are news to nobody end when the ring is at rest; memberlist repeats them for a while.
// What probes, exchanges and the tries of missing members cost is not counted as messages of the ring:
// they cost the same where nothing happens.
//
// The size of rings does not change: how they split and merge is package backbone's. A seat is taken
// over by the member of lowest place that has none, within a second after it saw the holder go; a
// holder that is thought dead and lives keeps its seat. A representative of the second ring sends a
// deputy out of its base ring up. That a whole ring is gone is found by pings of its members, whose
// answers are taken from the truth.
package sim
