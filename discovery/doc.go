// Package discovery reads facts from the host it runs on and turns them into documents.
//
//	Agent ──Discover(Host)──▶ value ──Seal──▶ Document ──▶ Poller ──only what changed──▶ emit
//
// An [Agent] reads one aspect of a host (its operating system, its sockets, its packages, ...) and
// returns it as a value that marshals to JSON. Agents only read: they change nothing, keep no state
// and start no process; the agent made by [Script] alone runs a program, and that of [TCPDiscovery] alone
// remembers: what processes were connected to a while ago. A [Document] is the one thing that travels: the
// value in Assimilation's envelope, with the hash of its canonical form. [Poller] runs the agents and lets
// a document through only when its hash changed, so an idle host sends nothing.
//
// Agents read below [Host], which is / on a host and a recorded tree in tests. What a document holds
// stays until someone changes it: memory size, not memory in use. What could not be read for want of
// privilege is named by class and never by process, or the hash would change all the time.
//
// The package sends nothing and knows neither cache nor CMA: package nanoprobe does.
package discovery
