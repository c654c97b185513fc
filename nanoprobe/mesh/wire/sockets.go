package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// Sockets is what a Host sends and hears with: those of the kernel, or in a test those of a network in
// memory. All three work from several goroutines at a time.
type Sockets struct {
	Packets PacketConn
	Streams net.Listener // at the same address
	Dial    func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
}

// PacketConn is a socket for datagrams, as *net.UDPConn is one.
type PacketConn interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

const (
	// portTries is how often a free port is taken for TCP, in the hope that UDP has it free as well.
	portTries = 10
	// receiveBuffer is the bytes of datagrams that the kernel keeps while this process is held up. It
	// may grant less.
	receiveBuffer = 2 << 20
)

// listen opens a TCP and a UDP socket at one port. [::] hears IPv4 as well, 0.0.0.0 nothing else.
func listen(bind string) (Sockets, error) {
	at, err := netip.ParseAddrPort(bind)
	if err != nil {
		return Sockets{}, err
	}
	for range portTries {
		var s Sockets
		if s, err = listenAt(unmap(at)); err == nil || at.Port() != 0 || !errors.Is(err, syscall.EADDRINUSE) {
			return s, err
		}
	}
	return Sockets{}, err
}

func listenAt(at netip.AddrPort) (Sockets, error) {
	tcp, udp := "tcp", "udp"
	if at.Addr().Is4() {
		tcp, udp = "tcp4", "udp4"
	}
	streams, err := net.ListenTCP(tcp, net.TCPAddrFromAddrPort(at))
	if err != nil {
		return Sockets{}, err
	}
	port := streams.Addr().(*net.TCPAddr).AddrPort().Port()
	packets, err := net.ListenUDP(udp, net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), port)))
	if err != nil {
		streams.Close()
		return Sockets{}, err
	}
	// What the kernel does not grant is no reason to fail: some datagrams more are lost in a burst.
	packets.SetReadBuffer(receiveBuffer)
	return Sockets{Packets: packets, Streams: streams, Dial: dial}, nil
}

func dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.String())
}

func (s Sockets) close() error { return errors.Join(s.Packets.Close(), s.Streams.Close()) }
