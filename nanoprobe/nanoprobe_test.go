package nanoprobe

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/discovery"
)

const password = "test"

// testKey is a host's key.
var testKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// startCache serves a cache at addr until the returned function is called.
func startCache(t *testing.T, addr string) (*cache.LocalServer, func()) {
	t.Helper()
	s, err := cache.NewLocalServer(addr, password)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { s.Run(ctx); close(done) }()
	return s, func() { cancel(); <-done }
}

// probeOf is a nanoprobe of the tree at root with one agent, whose document is {"value": 1}.
func probeOf(t *testing.T, root string, boot uint64, servers ...cache.Server) *Nanoprobe {
	t.Helper()
	agent := discovery.Agent{Name: "test", Every: time.Hour, Discover: func(context.Context, discovery.Host) (any, error) {
		return map[string]int{"value": 1}, nil
	}}
	n, err := New(Config{
		Host: discovery.Host{Dir: root}, Identity: Identity{HostID: "id1", Name: "web1", Boot: boot, Key: testKey},
		Agents: []discovery.Agent{agent}, ListFile: filepath.Join(root, "list"), Caches: servers,
		Rand: rand.New(rand.NewPCG(1, 1)), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	n.caches.seen = 50 * time.Millisecond
	return n
}

// held is what the server says it has of web1.
func held(t *testing.T, s cache.Server) []string {
	t.Helper()
	c := cache.Dial(s, cache.Config{})
	defer c.Close()
	paths, err := c.Held(t.Context(), "web1")
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// waitHeld waits until the server has exactly the paths.
func waitHeld(t *testing.T, s cache.Server, want ...string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got := held(t, s)
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the cache holds %q, want %q", got, want)
		}
		time.Sleep(10 * time.Millisecond) // the server tells nobody of a write
	}
}

// TestCacheFollowsTheHost: a server restarted empty is filled again while the other one, which was
// away from the start, holds nobody up; what a stopped nanoprobe's host lost meanwhile goes at its
// next start.
func TestCacheFollowsTheHost(t *testing.T) {
	root := hostTree(t, map[string]string{"etc/a": "one\n", "etc/b": "two\n", "list": "/etc/a\n/etc/b\n"})
	local, stop := startCache(t, "127.0.0.1:0")
	server := cache.Server{Addr: local.Addr(), Password: password}
	away := cache.Server{Addr: "127.0.0.1:1", Password: password}

	ctx, cancel := context.WithCancel(t.Context())
	n := probeOf(t, root, 1, server, away)
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	waitHeld(t, server, "/etc/a", "/etc/b", "@test")

	settled, giveUp := context.WithTimeout(ctx, 200*time.Millisecond)
	if err := n.Settled(settled); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Settled with a server away: %v, want that it waits", err)
	}
	giveUp()

	stop()
	_, stop = startCache(t, server.Addr) // empty
	defer func() { stop() }()
	waitHeld(t, server, "/etc/a", "/etc/b", "@test")

	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
	if err := os.Remove(filepath.Join(root, "etc/a")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	n = probeOf(t, root, 2, server)
	go func() { done <- n.Run(ctx) }()
	if err := n.Settled(ctx); err != nil {
		t.Error(err)
	}
	waitHeld(t, server, "/etc/b", "@test")
	cancel()
	<-done
}

// TestUnfitFileName: a file that the cache does not take holds nobody up, neither while it is there nor
// when it goes.
func TestUnfitFileName(t *testing.T) {
	root := hostTree(t, map[string]string{"etc/a": "one\n", "etc/b\nb": "two\n", "list": "/etc/*\n"})
	local, stop := startCache(t, "127.0.0.1:0")
	defer stop()
	server := cache.Server{Addr: local.Addr(), Password: password}
	n := probeOf(t, root, 1, server)
	startProbe(t, n)
	waitHeld(t, server, "/etc/a", "@test")

	<-n.looked // from here on the watcher rests for half a minute
	if err := errors.Join(os.Remove(filepath.Join(root, "etc/b\nb")), n.watcher.look(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(root, "etc/c"), nil, 0o644), n.watcher.look(t.Context())); err != nil {
		t.Fatal(err)
	}
	waitHeld(t, server, "/etc/a", "/etc/c", "@test")
}

// TestUnreadableListForgetsNothing: a host that can't read at its start what it is to keep lives, and leaves
// in the cache what it kept before.
func TestUnreadableListForgetsNothing(t *testing.T) {
	root := hostTree(t, map[string]string{"etc/a": "one\n", "list/not": "a file"})
	local, stop := startCache(t, "127.0.0.1:0")
	defer stop()
	server := cache.Server{Addr: local.Addr(), Password: password}
	c := cache.Dial(server, cache.Config{})
	defer c.Close()
	old := cache.Snapshot{Host: "web1", HostID: "id1", Path: "/etc/a", Content: []byte("one\n"), Boot: 1, Seq: 1}
	if _, err := c.Put(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	n := probeOf(t, root, 2, server)
	startProbe(t, n)
	if err := n.Settled(t.Context()); err != nil { // nor does it wait for the list
		t.Error(err)
	}
	waitHeld(t, server, "/etc/a", "@test")
	feed := n.caches.running()[0]
	for range 3 { // Seen goes on; and with it, once the files are known, goes what is not among them
		before := feed.client.Times().N
		for deadline := time.Now().Add(20 * time.Second); feed.client.Times().N == before; {
			if time.Now().After(deadline) {
				t.Fatal("the host is not said to live")
			}
			time.Sleep(10 * time.Millisecond) // it tells its metrics only
		}
	}
	waitHeld(t, server, "/etc/a", "@test")
}

func TestNewRefuses(t *testing.T) {
	good := Config{
		Host: discovery.Host{Dir: "/"}, Identity: Identity{HostID: "i", Name: "n", Boot: 1, Key: testKey},
		Rand: rand.New(rand.NewPCG(1, 1)), Logger: slog.New(slog.DiscardHandler),
	}
	for name, spoil := range map[string]func(*Config){
		"no tree":         func(c *Config) { c.Host.Dir = "" },
		"no id":           func(c *Config) { c.Identity.HostID = "" },
		"no key":          func(c *Config) { c.Identity.Key = nil },
		"a bad label":     func(c *Config) { c.Labels = Labels{"": "x"} },
		"no boot":         func(c *Config) { c.Identity.Boot = 0 },
		"a name with #":   func(c *Config) { c.Identity.Name = "a#b" },
		"no random":       func(c *Config) { c.Rand = nil },
		"too many agents": func(c *Config) { c.Agents = make([]discovery.Agent, discovery.MaxInstances+1) },
	} {
		c := good
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := New(good); err != nil {
		t.Errorf("good: %v", err)
	}
}
