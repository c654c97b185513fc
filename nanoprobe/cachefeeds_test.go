package nanoprobe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// site is what a directory says of a site.
type site struct {
	mu      sync.Mutex
	servers []cache.Server
	err     error
}

func (s *site) set(err error, servers ...cache.Server) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers, s.err = servers, err
}

func (s *site) lookUp(context.Context) ([]cache.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.servers, s.err
}

// startProbe runs the nanoprobe until the test ends.
func startProbe(t *testing.T, n *Nanoprobe) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	})
}

// TestServersLookedUp: a server that the site gets is filled with all there is, one that it loses is left
// alone, and a directory that can't be read changes nothing.
func TestServersLookedUp(t *testing.T) {
	root := hostTree(t, map[string]string{"etc/a": "one\n", "list": "/etc/a\n"})
	var servers []cache.Server
	for range 2 {
		local, stop := startCache(t, "127.0.0.1:0")
		t.Cleanup(stop)
		servers = append(servers, cache.Server{Addr: local.Addr(), Password: password})
	}
	var north site
	north.set(errors.New("the directory is away"))
	n := probeOf(t, root, 1)
	n.caches.lookUp, n.caches.every = north.lookUp, 50*time.Millisecond
	startProbe(t, n)
	if err := n.Settled(t.Context()); err != nil { // there is nobody to wait for
		t.Error(err)
	}
	north.set(nil, servers[0])
	waitHeld(t, servers[0], "/etc/a", "@test")
	north.set(errors.New("the directory is away"), servers[1])
	n.caches.put(&change{path: "/etc/b", load: func() (cache.Snapshot, bool) { return cache.Snapshot{Path: "/etc/b"}, true }})
	waitHeld(t, servers[0], "/etc/a", "/etc/b", "@test")
	north.set(nil, servers[1])
	waitHeld(t, servers[1], "/etc/a", "/etc/b", "@test")
	for deadline := time.Now().Add(20 * time.Second); len(n.caches.running()) != 1; {
		if time.Now().After(deadline) {
			t.Fatal("the feed of a server that left has not ended in 20 s")
		}
		time.Sleep(10 * time.Millisecond) // a feed tells nobody of its end
	}
	n.caches.put(&change{path: "/etc/c", load: func() (cache.Snapshot, bool) { return cache.Snapshot{Path: "/etc/c"}, true }})
	waitHeld(t, servers[1], "/etc/a", "/etc/b", "/etc/c", "@test")
	if got := held(t, servers[0]); slices.Contains(got, "/etc/c") {
		t.Errorf("the server that left has %q: it is fed still", got)
	}
}

// TestServerReturns: a server that leaves the site and returns has what changed meanwhile, and one that is
// to be reached in another way is fed in that way.
func TestServerReturns(t *testing.T) {
	root := hostTree(t, map[string]string{"list": ""})
	local, stop := startCache(t, "127.0.0.1:0")
	defer stop()
	server := cache.Server{Addr: local.Addr(), Password: password}
	var north site
	north.set(nil, server)
	n := probeOf(t, root, 1)
	n.caches.lookUp, n.caches.every = north.lookUp, 20*time.Millisecond
	startProbe(t, n)
	put := func(text string) {
		n.caches.put(&change{path: "/etc/a", load: func() (cache.Snapshot, bool) {
			return cache.Snapshot{Path: "/etc/a", Content: []byte(text)}, true
		}})
	}
	waitText := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; {
			row, err := cache.Get(t.Context(), cache.Site{Servers: []cache.Server{server}}, "web1", "/etc/a")
			if string(row.Content) == want {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("the server has %q, %v, want %q", row.Content, err, want)
			}
			time.Sleep(10 * time.Millisecond) // the server tells nobody of a write
		}
	}
	waitFeeds := func(fit func([]*cacheFeed) bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !fit(n.caches.running()); {
			if time.Now().After(deadline) {
				t.Fatalf("feeds %v", n.caches.running())
			}
			time.Sleep(10 * time.Millisecond) // a feed tells nobody of its beginning or end
		}
	}
	waitHeld(t, server, "@test")
	for _, text := range []string{"1", "2", "3", "4", "5"} {
		put(text)
		waitText(text)
	}
	north.set(nil)
	waitFeeds(func(feeds []*cacheFeed) bool { return len(feeds) == 0 })
	put("6")
	north.set(nil, server)
	waitText("6")

	first := n.caches.running()[0]
	north.set(nil, cache.Server{Addr: server.Addr, Password: "another"})
	waitFeeds(func(feeds []*cacheFeed) bool { return len(feeds) == 1 && feeds[0] != first })
	put("7")
	north.set(nil, server)
	waitText("7")
}

