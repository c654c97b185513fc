// Package fleet holds the end-to-end test: the real programs on six hosts that are namespaces.
//
//	go test ./scripts/fleet     the checks, 5 minutes
//	scripts/bench-fleet         what it does and costs, 15 minutes
//
//	┌─ namespaces of the test: network, processes, mounts ───────────────────────┐
//	│  assim   cma ── Neo4j   Redis   Redis       br0 10.77.0.254/24             │
//	│  ┌─ h1 10.77.0.1 ─┐ ┌─ h2 10.77.0.2 ─┐       ┌─ h6 10.77.0.6 ─┐            │
//	│  │ nanoprobe sshd │ │ nanoprobe ssh  │  ...  │ nanoprobe      │            │
//	│  └────────────────┘ └────────────────┘       └────────────────┘            │
//	└────────────────────────────────────────────────────────────────────────────┘
//
// A host has its own network, processes, mounts, hostname and /etc, so that what its nanoprobe
// discovers is its own. The test itself runs as the first process of the outer namespaces, with a
// tmpfs for its files: however it ends, the kernel ends all processes in there, and takes networks and
// files along. Nothing on the machine is touched, and several runs don't meet. What the programs said
// is kept by go test's -artifacts.
//
// It needs root, redis-server, sshd and ssh, and Neo4j as scripts/neo4j/fetch lays it out; scripts/test
// sees to these. Where one is missing the test fails by name. It is skipped under -short.
package fleet
