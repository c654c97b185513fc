package mesh

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// fleet is some hosts on a network in memory, in virtual time.
type fleet struct {
	t     *testing.T
	net   *network
	hosts []*host

	mu     sync.Mutex
	log    bytes.Buffer
	events []seen
}

type seen struct {
	ring.Event
	at time.Time
}

type host struct {
	*Mesh
	*endpoint
	stop context.CancelFunc
	done chan error
}

func addr(i int) string { return fmt.Sprintf("10.0.%d.%d:7946", i/200, i%200+1) }

// hostKey is the same for the same seed.
func hostKey(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

// inFleet runs test on a fleet of n hosts that have joined by the first.
func inFleet(t *testing.T, n int, test func(f *fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t, net: newNetwork()}
		defer f.end()
		for i := range n {
			f.start(i, 1)
		}
		f.settle(15 * time.Second)
		test(f)
	})
}

// end stops all hosts and lets memberlist's timers run out.
func (f *fleet) end() {
	for _, h := range f.hosts {
		f.kill(h)
	}
	time.Sleep(5 * time.Minute)
	if f.t.Failed() {
		f.t.Logf("events: %v", f.events)
	}
}

func (f *fleet) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Write(line)
}

func (f *fleet) report(e ring.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, seen{e, time.Now()})
}

func (f *fleet) config(i int, boot uint64) Config {
	return Config{
		HostID: ring.HostID(fmt.Sprintf("id-%d", i)), Name: fmt.Sprintf("host%d", i), Boot: boot,
		Key: hostKey(fmt.Sprint("host", i)), RingKey: bytes.Repeat([]byte{7}, keyBytes), Group: "dc1",
		Bind: addr(i), Seeds: []string{addr(0), addr(1)}, Profile: ring.LAN(),
		Logger: slog.New(slog.NewTextHandler(f, nil)), Rand: rand.New(rand.NewPCG(uint64(i), boot)), Report: f.report,
	}
}

func (f *fleet) start(i int, boot uint64) *host { return f.run(i, f.config(i, boot)) }

// run starts a mesh at the i-th host.
func (f *fleet) run(i int, cfg Config) *host {
	f.t.Helper()
	h := &host{endpoint: f.net.listen(cfg.Bind), done: make(chan error, 1)}
	cfg.open = h.open
	var err error
	if h.Mesh, err = New(cfg); err != nil {
		f.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	go func() { h.done <- h.Run(ctx) }()
	if i < len(f.hosts) {
		f.hosts[i] = h
	} else {
		f.hosts = append(f.hosts, h)
	}
	return h
}

// kill ends a host at once: nothing it says gets out.
func (f *fleet) kill(h *host) {
	h.down.Store(true)
	h.stop()
}

// settle waits until all hosts see each other.
func (f *fleet) settle(within time.Duration) {
	f.t.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		short := slices.IndexFunc(f.hosts, func(h *host) bool { return !h.down.Load() && len(h.Members()) != f.up() })
		if short < 0 {
			return
		}
		if time.Since(start) > within {
			f.t.Fatalf("after %v host %d sees %v, and %d are up; log:\n%s", within, short, f.hosts[short].Members(), f.up(), f.log.String())
		}
	}
}

func (f *fleet) up() int {
	n := 0
	for _, h := range f.hosts {
		if !h.down.Load() {
			n++
		}
	}
	return n
}

// kinds returns the events of a kind.
func (f *fleet) kinds(kind ring.Kind) []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	var some []seen
	for _, e := range f.events {
		if e.Kind == kind {
			some = append(some, e)
		}
	}
	return some
}

// of returns the events of a kind about host i.
func (f *fleet) of(kind ring.Kind, i int) []seen {
	id := ring.HostID(fmt.Sprintf("id-%d", i))
	return slices.DeleteFunc(f.kinds(kind), func(e seen) bool { return e.Subject.ID != id })
}
