package wire

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// stream is a connection that is counted, and that Shutdown closes if nobody else does.
type stream struct {
	net.Conn
	host  *Host
	kind  Kind
	close func() error // once
}

// dial opens a stream to another host.
func (h *Host) dial(ctx context.Context, to netip.AddrPort, kind Kind) (*stream, error) {
	conn, err := h.sockets.Dial(ctx, to)
	if err != nil {
		return nil, err
	}
	h.counters.sent[kind].streams.Add(1)
	return h.open(conn, kind, func() {})
}

// open takes conn into the books until it is closed, which is when closed is called. If the host is shut
// down it closes conn.
func (h *Host) open(conn net.Conn, kind Kind, closed func()) (*stream, error) {
	s := &stream{Conn: conn, host: h, kind: kind}
	s.close = sync.OnceValue(func() error {
		h.mu.Lock()
		delete(h.streams, s)
		h.mu.Unlock()
		closed()
		return conn.Close()
	})
	h.mu.Lock()
	h.streams[s] = struct{}{}
	down := h.closed
	h.mu.Unlock()
	if down {
		s.Close()
		return nil, net.ErrClosed
	}
	return s, nil
}

func (s *stream) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	s.host.counters.received.streamBytes.Add(uint64(n))
	return n, err
}

// Write closes the stream if it fails: memberlist forgets one on which it could not write the label.
func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	s.host.counters.sent[s.kind].streamBytes.Add(uint64(n))
	if err != nil {
		s.Close()
	}
	return n, err
}

func (s *stream) Close() error { return s.close() }
