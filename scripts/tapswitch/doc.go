// Package tapswitch is an Ethernet switch of TAP devices that mistreats frames as it is told, from a seed.
//
//	     ┌───────────────────────── Switch ─────────────────────────┐
//	h1 ──┤ reader: which ports (learnt)? ── fate of each copy ──▶ ──├── h2: queue by time, writer
//	     └──────────────────────────────────────────────────────────┘
//
// It is for kernels without netem: a test creates TAP devices with Open, moves them into network
// namespaces, plugs their files in, and sets what links do: lose, delay, repeat or reorder frames, or
// pass nothing in one direction. A link is from one port to another, so that each way has faults of
// its own.
//
// The fate of the n-th frame on a link depends on seed, names of the ports and n alone: a run with the
// same frames is the same run. When frames come is the affair of whoever sends them.
//
// It has no VLANs and no spanning tree: a loop of switches would flood it until its queues are full.
package tapswitch
