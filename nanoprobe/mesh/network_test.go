package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
)

// network is UDP and TCP in memory, with the virtual time of testing/synctest. All above the sockets
// is the real thing: package wire and memberlist.
type network struct {
	mu        sync.Mutex
	hosts     map[netip.AddrPort]*endpoint
	rng       *rand.Rand
	lossPct   int
	datagrams atomic.Int64
}

// endpoint is one host's sockets.
type endpoint struct {
	net     *network
	addr    netip.AddrPort
	packets chan packet
	streams chan net.Conn
	closed  chan struct{}
	close   sync.Once
	down    atomic.Bool // the host is dead: it sends and hears nothing
	refuses atomic.Bool // down, but the host's kernel still refuses connections
	side    atomic.Int32
	delay   atomic.Int64                   // nanoseconds that all takes on the way to it and from it, besides latency
	heard   atomic.Pointer[func(b []byte)] // sees each datagram that arrives
}

type packet struct {
	bytes []byte
	from  netip.AddrPort
}

const latency = 250 * time.Microsecond

func newNetwork() *network {
	return &network{hosts: map[netip.AddrPort]*endpoint{}, rng: rand.New(rand.NewPCG(1, 2))}
}

// listen returns the sockets of a host that just came up at addr.
func (n *network) listen(addr string) *endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := &endpoint{
		net: n, addr: netip.MustParseAddrPort(addr), closed: make(chan struct{}),
		packets: make(chan packet, 4096), streams: make(chan net.Conn, 64),
	}
	n.hosts[e.addr] = e
	return e
}

// open is Config.open.
func (e *endpoint) open(cfg wire.Config) (*wire.Host, error) {
	return wire.New(cfg, wire.Sockets{Packets: e, Streams: listener{e}, Dial: e.dial})
}

// route returns who hears what e sends to addr, nil if nobody does.
func (e *endpoint) route(addr netip.AddrPort) *endpoint {
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

func (e *endpoint) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(e.addr) }

func (e *endpoint) Close() error {
	e.down.Store(true)
	e.close.Do(func() { close(e.closed) })
	return nil
}

func (e *endpoint) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	select {
	case p := <-e.packets:
		return copy(b, p.bytes), p.from, nil
	case <-e.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}

func (e *endpoint) WriteToUDPAddrPort(b []byte, addr netip.AddrPort) (int, error) {
	if e.down.Load() {
		return len(b), nil
	}
	e.net.datagrams.Add(1)
	if to := e.route(addr); to != nil && !e.lost() {
		e.deliver(to, append([]byte(nil), b...))
	}
	return len(b), nil
}

// way is how long a packet is under way to another host.
func (e *endpoint) way(to *endpoint) time.Duration {
	return latency + time.Duration(e.delay.Load()+to.delay.Load())
}

// deliver brings b to another host, as a datagram of e's.
func (e *endpoint) deliver(to *endpoint, b []byte) {
	time.AfterFunc(e.way(to), func() {
		if to.down.Load() {
			return
		}
		if heard := to.heard.Load(); heard != nil {
			(*heard)(b)
		}
		select {
		case to.packets <- packet{b, e.addr}:
		default: // as a kernel does when nobody reads
		}
	})
}

func (e *endpoint) dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	to := e.route(addr)
	if to == nil {
		e.net.mu.Lock()
		host := e.net.hosts[addr]
		e.net.mu.Unlock()
		if host != nil && host.refuses.Load() && !e.down.Load() {
			return nil, fmt.Errorf("dial %s: %w", addr, syscall.ECONNREFUSED)
		}
		<-ctx.Done()
		return nil, fmt.Errorf("dial %s: %w", addr, ctx.Err())
	}
	time.Sleep(2 * e.way(to))
	near, far := net.Pipe()
	select {
	case <-to.closed:
		return nil, fmt.Errorf("dial %s: %w", addr, syscall.ECONNREFUSED)
	case to.streams <- stream{far, to.addr, e.addr}:
	}
	go func() { // a kernel resets what nobody accepts
		<-to.closed
		far.Close()
	}()
	return stream{near, e.addr, to.addr}, nil
}

// listener is the TCP half of an endpoint.
type listener struct{ *endpoint }

func (l listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.streams:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// stream is a connection that knows both its ends.
type stream struct {
	net.Conn
	local, remote netip.AddrPort
}

func (s stream) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(s.local) }
func (s stream) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(s.remote) }
