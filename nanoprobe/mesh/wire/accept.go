package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const (
	// maxAccepted bounds the connections that others have open to this host, and so what strangers can
	// make it hold: a goroutine and at most one frame each, 16 MB in all.
	maxAccepted = 256
	// maxPerSource is one address's share of them, so that no stranger alone can shut the others out.
	maxPerSource = 64
	// labelTime is how long a stream may take to say its label, which comes with its first packet.
	labelTime = 2 * time.Second
)

// accept takes streams in until ctx is done.
func (h *Host) accept(ctx context.Context) {
	for {
		conn, err := h.sockets.Streams.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return
		case err != nil:
			h.cfg.Logger.Warn("connection not accepted", "err", err)
			pause(ctx)
		default:
			h.letIn(ctx, conn)
		}
	}
}

// letIn has the label of a stream read beside the loop, unless too many are open already.
func (h *Host) letIn(ctx context.Context, conn net.Conn) {
	h.counters.received.streams.Add(1)
	source := sourceOf(conn)
	if !h.door.enter(source) {
		h.counters.dropped.full.Add(1)
		conn.Close()
		return
	}
	s, err := h.open(conn, Membership, func() { h.door.leave(source) })
	if err != nil {
		return // shut down
	}
	h.work.Go(func() {
		s.SetDeadline(time.Now().Add(labelTime))
		label, err := readLabel(s)
		h.passOn(ctx, s, label, err)
	})
}

// passOn gives a stream to whom its label names. err is of reading the label.
func (h *Host) passOn(ctx context.Context, s *stream, label string, err error) {
	switch {
	case err == nil && label == callLabel:
		h.answer(ctx, s)
		return
	case err == nil && h.queue(s, label):
		return
	case errors.Is(err, io.EOF): // somebody tried the port
	case errors.Is(err, os.ErrDeadlineExceeded):
		h.counters.dropped.slow.Add(1)
	case err != nil:
		h.counters.dropped.label.Add(1)
	}
	s.Close()
}

// queue lets a stream wait for its ring's memberlist. Otherwise it counts why not.
func (h *Host) queue(s *stream, label string) bool {
	s.SetDeadline(time.Time{}) // memberlist sets its own
	h.mu.RLock()               // held while it is queued: the ring's Shutdown looks there afterwards
	defer h.mu.RUnlock()
	r := h.rings[label]
	if r == nil {
		h.counters.dropped.label.Add(1)
		return false
	}
	select {
	case r.streams <- s:
		return true
	default:
		h.counters.dropped.full.Add(1)
		return false
	}
}

// door counts the accepted connections that are open.
type door struct {
	mu      sync.Mutex
	total   int
	sources map[netip.Addr]int
}

func (d *door) enter(source netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total == maxAccepted || d.sources[source] == maxPerSource {
		return false
	}
	d.total++
	d.sources[source]++
	return true
}

func (d *door) leave(source netip.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.total--
	if d.sources[source]--; d.sources[source] == 0 {
		delete(d.sources, source)
	}
}

// sourceOf is where a connection comes from: of IPv6 the /64, all of which one host may have.
func sourceOf(conn net.Conn) netip.Addr {
	addr := peerOf(conn).Addr()
	if !addr.Is6() {
		return addr
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().Addr()
}

// peerOf is who is at the other end, the zero address if that has none.
func peerOf(conn net.Conn) netip.AddrPort {
	addr, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
	return unmap(addr)
}
