// Package ring holds the ring's end-to-end test: up to 64 real nanoprobes in network namespaces.
//
//	go test ./scripts/ring     24 nanoprobes and the faults that tell most, 75 s
//	scripts/ring-faults        all faults with 64
//	scripts/bench-ring         figures, beside those of serf's agent
//
//	┌─ namespaces of the test ──────────────────────────────────────────┐
//	│             cma, test      br0 10.78.0.254/24                     │
//	│              ┌───────────────┼───────────────┐                    │
//	│           bridge sw1      bridge sw2       ...        or one      │
//	│           │    │    │     │    │    │              TAP switch     │
//	│          h1   h2   h3    h4   h5   h6                             │
//	│          ╰── a network namespace and a nanoprobe each ──╯         │
//	└───────────────────────────────────────────────────────────────────┘
//
// Hosts hang on switches, which are bridges: nftables in there loses frames and parts halves, and a
// bridge that is taken down is a switch that died. For delay and for faults in one direction they hang
// on scripts/tapswitch instead. An oracle holds what the CMA was told against what was done: each death
// once and of the right kind, no other, and as many calls of a hook as there were incidents.
//
// Figures depend on the machine, so tests print them and assert about twice the figure that is to be
// reached; scripts/bench-ring measures them. It needs root, iproute2, nftables and /dev/net/tun. It is
// skipped under -short.
package ring
