package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/hashicorp/memberlist"
)

const (
	// MaxDatagram is the bytes of the longest datagram, label and seal among them, that is sent or
	// taken. It fits one Ethernet frame: 1500 - 40 (IPv6) - 8 (UDP).
	MaxDatagram = 1452
	// MaxRings is the rings that a host has a transport in. It is a member of two; while it moves from
	// one ring to another it is a member of both.
	MaxRings = 8
)

// ErrLabel is what Ring fails with for a label that is empty, too long, taken or that of calls.
var ErrLabel = errors.New("label can't be had")

// Config is what a host's port needs. Bind is of Listen alone, and Heard may be nil.
type Config struct {
	Bind    string                    // "ip:port" for UDP and TCP; port 0 takes a free one
	Keyring *memberlist.Keyring       // of calls: the one that the memberlists have, with a key in it
	Logger  *slog.Logger              //
	Heard   func(from netip.AddrPort) // the first datagram since SetDead came from there, or was forged; must not block
}

func (c Config) validate() error {
	switch {
	case c.Keyring == nil || c.Keyring.GetPrimaryKey() == nil:
		return errors.New("wire: a keyring with a key is required")
	case c.Logger == nil:
		return errors.New("wire: Logger is required")
	}
	return nil
}

// Host is a host's port.
type Host struct {
	cfg      Config
	sockets  Sockets
	addr     netip.AddrPort
	counters counters
	dead     deadList
	door     door
	serving  chan struct{} // of capacity maxServed: one element a handler at work
	stop     context.CancelFunc
	work     sync.WaitGroup // receive, accept, and one for each stream until it is passed on

	mu      sync.RWMutex
	closed  bool
	rings   map[string]*ring
	handler Handler
	streams map[*stream]struct{} // open
}

// Listen opens UDP and TCP at cfg.Bind.
func Listen(cfg Config) (*Host, error) {
	sockets, err := listen(cfg.Bind)
	if err != nil {
		return nil, fmt.Errorf("wire: listen at %q: %w", cfg.Bind, err)
	}
	h, err := New(cfg, sockets)
	if err != nil {
		sockets.close()
	}
	return h, err
}

// New is Listen with sockets that are open, and which the Host owns unless New fails. Tests have them
// in memory.
func New(cfg Config, sockets Sockets) (*Host, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	addr, err := netip.ParseAddrPort(sockets.Packets.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("wire: address of the socket: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	h := &Host{
		cfg: cfg, sockets: sockets, addr: unmap(addr), stop: stop,
		dead:    deadList{heard: map[netip.AddrPort]bool{}},
		door:    door{sources: map[netip.Addr]int{}},
		serving: make(chan struct{}, maxServed),
		rings:   map[string]*ring{}, streams: map[*stream]struct{}{},
	}
	h.work.Go(func() { h.receive(ctx) })
	h.work.Go(func() { h.accept(ctx) })
	return h, nil
}

// Addr is where the host listens, with the port that was taken. Its IP may be unspecified.
func (h *Host) Addr() netip.AddrPort { return h.addr }

// Advertised is where others reach the host if no address is configured: Addr or, if that is of no
// address in particular, a private one of the host's. It fails with ErrNoAddress if there is none.
func (h *Host) Advertised() (netip.AddrPort, error) { return advertised("", 0, h.addr, privateAddrs) }

// Ring returns the transport of the memberlist that has that label, 1 to 255 bytes. Its Shutdown, or
// the memberlist's, gives the label back. There are at most MaxRings at a time.
func (h *Host) Ring(label string) (memberlist.NodeAwareTransport, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed:
		return nil, fmt.Errorf("ring %q: %w", label, net.ErrClosed)
	case !validLabel(label) || h.rings[label] != nil:
		return nil, fmt.Errorf("ring %q: %w", label, ErrLabel)
	case len(h.rings) == MaxRings:
		return nil, fmt.Errorf("ring %q: %d rings are open already", label, MaxRings)
	}
	r := newRing(h, label)
	h.rings[label] = r
	return r, nil
}

// Stats returns the counters.
func (h *Host) Stats() Stats {
	s := h.counters.read()
	h.mu.RLock()
	defer h.mu.RUnlock()
	s.Streams = len(h.streams)
	return s
}

// Shutdown closes the port and all rings, and the connections that they have open, and waits until
// handlers have returned, whose context it cancels. Dials under way end by their own time limits. A
// second Shutdown does nothing.
func (h *Host) Shutdown() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return nil
	}
	h.closed = true
	open := slices.Collect(maps.Keys(h.streams))
	h.mu.Unlock()

	h.stop() // first: the loops know then why reading fails
	err := h.sockets.close()
	for _, s := range open {
		s.Close()
	}
	h.work.Wait()
	return err
}
