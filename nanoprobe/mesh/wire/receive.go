package wire

import (
	"bytes"
	"context"
	"net/netip"
	"time"

	"github.com/hashicorp/memberlist"
)

// errorPause keeps a socket that does nothing but fail from taking a whole core.
const errorPause = 100 * time.Millisecond

// receive takes datagrams to their rings until ctx is done. They are read into one buffer, and of those
// that have a ring the payload alone is copied: memberlist keeps what it is given, for how long only it
// knows, so that no buffer could be used a second time.
func (h *Host) receive(ctx context.Context) {
	buf := make([]byte, MaxDatagram+1) // one byte tells a datagram that was longer
	for {
		n, from, err := h.sockets.Packets.ReadFromUDPAddrPort(buf)
		at := time.Now()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			h.cfg.Logger.Warn("datagram not received", "err", err)
			pause(ctx)
		default:
			h.take(buf[:n], unmap(from), at)
		}
	}
}

// take passes a datagram on, or counts why not.
func (h *Host) take(datagram []byte, from netip.AddrPort, at time.Time) {
	h.counters.received.datagram(len(datagram))
	if h.dead.hear(from) && h.cfg.Heard != nil {
		h.cfg.Heard(from)
	}
	if len(datagram) > MaxDatagram {
		h.counters.dropped.oversize.Add(1)
		return
	}
	label, payload, err := cutLabel(datagram)
	if err != nil {
		h.counters.dropped.label.Add(1)
		return
	}
	h.mu.RLock()
	r := h.rings[string(label)]
	h.mu.RUnlock()
	if r == nil {
		h.counters.dropped.label.Add(1)
		return
	}
	p := &memberlist.Packet{Buf: bytes.Clone(payload), From: taggedAddr{to: from}, Timestamp: at}
	select {
	case r.packets <- p:
	default:
		h.counters.dropped.full.Add(1)
	}
}

func pause(ctx context.Context) {
	select {
	case <-time.After(errorPause):
	case <-ctx.Done():
	}
}
