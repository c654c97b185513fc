package mesh

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"
)

// network is UDP and TCP in memory for real memberlists, with the virtual time of testing/synctest.
type network struct {
	mu        sync.Mutex
	hosts     map[string]*endpoint
	rng       *rand.Rand
	lossPct   int
	datagrams atomic.Int64
}

// endpoint is one host's socket pair.
type endpoint struct {
	net     *network
	addr    netip.AddrPort
	packets chan *memberlist.Packet
	streams chan net.Conn
	down    atomic.Bool // the host is dead: it sends and hears nothing
	refuses atomic.Bool // down, but the host's kernel still refuses connections
	side    atomic.Int32
}

const latency = 250 * time.Microsecond

func newNetwork() *network {
	return &network{hosts: map[string]*endpoint{}, rng: rand.New(rand.NewPCG(1, 2))}
}

// listen returns the socket pair of a host that just came up at addr.
func (n *network) listen(addr string) *endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := &endpoint{
		net: n, addr: netip.MustParseAddrPort(addr),
		packets: make(chan *memberlist.Packet, 4096), streams: make(chan net.Conn, 64),
	}
	n.hosts[addr] = e
	return e
}

// route returns who hears what e sends to addr, nil if nobody does.
func (e *endpoint) route(addr string) *endpoint {
	e.net.mu.Lock()
	defer e.net.mu.Unlock()
	to := e.net.hosts[addr]
	if to == nil || e.down.Load() || to.down.Load() || e.side.Load() != to.side.Load() {
		return nil
	}
	return to
}

func (e *endpoint) lost() bool {
	e.net.mu.Lock()
	defer e.net.mu.Unlock()
	return e.net.rng.IntN(100) < e.net.lossPct
}

func (e *endpoint) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return e.addr.Addr().AsSlice(), int(e.addr.Port()), nil
}

func (e *endpoint) PacketCh() <-chan *memberlist.Packet { return e.packets }
func (e *endpoint) StreamCh() <-chan net.Conn           { return e.streams }

func (e *endpoint) Shutdown() error {
	e.down.Store(true)
	return nil
}

func (e *endpoint) WriteTo(b []byte, addr string) (time.Time, error) {
	return e.WriteToAddress(b, memberlist.Address{Addr: addr})
}

func (e *endpoint) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	now := time.Now()
	if e.down.Load() {
		return now, nil
	}
	e.net.datagrams.Add(1)
	to := e.route(a.Addr)
	if to == nil || e.lost() {
		return now, nil
	}
	p := &memberlist.Packet{Buf: append([]byte(nil), b...), From: net.UDPAddrFromAddrPort(e.addr)}
	time.AfterFunc(latency, func() {
		p.Timestamp = time.Now()
		if !to.down.Load() {
			to.packets <- p
		}
	})
	return now, nil
}

func (e *endpoint) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return e.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

func (e *endpoint) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	to := e.route(a.Addr)
	if to == nil {
		e.net.mu.Lock()
		host := e.net.hosts[a.Addr]
		e.net.mu.Unlock()
		if host != nil && host.refuses.Load() && !e.down.Load() {
			return nil, fmt.Errorf("dial %s: %w", a.Addr, syscall.ECONNREFUSED)
		}
		time.Sleep(max(0, timeout))
		return nil, fmt.Errorf("dial %s: %w", a.Addr, os.ErrDeadlineExceeded)
	}
	time.Sleep(2 * latency)
	near, far := net.Pipe()
	select {
	case to.streams <- stream{far, e.addr}:
		return stream{near, to.addr}, nil
	default:
		return nil, errors.New("backlog full")
	}
}

// stream is a connection that knows who is at the other end.
type stream struct {
	net.Conn
	peer netip.AddrPort
}

func (s stream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.peer) }
