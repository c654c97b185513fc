package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/memberlist"
)

// memory is the sockets of one host in memory, for testing/synctest. It hears no datagrams, and who is
// dialled is the test itself.
type memory struct {
	addr    netip.AddrPort
	streams chan net.Conn // to this host
	dialled chan net.Conn // the far ends of what this host dialled
	closed  chan struct{}
	errors  chan error // of reading and accepting, whichever takes one
}

// begin is a Host on sockets in memory until the test ends.
func begin(t *testing.T) (*Host, *memory) {
	t.Helper()
	m := &memory{
		addr: netip.MustParseAddrPort("10.0.0.1:7946"), closed: make(chan struct{}),
		streams: make(chan net.Conn), dialled: make(chan net.Conn, 16), errors: make(chan error),
	}
	h, err := New(config(t), Sockets{Packets: packets{m}, Streams: listener{m}, Dial: m.dial})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Shutdown() })
	return h, m
}

type packets struct{ *memory }

func (p packets) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error) {
	select {
	case err := <-p.errors:
		return 0, netip.AddrPort{}, err
	case <-p.closed:
		return 0, netip.AddrPort{}, net.ErrClosed
	}
}
func (p packets) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }
func (p packets) LocalAddr() net.Addr                                        { return net.UDPAddrFromAddrPort(p.addr) }
func (p packets) Close() error                                               { return nil }

type listener struct{ *memory }

func (l listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.streams:
		return conn, nil
	case err := <-l.errors:
		return nil, err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }
func (l listener) Close() error {
	close(l.closed)
	return nil
}

func (m *memory) dial(_ context.Context, to netip.AddrPort) (net.Conn, error) {
	near, far := net.Pipe()
	m.dialled <- far
	return pipe{near, to}, nil
}

// pipe is a connection that knows who is at the other end.
type pipe struct {
	net.Conn
	peer netip.AddrPort
}

func (p pipe) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.peer) }

// connect opens a stream from ip to the host.
func (m *memory) connect(ip string) net.Conn {
	near, far := net.Pipe()
	m.streams <- pipe{far, netip.AddrPortFrom(netip.MustParseAddr(ip), 1)}
	return near
}

// TestFailingSockets has both sockets fail ten times: the host goes on, and does not spin.
func TestFailingSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		h.Serve(echo)
		begun := time.Now()
		for range 20 {
			sockets.errors <- syscall.EMFILE
		}
		if took := time.Since(begun); took != 9*errorPause {
			t.Errorf("ten failures of each took %v, want %v", took, 9*errorPause)
		}
		conn := sockets.connect("10.0.0.2")
		conn.Write(sealed(t, oldKey, nil, "x").append(appendLabel(nil, callLabel)))
		if f, err := readFrame(conn); err != nil || f.kind != answerFrame {
			t.Errorf("a call after the failures: %v, %v, want an answer", f, err)
		}
	})
}

// TestSlowStreams has strangers who say a part of what they should and then nothing.
func TestSlowStreams(t *testing.T) {
	label := appendLabel(nil, callLabel)
	request := sealed(t, oldKey, nil, "x").append(label)
	for _, tt := range []struct {
		name  string
		say   []byte
		cut   time.Duration // after which the stream is closed
		drops Drops
	}{
		{"nothing", nil, labelTime, Drops{Slow: 1}},
		{"half a label", label[:5], labelTime, Drops{Slow: 1}},
		{"a label", label, frameTime, Drops{Call: 1}},
		{"half a request", request[:len(request)-1], frameTime, Drops{Call: 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, sockets := begin(t)
			h.Serve(echo)
			conn := sockets.connect("10.0.0.2")
			begun := time.Now()
			conn.Write(tt.say)
			if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) || time.Since(begun) != tt.cut {
				t.Errorf("%s: closed after %v, %v, want %v", tt.name, time.Since(begun), err, tt.cut)
			}
			synctest.Wait()
			if s := h.Stats(); s.Dropped != tt.drops || s.Streams != 0 {
				t.Errorf("%s: counted %+v, %d streams open, want %+v, none", tt.name, s.Dropped, s.Streams, tt.drops)
			}
		})
	}
}

// TestOpenPort is what a neighbour does to tell a dead host from a dead nanoprobe. It is no offence.
func TestOpenPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		sockets.connect("10.0.0.2").Close()
		synctest.Wait()
		if s := h.Stats(); s.Received.Streams != 1 || s.Dropped != (Drops{}) {
			t.Errorf("a port that is tried is counted as %+v", s)
		}
	})
}

// TestHangingPeer calls one that accepts and says nothing.
func TestHangingPeer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		giveUp time.Duration // of the caller's context; 0: never
		cancel bool
		took   time.Duration
		err    error
	}{
		{"for ever", 0, false, callTime, ErrSilent},
		{"longer than the caller waits", 3 * time.Second, false, 3 * time.Second, ErrSilent},
		{"until the caller is stopped", 3 * time.Second, true, 3 * time.Second, context.Canceled},
	} {
		synctest.Test(t, func(t *testing.T) {
			h, sockets := begin(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.cancel {
				time.AfterFunc(tt.giveUp, cancel)
			} else if tt.giveUp > 0 {
				ctx, cancel = context.WithTimeout(ctx, tt.giveUp)
				defer cancel()
			}
			begun := time.Now()
			go func() { io.Copy(io.Discard, <-sockets.dialled) }()
			_, err := h.Call(ctx, netip.MustParseAddrPort("10.0.0.2:7946"), []byte("x"))
			if !errors.Is(err, tt.err) || time.Since(begun) != tt.took {
				t.Errorf("a peer that hangs %s: %v after %v, want %v after %v", tt.name, err, time.Since(begun), tt.err, tt.took)
			}
		})
	}
}

