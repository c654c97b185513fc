package wire

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// member is one real memberlist in one ring.
type member struct {
	*memberlist.Memberlist
	inbox chan string // messages that it was sent
	log   *logLines
}

func (m *member) NodeMeta(int) []byte               { return nil }
func (m *member) NotifyMsg(b []byte)                { m.inbox <- string(b) }
func (m *member) GetBroadcasts(int, int) [][]byte   { return nil }
func (m *member) LocalState(bool) []byte            { return nil }
func (m *member) MergeRemoteState(b []byte, _ bool) {}

// logLines is what memberlist logs.
type logLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logLines) say(what string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), what)
}

// quiet is a memberlist's configuration with which it sends nothing unless it is asked to.
func quiet(name, label string, keyring *memberlist.Keyring) *memberlist.Config {
	c := memberlist.DefaultLANConfig()
	c.Name, c.Label, c.Keyring, c.SkipInboundLabelCheck = name, label, keyring, true
	c.GossipInterval, c.PushPullInterval, c.ProbeInterval = 0, 0, time.Hour
	c.ProbeTimeout, c.TCPTimeout = 5*time.Second, 5*time.Second
	c.EnableCompression = false
	c.Logger = log.New(io.Discard, "", 0)
	return c
}

// enter makes h a member of a ring.
func enter(t testing.TB, h *Host, name, label string) *member {
	t.Helper()
	transport, err := h.Ring(label)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{inbox: make(chan string, 16), log: &logLines{}}
	c := quiet(name, label, h.cfg.Keyring)
	c.Transport, c.Delegate, c.Logger = transport, m, log.New(m.log, "", 0)
	if m.Memberlist, err = memberlist.Create(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown() })
	return m
}

func (m *member) join(t testing.TB, h *Host) {
	t.Helper()
	if _, err := m.Join([]string{h.Addr().String()}); err != nil {
		t.Fatal(err)
	}
}

// TestTwoRingsOnePort has two hosts in two rings. The end of one ring leaves the other as it was.
func TestTwoRingsOnePort(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	a1, b1 := enter(t, a, "a", "assim/2/0/32-01020304/1"), enter(t, b, "b", "assim/2/0/32-01020304/1")
	a2, b2 := enter(t, a, "a", "assim/2/1/0-/1"), enter(t, b, "b", "assim/2/1/0-/1")
	a1.join(t, b)
	if n := a1.NumMembers(); n != 2 {
		t.Errorf("ring 1 has %d members after a join, want 2", n)
	}
	if n := a2.NumMembers(); n != 1 {
		t.Errorf("ring 2 has %d members before a join, want 1", n)
	}
	a2.join(t, b)
	if _, err := a1.Ping("b", Tagged(Heartbeat, b.Addr())); err != nil {
		t.Error(err)
	}
	if err := a1.SendToAddress(memberlist.Address{Addr: b.Addr().String()}, []byte("to ring 1")); err != nil {
		t.Error(err)
	}
	if got := <-b1.inbox; got != "to ring 1" {
		t.Errorf("ring 1 got %q", got)
	}
	a1.Shutdown()
	b1.Shutdown()
	if _, err := a2.Ping("b", Tagged(Heartbeat, b.Addr())); err != nil {
		t.Errorf("ring 2 after the end of ring 1: %v", err)
	}
	if len(b2.inbox) > 0 {
		t.Errorf("ring 2 got %q, which was sent to ring 1", <-b2.inbox)
	}
}

