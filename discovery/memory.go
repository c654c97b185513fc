package discovery

import (
	"context"
	"time"

	"github.com/shirou/gopsutil/v3/mem"
)

// MemorySize is the memory of a host that changes only when someone changes it. How much of it is in
// use changes every second, so it is no part of a document.
type MemorySize struct {
	RAMBytes  uint64 `json:"ram_bytes"`
	SwapBytes uint64 `json:"swap_bytes"`
}

// Memory finds how much memory the host has.
func Memory() Agent {
	return Agent{
		Name: "memory", Description: "Size of memory and swap space",
		Every: time.Hour, Discover: discoverMemory,
	}
}

func discoverMemory(ctx context.Context, host Host) (any, error) {
	m, err := mem.VirtualMemoryWithContext(host.Context(ctx))
	if err != nil {
		return nil, err
	}
	if m.Total == 0 { // gopsutil says this, and no error, when /proc/meminfo is missing
		return nil, ErrNotHere
	}
	return MemorySize{RAMBytes: m.Total, SwapBytes: m.SwapTotal}, nil
}
