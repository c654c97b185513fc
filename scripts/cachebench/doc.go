// Package cachebench holds the measurement of the snapshot cache: four real Redis servers, some 24,000 hosts,
// and ripgrep and sort over the same text.
//
//	go test ./scripts/cachebench     160 hosts, once: that all ways agree, not how long they take
//	scripts/bench-cache              the figures
//
//	┌─ namespaces of the test ───────────────────────────────────────────────────┐
//	│  machines ──▶ contents ──┬──Put──▶ Redis × 4 ◀── indexers    one process   │
//	│  (seed)                  │            ▲   ▲                                │
//	│                          ▼            │   └───── assim search   a process  │
//	│                    text on disk       └───────── floor          each time  │
//	│                          ▲                                                 │
//	│                          └── rg, sort                                      │
//	└────────────────────────────────────────────────────────────────────────────┘
//
// What is timed is a whole process from its start to its end, with its output in a file. Those that are
// compared take turns, so that what else the machine does meets all of them; of each the median counts.
// Nothing is asserted about times but in the figures that scripts/bench-cache writes. That all ways
// give the same lines is.
//
// The text is one file, as cat writes it: ripgrep reads that faster than a file a host. It needs root,
// iproute2, redis-server and ripgrep, and is skipped under -short.
package cachebench
