package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

const (
	// maxPackets bounds the datagrams that wait for memberlist, 0.75 MB a ring. It takes microseconds
	// for each.
	maxPackets = 512
	// maxWaiting bounds the streams of a ring that wait for memberlist, which takes them at once.
	maxWaiting = 64
)

// ErrDead is what memberlist's dials to an address that is marked by SetDead fail with.
var ErrDead = errors.New("address is known to be dead")

// ring is the transport of one memberlist.
type ring struct {
	host    *Host
	label   string
	closed  atomic.Bool
	packets chan *memberlist.Packet
	streams chan net.Conn
}

var _ memberlist.NodeAwareTransport = (*ring)(nil)

func newRing(h *Host, label string) *ring {
	return &ring{
		host: h, label: label,
		packets: make(chan *memberlist.Packet, maxPackets), streams: make(chan net.Conn, maxWaiting),
	}
}

// PacketCh and StreamCh are never closed: memberlist would take what it can't use from them for ever.
func (r *ring) PacketCh() <-chan *memberlist.Packet { return r.packets }
func (r *ring) StreamCh() <-chan net.Conn           { return r.streams }

// FinalAdvertiseAddr is the ip and port that are configured or, if there is no ip, those that the host
// is bound to. Bound to no address in particular, it is a private one of the host's.
func (r *ring) FinalAdvertiseAddr(ip string, port int) (net.IP, int, error) {
	addr, err := advertised(ip, port, r.host.addr, privateAddrs)
	return addr.Addr().AsSlice(), int(addr.Port()), err
}

func (r *ring) WriteTo(b []byte, addr string) (time.Time, error) {
	return r.WriteToAddress(b, memberlist.Address{Addr: addr})
}

// WriteToAddress sends a datagram, which begins with the label. It reports one that is dropped for the
// sake of SetDead as sent: to memberlist it is lost, as it would be without us.
func (r *ring) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	to, kind, err := r.route(a)
	switch {
	case errors.Is(err, ErrDead):
		return time.Now(), nil
	case err != nil:
		return time.Time{}, err
	case len(b) > MaxDatagram:
		r.host.counters.dropped.oversize.Add(1)
		return time.Time{}, fmt.Errorf("datagram of %d bytes to %s, at most %d", len(b), to, MaxDatagram)
	}
	if _, err = r.host.sockets.Packets.WriteToUDPAddrPort(b, to); err == nil {
		r.host.counters.sent[kind].datagram(len(b))
	}
	return time.Now(), err
}

func (r *ring) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return r.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

// DialAddressTimeout opens a stream, without a label as yet. A timeout that is not positive has passed.
func (r *ring) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	to, kind, err := r.route(a)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if timeout <= 0 {
		return nil, fmt.Errorf("dial %s: %w", to, os.ErrDeadlineExceeded)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	s, err := r.host.dial(ctx, to, kind)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// route tells where to send and what for, and drops what memberlist itself has for the dead.
func (r *ring) route(a memberlist.Address) (netip.AddrPort, Kind, error) {
	if r.closed.Load() {
		return netip.AddrPort{}, 0, fmt.Errorf("ring %q: %w", r.label, net.ErrClosed)
	}
	to, kind, err := parseAddr(a.Addr)
	if err == nil && kind == Membership && a.Name != "" && r.host.dead.has(to) {
		r.host.counters.dropped.dead.Add(1)
		err = fmt.Errorf("%s: %w", to, ErrDead)
	}
	return to, kind, err
}

// Shutdown ends this ring alone, closes the streams that wait for it and gives its label back.
func (r *ring) Shutdown() error {
	if r.closed.Swap(true) {
		return nil
	}
	r.host.mu.Lock()
	delete(r.host.rings, r.label) // from here on nothing is queued
	r.host.mu.Unlock()
	for {
		select {
		case s := <-r.streams:
			s.Close()
		default:
			return nil
		}
	}
}