// TestLabelIsSealed takes a datagram from one ring to another that has the same key.
func TestLabelIsSealed(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	from, to := enter(t, a, "a", "one"), enter(t, b, "b", "two")
	wire, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	if err := from.SendToAddress(memberlist.Address{Addr: wire.LocalAddr().String()}, []byte("message")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, MaxDatagram)
	n, err := wire.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	_, payload, err := cutLabel(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	forged := append(appendLabel(nil, "two"), payload...)
	if _, err := wire.WriteToUDPAddrPort(forged, b.Addr()); err != nil {
		t.Fatal(err)
	}
	await(t, "refusal of a datagram of another ring", func() bool { return to.log.say("Decrypt packet failed") })
	if len(to.inbox) > 0 {
		t.Errorf("ring two took %q from ring one", <-to.inbox)
	}
}

func TestMemberWithWrongKey(t *testing.T) {
	cfg := config(t)
	cfg.Keyring, _ = memberlist.NewKeyring(nil, newKey)
	a, b := start(t, config(t)), start(t, cfg)
	m := enter(t, a, "a", "ring")
	enter(t, b, "b", "ring")
	if _, err := m.Join([]string{b.Addr().String()}); err == nil {
		t.Error("a member with another key is joined")
	}
}

func TestJoinOfALabelThatNobodyHas(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	m := enter(t, a, "a", "one")
	enter(t, b, "b", "two")
	if _, err := m.Join([]string{b.Addr().String()}); err == nil {
		t.Error("a member of another ring is joined")
	}
	if n := b.Stats().Dropped.Label; n != 1 {
		t.Errorf("%d dropped for their label, want 1 stream", n)
	}
}

// TestCounts knows how many datagrams memberlist sends for what.
func TestCounts(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	from, to := enter(t, a, "a", "ring"), enter(t, b, "b", "ring")
	from.join(t, b)
	await(t, "end of the streams", func() bool { return a.Stats().Streams+b.Stats().Streams == 0 })
	if got, back := a.Stats(), b.Stats(); got.Sent[Membership].Streams != 1 || back.Received.Streams != 1 ||
		got.Sent[Membership].StreamBytes != back.Received.StreamBytes || got.Received.StreamBytes != back.Sent[Membership].StreamBytes {
		t.Errorf("a join is counted as %+v and by the other as %+v, want one stream of equal bytes", got, back)
	}
	before, beforeB := a.Stats(), b.Stats()
	for _, kind := range []Kind{Heartbeat, Heartbeat, Heartbeat, Confirmation, Confirmation, Membership} {
		if _, err := from.Ping("b", Tagged(kind, b.Addr())); err != nil {
			t.Fatal(err)
		}
	}
	address := memberlist.Address{Addr: Tagged(Message, b.Addr()).String(), Name: "b"}
	if err := from.SendToAddress(address, []byte("message")); err != nil {
		t.Fatal(err)
	}
	<-to.inbox
	after, afterB := a.Stats(), b.Stats()
	for kind, want := range [kinds]uint64{Membership: 1, Heartbeat: 3, Confirmation: 2, Message: 1} {
		if n := after.Sent[kind].Datagrams - before.Sent[kind].Datagrams; n != want {
			t.Errorf("%d datagrams of kind %v, want %d", n, Kind(kind), want)
		}
	}
	if n := afterB.Sent[Membership].Datagrams - beforeB.Sent[Membership].Datagrams; n != 6 {
		t.Errorf("%d acks, want 6", n)
	}
	sent, got := after.Total(), afterB.Received
	if sent.Datagrams-before.Total().Datagrams != 7 || got.Datagrams-beforeB.Received.Datagrams != 7 || sent.Bytes != got.Bytes {
		t.Errorf("sent %+v, received %+v, want 7 datagrams more than %d, and equal bytes", sent, got, before.Total().Datagrams)
	}
	if after.Dropped != (Drops{}) || afterB.Dropped != (Drops{}) {
		t.Errorf("dropped %+v and %+v, want nothing", after.Dropped, afterB.Dropped)
	}
}

// TestDead sends all that there is to a member that is marked dead and answers all the same.
func TestDead(t *testing.T) {
	heard := make(chan netip.AddrPort, 16)
	cfg := config(t)
	cfg.Heard = func(from netip.AddrPort) { heard <- from }
	a, b := start(t, cfg), start(t, config(t))
	from, to := enter(t, a, "a", "ring"), enter(t, b, "b", "ring")
	from.join(t, b)
	transport := a.rings["ring"]
	named := memberlist.Address{Addr: b.Addr().String(), Name: "b"}

	a.SetDead(netip.AddrPortFrom(netip.AddrFrom16(b.Addr().Addr().As16()), b.Addr().Port()), true) // ::ffff:127.0.0.1
	before := a.Stats().Total()
	if _, err := transport.WriteToAddress(appendLabel(nil, "ring"), named); err != nil {
		t.Errorf("a datagram to the dead fails: %v", err)
	}
	if conn, err := transport.DialAddressTimeout(named, time.Second); err == nil {
		conn.Close()
		t.Error("a dial to the dead succeeds")
	}
	if n, now := a.Stats().Dropped.Dead, a.Stats().Total(); n != 2 || now != before {
		t.Errorf("%d dropped for the dead, want 2; sent %+v, before %+v", n, now, before)
	}
	from.join(t, b) // names nobody
	if len(heard) > 0 {
		t.Error("heard of the dead before it sent a datagram")
	}
	for range 2 {
		if _, err := from.Ping("b", Tagged(Heartbeat, b.Addr())); err != nil {
			t.Errorf("a heartbeat to the dead: %v", err)
		}
	}
	if got := <-heard; got != b.Addr() || len(heard) > 0 {
		t.Errorf("heard of %v and %d times more, want %v once", got, len(heard), b.Addr())
	}
	if _, err := transport.WriteToAddress(nil, named); err != nil || a.Stats().Dropped.Dead != 3 {
		t.Errorf("the mark is gone after a datagram came, %v", err)
	}
	a.SetDead(b.Addr(), false)
	if err := from.SendBestEffort(to.LocalNode(), []byte("welcome back")); err != nil || <-to.inbox != "welcome back" {
		t.Errorf("the mark is taken away, %v", err)
	}
}

func TestDeadAreBounded(t *testing.T) {
	d := deadList{heard: map[netip.AddrPort]bool{}}
	addr := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1)
	}
	for i := range maxDead + 1 {
		d.set(addr(i), true)
	}
	if !d.has(addr(maxDead-1)) || d.has(addr(maxDead)) {
		t.Errorf("%d are marked, at most %d", len(d.heard), maxDead)
	}
}