// TestTimesAreTold: what writing takes stands in the cache itself and in /metrics, for each server.
func TestTimesAreTold(t *testing.T) {
	local, stop := startCache(t, "127.0.0.1:0")
	defer stop()
	server := cache.Server{Addr: local.Addr(), Password: password}
	n := probeOf(t, hostTree(t, map[string]string{"list": ""}), 1, server)
	n.caches.first = 50 * time.Millisecond
	startProbe(t, n)
	waitHeld(t, server, cache.TimesPath, "@test")
	times, err := cache.SiteTimes(t.Context(), cache.Site{Servers: []cache.Server{server}})
	if err != nil || len(times[server.Addr]) != 1 || times[server.Addr][0].N < 1 {
		t.Errorf("hosts say %+v, %v, want the times of one host", times, err)
	}
	families := n.caches.metrics()
	for _, tt := range []struct {
		name     string
		labels   []string
		min, max float64
	}{
		{"cache_write_seconds", []string{"server", server.Addr, "stat", "median"}, 1e-6, 5},
		{"cache_write_seconds", []string{"server", server.Addr, "stat", "max"}, 1e-6, 5},
		{"cache_write_samples", []string{"server", server.Addr}, 1, 50},
		{"cache_write_bytes", []string{"server", server.Addr}, 10, 1e6},
		{"cache_full_total", []string{"server", server.Addr}, 0, 0},
	} {
		got, ok := promtext.Find(families, "assim_nanoprobe_"+tt.name, tt.labels...)
		if !ok || got < tt.min || got > tt.max {
			t.Errorf("%s is %v, there %t; want %v to %v", tt.name, got, ok, tt.min, tt.max)
		}
	}
}

// TestFullServer: what a server does not take for want of memory is counted and waits, and is there when it
// has some again.
func TestFullServer(t *testing.T) {
	server := runRedis(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password})
	defer admin.Close()
	if err := admin.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	n := probeOf(t, hostTree(t, map[string]string{"etc/a": "one\n", "list": "/etc/a\n"}), 1, server)
	startProbe(t, n)
	full := func() float64 {
		v, _ := promtext.Find(n.caches.metrics(), "assim_nanoprobe_cache_full_total", "server", server.Addr)
		return v
	}
	for deadline := time.Now().Add(20 * time.Second); full() == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was refused in 20 s")
		}
		time.Sleep(10 * time.Millisecond) // it tells its metrics only
	}
	if got := held(t, server); len(got) != 0 {
		t.Errorf("a full server holds %q", got)
	}
	if err := admin.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	waitHeld(t, server, "/etc/a", "@test")
}

// TestFullServerForgets: what a full server doesn't take holds up nothing that it does.
func TestFullServerForgets(t *testing.T) {
	server := runRedis(t)
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Password: server.Password})
	defer admin.Close()
	files := map[string]string{"etc/z": "one\n", "list": "/etc/*\n"}
	for i := range 40 { // more than two batches
		files[fmt.Sprintf("new/%02d", i)] = "two\n"
	}
	root := hostTree(t, files)
	n := probeOf(t, root, 1, server)
	startProbe(t, n)
	waitHeld(t, server, "/etc/z", "@test")
	if err := admin.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	<-n.looked // from here on the watcher rests for half a minute
	for _, change := range []func() error{
		func() error { return os.WriteFile(filepath.Join(root, "list"), []byte("/etc/*\n/new/*\n"), 0o644) },
		func() error { return os.Remove(filepath.Join(root, "etc/z")) },
	} {
		if err := errors.Join(change(), n.watcher.look(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	waitHeld(t, server, "@test")
}

// TestInventory: it is bounded, and a change that came later is not forgotten.
func TestInventory(t *testing.T) {
	v := newInventory()
	old, young := &change{path: "/f"}, &change{path: "/f"}
	v.put(old)
	v.put(young)
	v.forget(old)
	v.unlessKnown("/f", func() { t.Error("/f is not known after its older change was forgotten") })
	v.forget(young)
	called := false
	v.unlessKnown("/f", func() { called = true })
	if !called {
		t.Error("/f is known after it was forgotten")
	}
	for i := range maxKept {
		if !v.put(&change{path: time.Duration(i).String()}) {
			t.Fatalf("path %d is refused", i)
		}
	}
	if v.put(young) || !v.put(&change{path: time.Duration(7).String()}) {
		t.Error("a path too many is taken, or a known one is not")
	}
	n := 0
	v.each(func(*change) { n++ })
	if n != maxKept {
		t.Errorf("%d changes, want %d", n, maxKept)
	}
}