// TestHangingHandler has its context ended in time.
func TestHangingHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		took := make(chan time.Duration, 1)
		h.Serve(func(ctx context.Context, _ netip.AddrPort, _ []byte) ([]byte, error) {
			begun := time.Now()
			<-ctx.Done()
			took <- time.Since(begun)
			return nil, ctx.Err()
		})
		conn := sockets.connect("10.0.0.2")
		conn.Write(sealed(t, oldKey, nil, "x").append(appendLabel(nil, callLabel)))
		if got := <-took; got != callTime {
			t.Errorf("a handler had %v, want %v", got, callTime)
		}
		if f, err := readFrame(conn); err != nil || f.kind != answerFrame {
			t.Errorf("its caller hears %v, %v, want an answer", f, err)
		}
	})
}

// TestDoor has more connections open than one address, and than all, may have.
func TestDoor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		conns := map[string][]net.Conn{}
		connect := func(ip string) {
			conns[ip] = append(conns[ip], sockets.connect(ip))
			synctest.Wait()
		}
		sources := []string{"10.0.0.1", "fd00::1", "10.0.0.3", "10.0.0.4"}
		for range maxPerSource {
			connect(sources[0])
		}
		if s := h.Stats(); s.Streams != maxPerSource || s.Dropped.Full != 0 {
			t.Fatalf("%d streams open, %+v, want %d", s.Streams, s.Dropped, maxPerSource)
		}
		connect(sources[0])
		connect("::ffff:10.0.0.1")
		if s := h.Stats(); s.Streams != maxPerSource || s.Dropped.Full != 2 {
			t.Errorf("%d streams open from one address, %+v, want %d", s.Streams, s.Dropped, maxPerSource)
		}
		conns[sources[0]][0].Close()
		synctest.Wait()
		connect(sources[0])
		connect(sources[0])
		if s := h.Stats(); s.Streams != maxPerSource || s.Dropped.Full != 3 {
			t.Errorf("%d streams open from one address after one was closed, %+v, want %d", s.Streams, s.Dropped, maxPerSource)
		}
		for _, ip := range sources[1:] {
			for range maxPerSource {
				connect(ip)
			}
		}
		connect("10.0.0.5")
		if s := h.Stats(); s.Streams != maxAccepted || s.Dropped.Full != 4 {
			t.Errorf("%d streams open, %+v, want %d", s.Streams, s.Dropped, maxAccepted)
		}
		conns["10.0.0.3"][0].Close()
		synctest.Wait()
		connect("fd00::2") // of the same /64 as fd00::1
		if s := h.Stats(); s.Streams != maxAccepted-1 || s.Dropped.Full != 5 {
			t.Errorf("%d streams open, %+v, want %d", s.Streams, s.Dropped, maxAccepted-1)
		}
		connect("10.0.0.5")
		if s := h.Stats(); s.Streams != maxAccepted || s.Dropped.Full != 5 {
			t.Errorf("%d streams open, %+v, want %d", s.Streams, s.Dropped, maxAccepted)
		}
		time.Sleep(labelTime) // all of them are cut
		synctest.Wait()
		if n := len(h.door.sources); n != 0 || h.door.total != 0 {
			t.Errorf("%d sources and %d streams are counted, and none is open", n, h.door.total)
		}
	})
}

// TestQueues has a ring whose memberlist takes nothing.
func TestQueues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		r, err := h.Ring("ring")
		if err != nil {
			t.Fatal(err)
		}
		label := appendLabel(nil, "ring")
		datagram := append(label, 'x')
		for range maxPackets + 2 {
			h.take(datagram, netip.AddrPort{}, time.Time{})
		}
		datagram[len(label)] = 'y' // as the next datagram that is read does
		if p := <-r.PacketCh(); string(p.Buf) != "x" {
			t.Errorf("the first datagram in the queue is %q, want %q", p.Buf, "x")
		}
		if n := h.Stats().Dropped.Full; n != 2 {
			t.Errorf("%d datagrams dropped, want 2", n)
		}
		for i := range maxWaiting + 3 {
			sockets.connect([]string{"10.0.0.1", "10.0.0.2"}[i%2]).Write(label)
		}
		synctest.Wait()
		if s := h.Stats(); s.Dropped.Full != 5 || s.Streams != maxWaiting {
			t.Errorf("%d streams wait, %+v, want %d, 3 of them dropped", s.Streams, s.Dropped, maxWaiting)
		}
		time.Sleep(labelTime + frameTime) // these limits are for those who have not said what they want
		taken := <-r.StreamCh()
		read := make(chan error, 1)
		go func() {
			_, err := taken.Read(make([]byte, 1))
			read <- err
		}()
		synctest.Wait()
		if len(read) > 0 {
			t.Errorf("a stream was cut while it waited in the queue: %v", <-read)
		}
		taken.Close()
		r.Shutdown()
		if n := h.Stats().Streams; n != 0 {
			t.Errorf("%d streams wait for a ring that is gone", n)
		}
	})
}

// TestLabelNotWritten has memberlist fail to write the label on a stream, which it then forgets.
func TestLabelNotWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, sockets := begin(t)
		r, err := h.Ring("ring")
		if err != nil {
			t.Fatal(err)
		}
		go func() { (<-sockets.dialled).Close() }()
		conn, err := r.DialAddressTimeout(memberlist.Address{Addr: "10.0.0.2:7946", Name: "b"}, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if err := memberlist.AddLabelHeaderToStream(conn, "ring"); err == nil || h.Stats().Streams != 0 {
			t.Errorf("writing fails with %v, and %d streams are left open", err, h.Stats().Streams)
		}
		if _, err := r.DialTimeout("10.0.0.2:7946", 0); err == nil {
			t.Error("a dial without time succeeds")
		}
	})
}
