package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestSockets is three members on real sockets: they join by name, one is stopped, garbage hurts
// nobody. Its profile is twelve times as quick as that of a LAN.
func TestSockets(t *testing.T) {
	quick := ring.LAN()
	quick.Tick = 20 * time.Millisecond
	quick.AnswerTicks = 5
	events := make(chan ring.Event, 64)
	var meshes []*Mesh
	var seeds []string
	ctx, stop := context.WithCancel(t.Context())
	firstCtx, stopFirst := context.WithCancel(ctx)
	done := make(chan error, 3)
	for i := range 3 {
		cfg := valid()
		cfg.HostID, cfg.Seeds, cfg.Profile, cfg.Key = ring.HostID(fmt.Sprint(i)), seeds, quick, hostKey(fmt.Sprint(i))
		cfg.Rand = rand.New(rand.NewPCG(uint64(i), 1))
		cfg.Report = func(e ring.Event) { events <- e }
		m, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		meshes = append(meshes, m)
		runCtx := ctx
		if i == 0 {
			runCtx = firstCtx
		}
		go func() { done <- m.Run(runCtx) }()
		await(t, "an address", func() bool { return m.Self().Addr != "" })
		_, port, _ := net.SplitHostPort(m.Self().Addr)
		seeds = append(seeds, "localhost:"+port)
	}
	for _, m := range meshes {
		await(t, "three members", func() bool { return len(m.Members()) == 3 })
	}
	conn, err := net.Dial("udp", meshes[1].Self().Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 100 {
		fmt.Fprint(conn, strings.Repeat("x", i*10))
	}
	stopFirst()
	<-done
	for _, m := range meshes[1:] {
		await(t, "two members", func() bool { return len(m.Members()) == 2 })
	}
	if e := <-events; e.Kind != ring.Shutdown || e.Subject.ID != "0" {
		t.Errorf("event %+v, want the shutdown of 0", e)
	}
	stop()
	for range 2 {
		<-done
	}
}

// await asks until it is so, for at most 10 s.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for start := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Since(start) > 10*time.Second {
			t.Fatalf("no %s after 10 s", what)
		}
	}
}

func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := valid()
	cfg.Bind = l.Addr().String()
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), cfg.Bind) {
		t.Errorf("Run at a taken port: %v, want an error that names %s", err, cfg.Bind)
	}
}
