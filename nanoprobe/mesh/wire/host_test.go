package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
)

// config is valid.
func config(t testing.TB) Config {
	t.Helper()
	keyring, err := memberlist.NewKeyring(nil, oldKey)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Bind: "127.0.0.1:0", Keyring: keyring, Logger: slog.New(slog.DiscardHandler)}
}

// start is a Host on real sockets until the test ends.
func start(t testing.TB, cfg Config) *Host {
	t.Helper()
	h, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Shutdown() })
	return h
}

// await asks until it is so, for at most 10 s.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("no %s after 10 s", what)
		}
	}
}

func TestListenRefuses(t *testing.T) {
	taken := start(t, config(t)).Addr().String()
	for name, change := range map[string]func(*Config){
		"a port that is taken":  func(c *Config) { c.Bind = taken },
		"no port":               func(c *Config) { c.Bind = "127.0.0.1" },
		"a name":                func(c *Config) { c.Bind = "localhost:0" },
		"nothing":               func(c *Config) { c.Bind = "" },
		"no keyring":            func(c *Config) { c.Keyring = nil },
		"a keyring without key": func(c *Config) { c.Keyring = &memberlist.Keyring{} },
		"no logger":             func(c *Config) { c.Logger = nil },
	} {
		cfg := config(t)
		change(&cfg)
		if h, err := Listen(cfg); err == nil {
			h.Shutdown()
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestListenFamilies(t *testing.T) {
	for _, tt := range []struct {
		bind    string
		reaches []string
	}{
		{"127.0.0.1:0", []string{"127.0.0.1"}},
		{"0.0.0.0:0", []string{"127.0.0.1"}},
		{"[::1]:0", []string{"::1"}},
		{"[::]:0", []string{"127.0.0.1", "::1"}},
	} {
		cfg := config(t)
		cfg.Bind = tt.bind
		h := start(t, cfg)
		h.Serve(func(_ context.Context, from netip.AddrPort, _ []byte) ([]byte, error) {
			return []byte(from.Addr().String()), nil
		})
		for _, ip := range []string{"127.0.0.1", "::1"} {
			to := netip.AddrPortFrom(netip.MustParseAddr(ip), h.Addr().Port())
			from, err := h.Call(t.Context(), to, nil)
			if want := slices.Contains(tt.reaches, ip); want != (err == nil) || want && string(from) != ip {
				t.Errorf("bound to %s, called at %s: from %q, %v", tt.bind, ip, from, err)
			}
		}
	}
}

func TestAddresses(t *testing.T) {
	h := start(t, config(t))
	r, err := h.Ring("ring")
	if err != nil {
		t.Fatal(err)
	}
	addr, err := h.Advertised()
	if err != nil || addr != h.Addr() || addr.Port() == 0 {
		t.Errorf("advertised at %v, %v, want %v", addr, err, h.Addr())
	}
	ip, port, err := r.FinalAdvertiseAddr("192.0.2.1", 99)
	if err != nil || ip.String() != "192.0.2.1" || port != 99 {
		t.Errorf("memberlist is given %v:%d, %v, want 192.0.2.1:99", ip, port, err)
	}
}

func TestTotal(t *testing.T) {
	var s Stats
	s.Sent[Heartbeat] = Traffic{Datagrams: 1, Bytes: 20, Streams: 300, StreamBytes: 4000}
	s.Sent[Call] = Traffic{Datagrams: 5, Bytes: 60, Streams: 700, StreamBytes: 8000}
	if got, want := s.Total(), (Traffic{Datagrams: 6, Bytes: 80, Streams: 1000, StreamBytes: 12000}); got != want {
		t.Errorf("total %+v, want %+v", got, want)
	}
}

func TestRingLabels(t *testing.T) {
	h := start(t, config(t))
	for _, label := range []string{"", callLabel, string(make([]byte, 256))} {
		if _, err := h.Ring(label); !errors.Is(err, ErrLabel) {
			t.Errorf("label %q: %v, want %v", label, err, ErrLabel)
		}
	}
	var rings []memberlist.NodeAwareTransport
	for i := range MaxRings {
		r, err := h.Ring(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		rings = append(rings, r)
	}
	if _, err := h.Ring("another"); err == nil {
		t.Errorf("there are more than %d rings", MaxRings)
	}
	rings[0].Shutdown()
	if _, err := h.Ring("1"); !errors.Is(err, ErrLabel) {
		t.Errorf("label taken: %v, want %v", err, ErrLabel)
	}
	again, err := h.Ring("0")
	if err != nil {
		t.Fatalf("a label given back can't be had: %v", err)
	}
	rings[0].Shutdown()
	if _, err := h.Ring("0"); !errors.Is(err, ErrLabel) {
		t.Errorf("a second Shutdown of the old ring ends the new one: its label can be had, %v", err)
	}
	if _, err := rings[0].WriteTo(nil, h.Addr().String()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("write after Shutdown: %v, want %v", err, net.ErrClosed)
	}
	h.Shutdown()
	if _, err := h.Ring("2"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ring after Shutdown: %v, want %v", err, net.ErrClosed)
	}
	if _, err := again.DialTimeout(h.Addr().String(), time.Second); err == nil {
		t.Error("a ring dials after Shutdown of its host")
	}
}

func TestShutdownClosesWhatIsOpen(t *testing.T) {
	h := start(t, config(t))
	r, err := h.Ring("ring")
	if err != nil {
		t.Fatal(err)
	}
	h.Serve(func(context.Context, netip.AddrPort, []byte) ([]byte, error) { return nil, nil })
	var conns []net.Conn
	for _, say := range []string{"", string(appendLabel(nil, "ring")), string(appendLabel(nil, callLabel))} {
		conn, err := net.Dial("tcp", h.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, say)
		conns = append(conns, conn)
	}
	taken := <-r.StreamCh()
	defer taken.Close()
	await(t, "three streams", func() bool { return h.Stats().Streams == 3 })
	h.Shutdown()
	for i, conn := range conns {
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("connection %d is open after Shutdown: %v", i, err)
		}
	}
	near, far := net.Pipe()
	if _, err := h.open(near, Membership, func() {}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("stream that was opened during Shutdown: %v, want %v", err, net.ErrClosed)
	}
	if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("stream that was opened during Shutdown is not closed: %v", err)
	}
	if n := h.Stats().Streams; n != 0 {
		t.Errorf("%d streams open after Shutdown", n)
	}
}