// TestGarbage sends what is no packet and no stream; a ring goes on.
func TestGarbage(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	from := enter(t, a, "a", "ring")
	enter(t, b, "b", "ring")
	from.join(t, b)
	before := b.Stats()
	conn, err := net.Dial("udp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, tt := range []struct {
		datagram []byte
		drops    Drops
	}{
		{[]byte("x"), Drops{Label: 1}},
		{[]byte{labelMark}, Drops{Label: 1}},
		{appendLabel(nil, "ring")[:5], Drops{Label: 1}},
		{appendLabel(nil, "nobody's"), Drops{Label: 1}},
		{appendLabel(nil, callLabel), Drops{Label: 1}},
		{append(appendLabel(nil, "ring"), make([]byte, MaxDatagram-6)...), Drops{}}, // memberlist's to refuse
		{append(appendLabel(nil, "ring"), make([]byte, MaxDatagram-5)...), Drops{Oversize: 1}},
		{make([]byte, 60000), Drops{Oversize: 1}},
	} {
		was := b.Stats()
		if _, err := conn.Write(tt.datagram); err != nil {
			t.Fatal(err)
		}
		await(t, "datagram", func() bool { return b.Stats().Received.Datagrams > was.Received.Datagrams })
		await(t, "right count", func() bool {
			now := b.Stats().Dropped
			return now.Label-was.Dropped.Label == tt.drops.Label && now.Oversize-was.Dropped.Oversize == tt.drops.Oversize
		})
	}
	for _, say := range []string{"GET / HTTP/1.1\r\n\r\n", "\xf4\x00", "\xf4\x08nobody's"} {
		stream, err := net.Dial("tcp", b.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(stream, say)
		stream.SetReadDeadline(time.Now().Add(10 * time.Second))
		io.Copy(io.Discard, stream) // until it is closed
		stream.Close()
	}
	if n := b.Stats().Dropped.Label - before.Dropped.Label; n != 5+3 {
		t.Errorf("%d dropped for their label, want 5 datagrams and 3 streams", n)
	}
	transport := a.rings["ring"]
	if _, err := transport.WriteTo(make([]byte, MaxDatagram+1), b.Addr().String()); err == nil || a.Stats().Dropped.Oversize != 1 {
		t.Errorf("a datagram of %d bytes is sent, %v", MaxDatagram+1, err)
	}
	if _, err := from.Ping("b", Tagged(Heartbeat, b.Addr())); err != nil {
		t.Errorf("after the garbage: %v", err)
	}
}

// TestGoroutinesEnd counts them before and after two hosts in two rings that call each other.
func TestGoroutinesEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	a, b := start(t, config(t)), start(t, config(t))
	var members []*member
	for _, label := range []string{"one", "two"} {
		from, to := enter(t, a, "a", label), enter(t, b, "b", label)
		from.join(t, b)
		members = append(members, from, to)
	}
	b.Serve(echo)
	if _, err := a.Call(t.Context(), b.Addr(), nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		m.Shutdown()
	}
	for _, h := range []*Host{a, b} {
		if err := h.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := h.Shutdown(); err != nil {
			t.Errorf("a second Shutdown: %v", err)
		}
	}
	await(t, "end of all goroutines", func() bool { return runtime.NumGoroutine() <= before })
}
