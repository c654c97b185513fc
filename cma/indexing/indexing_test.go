package indexing

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

const password = "indexing"

// startServer runs an in-process server until the test ends, with a path that 3 hosts have.
func startServer(t *testing.T) cache.Server {
	t.Helper()
	local, err := cache.NewLocalServer("127.0.0.1:0", password)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- local.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	s := cache.Server{Addr: local.Addr(), Password: password}
	c := cache.Dial(s, cache.Config{})
	defer c.Close()
	for i := range 3 {
		host := fmt.Sprintf("web%d", i)
		if _, err := c.Put(t.Context(), cache.Snapshot{Host: host, HostID: host, Path: "/f", Content: []byte("x\n"), Boot: 1, Seq: 1}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// value is that of a metric for a server, or -1.
func value(x *Indexers, name, site string, s cache.Server) float64 {
	v, ok := promtext.Find(x.Metrics(), "assim_indexer_"+name, "site", site, "server", s.Addr)
	if !ok {
		return -1
	}
	return v
}

// TestIndexers: each server of each site is indexed, one that is away is tried on, and metrics tell of
// them apart.
func TestIndexers(t *testing.T) {
	one, two, away := startServer(t), startServer(t), cache.Server{Addr: "127.0.0.1:1"}
	x := New(Config{
		Sites: []cache.Site{{Name: "a", Servers: []cache.Server{one, away}}, {Name: "b", Servers: []cache.Server{two}}},
		Name:  "cma1", MinHosts: 3, Every: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx) }()
	deadline := time.Now().Add(20 * time.Second)
	for value(x, "built_total", "a", one) < 1 || value(x, "built_total", "b", two) < 1 {
		if time.Now().After(deadline) {
			t.Fatalf("not indexed in 20 s:\n%s", promtext.Append(nil, x.Metrics()...))
		}
		time.Sleep(10 * time.Millisecond) // indexers say nothing when they are done
	}
	if got := value(x, "holding", "a", one); got != 1 {
		t.Errorf("holding %v, want 1", got)
	}
	if got := value(x, "rounds_total", "a", away); got != 0 {
		t.Errorf("%v rounds on a server that is away, want 0", got)
	}
	if s := cache.Inspect(ctx, two); s.Segments.Paths != 1 || s.Indexer != "cma1" {
		t.Errorf("the server says %+v, want one path indexed by cma1", s)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: %v, want nil", err)
	}
	if got := value(x, "holding", "a", one); got != 0 {
		t.Errorf("holding %v after the end, want 0", got)
	}
}

// TestFaults: what is wrong with the configuration ends all indexers.
func TestFaults(t *testing.T) {
	x := New(Config{Sites: []cache.Site{{Name: "a", Servers: []cache.Server{{Addr: "127.0.0.1:1"}}}},
		Paths: []string{"\xff"}, Logger: slog.New(slog.DiscardHandler)})
	if err := x.Run(t.Context()); err == nil || !strings.Contains(err.Error(), `glob "\xff"`) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v, want an error that names the glob and the server", err)
	}
}

// TestMemory: indexers share what they may take.
func TestMemory(t *testing.T) {
	servers := make([]cache.Server, 4)
	for _, tt := range []struct{ given, want int }{{0, 24 << 20}, {64 << 20, 16 << 20}, {4 << 20, 8 << 20}} {
		x := New(Config{Sites: []cache.Site{{Servers: servers}}, MemoryBytes: tt.given, Logger: slog.New(slog.DiscardHandler)})
		if got := x.all[3].MemoryBytes; got != tt.want {
			t.Errorf("%d bytes for 4 servers: %d each, want %d", tt.given, got, tt.want)
		}
	}
}
