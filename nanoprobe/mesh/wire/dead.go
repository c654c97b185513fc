package wire

import (
	"net/netip"
	"sync"
)

// maxDead bounds the addresses marked dead; a host's rings have fewer members. Beyond it no more are
// marked, which costs packets and nothing else.
const maxDead = 1024

// deadList is the addresses of the known dead.
type deadList struct {
	mu    sync.Mutex
	heard map[netip.AddrPort]bool // marked; true once it was heard from
}

func (d *deadList) set(addr netip.AddrPort, dead bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !dead {
		delete(d.heard, addr)
	} else if _, marked := d.heard[addr]; !marked && len(d.heard) < maxDead {
		d.heard[addr] = false
	}
}

func (d *deadList) has(addr netip.AddrPort) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, marked := d.heard[addr]
	return marked
}

// hear reports whether this is the first that comes from addr since it was marked.
func (d *deadList) hear(addr netip.AddrPort) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	heard, marked := d.heard[addr]
	if !marked || heard {
		return false
	}
	d.heard[addr] = true
	return true
}

// SetDead marks the address that a member was reached at as known to be dead, or takes the mark away.
// Packets and dials that memberlist makes by itself to a named member at a marked address are dropped
// and counted; joins, which name nobody, and what has another kind than Membership pass. A packet that
// comes from there takes no mark away, since it may be forged: Config.Heard is told of the first.
func (h *Host) SetDead(addr netip.AddrPort, dead bool) { h.dead.set(unmap(addr), dead) }
