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
// Times are printed and written, not asserted: they depend on the machine. That all ways give the same
// lines is asserted.
//
// The text is one file, which ripgrep reads two to three times as fast as a file a host; that is measured
// beside it. Redis' memory is what the data adds to that of empty servers. It needs root, iproute2,
// redis-server and ripgrep, and is skipped under -short.
package cachebench
