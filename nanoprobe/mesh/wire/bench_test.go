package wire

import (
	"io"
	"log"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// pingTo is a pair of members of which one pings the other.
type pingTo struct {
	from *memberlist.Memberlist
	to   net.Addr
	cpu  time.Duration
}

// viaHosts has them on Hosts, with the addresses tagged.
func viaHosts(b *testing.B) *pingTo {
	from, to := start(b, config(b)), start(b, config(b))
	enter(b, to, "to", "ring")
	return &pingTo{from: enter(b, from, "from", "ring").Memberlist, to: Tagged(Heartbeat, to.Addr())}
}

// viaNetTransport has them on memberlist's own transport.
func viaNetTransport(b *testing.B) *pingTo {
	var members []*memberlist.Memberlist
	var last *memberlist.NetTransport
	for _, name := range []string{"from", "to"} {
		transport, err := memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{"127.0.0.1"}, Logger: log.New(io.Discard, "", 0),
		})
		if err != nil {
			b.Fatal(err)
		}
		c := quiet(name, "ring", config(b).Keyring)
		c.Transport, c.SkipInboundLabelCheck = transport, false
		m, err := memberlist.Create(c)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { m.Shutdown() })
		members, last = append(members, m), transport
	}
	to := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(last.GetAutoBindPort()))
	return &pingTo{from: members[0], to: net.UDPAddrFromAddrPort(to)}
}

func (p *pingTo) run(b *testing.B, n int) {
	begun := processorTime(b)
	for range n {
		if _, err := p.from.Ping("to", p.to); err != nil {
			b.Fatal(err)
		}
	}
	p.cpu += processorTime(b) - begun
}

// processorTime is what this process has used of all cores, in the kernel too.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkPing compares the processor time of an encrypted ping and its ack, both ends of it, on this
// package with that on memberlist's transport. They take turns, so that a noisy machine hurts both.
func BenchmarkPing(b *testing.B) {
	const pings = 100 // of each, an iteration
	ours, theirs := viaHosts(b), viaNetTransport(b)
	for b.Loop() {
		ours.run(b, pings)
		theirs.run(b, pings)
	}
	n := float64(b.N * pings)
	b.ReportMetric(float64(ours.cpu.Microseconds())/n, "cpu-µs/ours")
	b.ReportMetric(float64(theirs.cpu.Microseconds())/n, "cpu-µs/theirs")
	b.ReportMetric(float64(ours.cpu)/float64(theirs.cpu), "ours/theirs")
}

// BenchmarkPingAllocs is what one ping and its ack allocate, both ends of it.
func BenchmarkPingAllocs(b *testing.B) {
	for name, via := range map[string]func(*testing.B) *pingTo{"ours": viaHosts, "theirs": viaNetTransport} {
		b.Run(name, func(b *testing.B) {
			p := via(b)
			b.ReportAllocs()
			for b.Loop() {
				p.run(b, 1)
			}
		})
	}
}

// BenchmarkTake is what a datagram costs from the socket's buffer to memberlist's queue.
func BenchmarkTake(b *testing.B) {
	h := start(b, config(b))
	r, err := h.Ring("ring")
	if err != nil {
		b.Fatal(err)
	}
	datagram := append(appendLabel(nil, "ring"), make([]byte, 100)...)
	from := netip.MustParseAddrPort("10.0.0.2:7946")
	b.ReportAllocs()
	for b.Loop() {
		h.take(datagram, from, time.Time{})
		<-r.PacketCh()
	}
}

// BenchmarkCall is a call on loopback, both ends of it.
func BenchmarkCall(b *testing.B) {
	from, to := start(b, config(b)), start(b, config(b))
	to.Serve(echo)
	for b.Loop() {
		if _, err := from.Call(b.Context(), to.Addr(), []byte("request")); err != nil {
			b.Fatal(err)
		}
	}
}
