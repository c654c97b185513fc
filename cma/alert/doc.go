// Package alert runs hooks: the executables in the notification.d directory, which tell people that a
// host went down or came back up, that many did by one cause, or that an address moved to another host.
//
//	           waiting                        running
//	event ──▶ for each hook ── its turn ──▶ process ── status 0 ─────────────▶ settled: noted, shown
//	               ▲                           │
//	               └── a while later ◀─ fails ─┴── for the third time ───────▶ settled: noted, shown
//
// Which hook runs when is decided by a pure queue; [Hooks] is its shell, with clock and processes. An
// event comes from its caller's journal and goes back there when all hooks have settled; so each hook
// runs at least once for each event, and again if the CMA ended before its outcome was noted. No hook
// waits for another: each has its own queue, in which it sees the events of one host in their order
// and those of several hosts at once.
//
// # The hook
//
//	NAME up|down Drone|Switch|Segment|Ring
//	NAME update IPaddrNode
//
// The arguments are those of Assimilation's notification.d: the event, and the type of the object that
// it is about, which is Drone for a host that has a nanoprobe. The other three are about many hosts, of
// which the hook is told by this event alone: they went down behind one switch, with another segment (a
// rack, a subnet), or with the whole of their ring; or they are back. On standard input is
//
//	{"associatedobject": {...}, "eventtype": 1 for up, 2 for down, 5 for update, "extrainfo": {...}}
//
// and all that both objects hold is in the environment too, as ASSIM_ and the name:
//
//	associatedobject  designation, domain, iso8601, listenaddr, nodetype, port, primary_ip_addr, reason,
//	                  status (up, dead, shutdown), statustime, time_status_iso8601, time_status_ms
//	extrainfo         boot, epoch, event_id, event_kind, event_number, host_id, seconded_by, silent_ms,
//	                  witnesses
//
// An event about many has, instead of what is one host's, the designation of what they have in common,
// status up or down, and in extrainfo
//
//	host_count, hosts (names), host_ids, incident, ring, segment (switch:CHASSIS, rack:NAME, ...)
//
// hosts and host_ids list ring.MaxMembers, 320, of the hosts at most, host_count counts them all.
//
// One about an address has that as designation, status up and the host that has it now as host, and in
// extrainfo
//
//	former_host, former_host_id, host_id, moves (how many it tells of: two hosts that fight over an
//	address make one event in ten minutes)
//
// Lists are separated by blanks there; what is not known is left out. The rest of the environment is
// PATH and LANG=C. A hook has 30 s, then SIGTERM, 5 s later SIGKILL; what it started ends with it. The
// last 4 KiB that it prints are kept and shown, the rest is discarded.
package alert
