package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
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
	key   []byte

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

func addr(i int) string { return fmt.Sprintf("10.0.0.%d:7946", i+1) }

// inFleet runs test on a fleet of n hosts that have joined by the first.
func inFleet(t *testing.T, n int, test func(f *fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fleet{t: t, net: newNetwork(), key: bytes.Repeat([]byte{7}, keyBytes)}
		defer f.end()
		for i := range n {
			f.start(i, 1)
		}
		f.settle(10 * time.Second)
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
		Bind: addr(i), Seeds: []string{addr(0), addr(1)}, Key: f.key, Profile: ring.LAN(),
		Logger: slog.New(slog.NewTextHandler(f, nil)), Rand: rand.New(rand.NewPCG(uint64(i), boot)), Report: f.report,
	}
}

func (f *fleet) start(i int, boot uint64) *host { return f.run(i, f.config(i, boot)) }

// run starts a mesh at the i-th host.
func (f *fleet) run(i int, cfg Config) *host {
	f.t.Helper()
	h := &host{endpoint: f.net.listen(cfg.Bind), done: make(chan error, 1)}
	cfg.transport = h.endpoint
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
	<-h.done
	h.done <- nil
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

// of returns the events of kind about host i.
func (f *fleet) of(kind ring.Kind, i int) []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	var some []seen
	for _, e := range f.events {
		if e.Kind == kind && e.Subject.ID == ring.HostID(fmt.Sprintf("id-%d", i)) {
			some = append(some, e)
		}
	}
	return some
}

func TestJoin(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		for i, h := range f.hosts {
			if got := len(h.Watching()); got != 2 {
				t.Errorf("host %d watches %d, want 2", i, got)
			}
		}
		time.Sleep(time.Minute)
		for i, h := range f.hosts {
			for _, n := range h.Watching() {
				if n.RTT != 2*latency || n.Silent > time.Second || n.Suspect || n.Name == "" || n.Addr == "" {
					t.Errorf("host %d has a neighbour %+v, want one that answers", i, n)
				}
			}
		}
		if len(f.events) > 0 {
			t.Errorf("events %v in a steady fleet, want none", f.events)
		}
		if s := f.hosts[3].Stats(); s.Beats < 100 || s.Missed > 0 || s.Members != 8 || s.Refused+s.Dropped > 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestDeathAndReturn: both watchers report a death within 12 s, and the return after it.
func TestDeathAndReturn(t *testing.T) {
	for _, refuses := range []bool{false, true} {
		inFleet(t, 8, func(f *fleet) {
			f.hosts[5].refuses.Store(refuses)
			killed := time.Now()
			f.kill(f.hosts[5])
			time.Sleep(12 * time.Second)
			want := map[bool]ring.HostState{false: ring.HostDead, true: ring.NanoprobeDown}[refuses]
			deaths := f.of(ring.Dead, 5)
			if len(deaths) != 2 || deaths[0].ID() != deaths[1].ID() || deaths[0].Witness == deaths[1].Witness ||
				deaths[0].State != want || len(deaths[0].SecondedBy) == 0 {
				t.Errorf("reported %+v, want one death (%s) by two witnesses", deaths, want)
			}
			t.Logf("reported after %v", deaths[0].at.Sub(killed))
			f.settle(10 * time.Second)
			f.start(5, 2)
			f.settle(10 * time.Second)
			if back := f.of(ring.Alive, 5); len(back) == 0 || back[0].Subject.Boot != 2 {
				t.Errorf("reported %+v, want a return with boot 2", back)
			}
			if len(f.events) != 2+len(f.of(ring.Alive, 5)) {
				t.Errorf("events %v, want the death and the return alone", f.events)
			}
		})
	}
}

// TestShutdown: who stops in an orderly way is not dead, and its Run is bounded.
func TestShutdown(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		f.net.lossPct = 10
		h := f.hosts[2]
		start := time.Now()
		h.stop()
		if err := <-h.done; !errors.Is(err, context.Canceled) || time.Since(start) > 4*time.Second {
			t.Errorf("Run returned %v after %v", err, time.Since(start))
		}
		h.done <- nil
		time.Sleep(2 * time.Minute) // memberlist's prober has had its say
		if len(f.of(ring.Shutdown, 2)) == 0 || len(f.of(ring.Dead, 2)) > 0 {
			t.Errorf("events %v, want a shutdown and no death", f.events)
		}
		f.settle(0)
		f.start(2, 2)
		f.settle(30 * time.Second)
		if len(f.of(ring.Alive, 2)) == 0 {
			t.Errorf("events %v, want the return", f.events)
		}
	})
}

// TestQuickRestart: a nanoprobe that is back before anyone missed it is restarted, not dead, also
// where all that knew it run on.
func TestQuickRestart(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		f.kill(f.hosts[4])
		time.Sleep(2 * time.Second)
		f.start(4, 2)
		time.Sleep(20 * time.Second)
		if len(f.of(ring.Restarted, 4)) == 0 || len(f.of(ring.Dead, 4)) > 0 {
			t.Errorf("events %v, want a restart and no death", f.events)
		}
		f.settle(0)
	})
}

// TestWrongKey: a host without the ring's key stays outside, both sides say whom they refused, and
// nobody dies of it.
func TestWrongKey(t *testing.T) {
	inFleet(t, 3, func(f *fleet) {
		cfg := f.config(3, 1)
		cfg.Key = bytes.Repeat([]byte{8}, keyBytes)
		var log bytes.Buffer
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		h := f.run(3, cfg)
		time.Sleep(time.Minute)
		if len(h.Members()) != 1 || len(f.hosts[0].Members()) != 3 || len(f.events) > 0 {
			t.Errorf("the stranger sees %v, a member sees %v, events %v", h.Members(), f.hosts[0].Members(), f.events)
		}
		f.kill(h)
		const refused = "peer refused: it has not the ring's key"
		if !strings.Contains(log.String(), refused) || !strings.Contains(log.String(), addr(0)) {
			t.Errorf("the stranger's log does not name %s:\n%s", addr(0), log.String())
		}
		if !strings.Contains(f.log.String(), refused) || !strings.Contains(f.log.String(), addr(3)) {
			t.Errorf("the members' log does not name %s:\n%s", addr(3), f.log.String())
		}
		if n := strings.Count(f.log.String(), "WARN"); n > 3*2*maxWarnings {
			t.Errorf("%d warnings in a minute", n)
		}
	})
}

// TestClone: two live hosts under one id are an event that names both; the first stays a member.
func TestClone(t *testing.T) {
	inFleet(t, 5, func(f *fleet) {
		cfg := f.config(2, 9)
		cfg.Bind = addr(7)
		f.run(5, cfg)
		time.Sleep(5 * time.Minute)
		clones := f.of(ring.Cloned, 2)
		if len(clones) == 0 || clones[0].Subject.Addr != addr(2) || clones[0].Other == nil || clones[0].Other.Addr != addr(7) {
			t.Fatalf("events %v, want one that names %s and %s", f.events, addr(2), addr(7))
		}
		if len(f.events) > 2*len(f.hosts) {
			t.Errorf("%d events in 5 minutes, want them not to flap: %v", len(f.events), f.events)
		}
		for _, e := range f.events {
			if e.Kind != ring.Cloned {
				t.Errorf("event %+v, want the clones alone", e)
			}
		}
		for i, h := range f.hosts[:5] {
			if len(h.Members()) != 5 || !slices.ContainsFunc(h.Members(), func(m ring.Member) bool { return m.Addr == addr(2) }) {
				t.Errorf("host %d sees %v, want the first of the two and four others", i, h.Members())
			}
		}
	})
}

// TestMoved: a host that returns at another address is no clone. It is a member again once memberlist
// has found its former self dead, and waited a while.
func TestMoved(t *testing.T) {
	inFleet(t, 5, func(f *fleet) {
		f.kill(f.hosts[2])
		time.Sleep(15 * time.Second)
		cfg := f.config(2, 2)
		cfg.Bind = addr(7)
		f.run(2, cfg)
		start := time.Now()
		f.settle(3 * time.Minute)
		t.Logf("a member again after %v", time.Since(start))
		if len(f.of(ring.Alive, 2)) == 0 || len(f.of(ring.Cloned, 2)) > 0 {
			t.Errorf("events %v, want a return and no clone", f.events)
		}
	})
}

// TestPartition: two halves live on, and are one ring again within a minute without an operator, also
// when all seeds are gone.
func TestPartition(t *testing.T) {
	for _, tt := range []struct {
		cut  time.Duration
		gone int // seeds that are dead
	}{{20 * time.Second, 0}, {4 * time.Minute, 2}} {
		inFleet(t, 8, func(f *fleet) {
			for _, h := range f.hosts[:tt.gone] {
				f.kill(h)
			}
			f.settle(time.Minute)
			for i, h := range f.hosts {
				h.side.Store(int32(i % 2))
			}
			time.Sleep(tt.cut)
			living := f.hosts[tt.gone:]
			for i, h := range living {
				if got, want := len(h.Members()), len(living)/2; got != want {
					t.Errorf("host %d sees %d members, want the %d of its half", i+tt.gone, got, want)
				}
				h.side.Store(0)
			}
			start, before := time.Now(), f.net.datagrams.Load()
			f.settle(time.Minute)
			time.Sleep(time.Minute)
			rate := float64(f.net.datagrams.Load()-before) / time.Since(start).Seconds() / float64(len(living))
			if rate > 10 { // 4 neighbours are 8.4, with nothing to say
				t.Errorf("%.1f datagrams a host and second to become one ring", rate)
			}
			t.Logf("cut for %v: one ring within %v, %.1f datagrams a host and second", tt.cut, time.Since(start)-time.Minute, rate)
			for i := tt.gone; i < len(f.hosts); i++ {
				if dead, alive := len(f.of(ring.Dead, i)), len(f.of(ring.Alive, i)); dead == 0 || alive == 0 {
					t.Errorf("host %d: reported dead %d times and alive %d times", i, dead, alive)
				}
			}
		})
	}
}

// TestIsolated: a host whose network fails declares nothing, and refutes its death when it is back.
func TestIsolated(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		f.hosts[6].side.Store(1)
		time.Sleep(30 * time.Second)
		if len(f.of(ring.Isolated, 6)) != 1 || len(f.of(ring.Dead, 6)) != 2 {
			t.Errorf("events %v, want it isolated by itself and dead to its two neighbours", f.events)
		}
		f.hosts[6].side.Store(0)
		f.settle(30 * time.Second)
		if len(f.of(ring.Rejoined, 6)) != 1 || len(f.of(ring.Alive, 6)) == 0 || f.hosts[6].Self().Epoch == 0 {
			t.Errorf("events %v, want it back with a higher epoch", f.events)
		}
		for i := range 6 {
			if len(f.of(ring.Dead, i)) > 0 {
				t.Errorf("host %d was declared dead by one that was isolated", i)
			}
		}
	})
}

// TestOutage: a member that starts before any seed is up joins when one comes.
func TestOutage(t *testing.T) {
	inFleet(t, 0, func(f *fleet) {
		for i := range 3 {
			cfg := f.config(i, 1)
			cfg.Seeds = []string{addr(2)} // its own is among the seeds of the last
			f.run(i, cfg)
			time.Sleep(2 * time.Minute)
		}
		f.settle(0)
	})
}

// TestFigures measures what the design promises: time from a kill to the first report, and the
// datagrams of a quiet ring.
func TestFigures(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		before, quiet := f.net.datagrams.Load(), 2*time.Minute
		time.Sleep(quiet)
		rate := float64(f.net.datagrams.Load()-before) / quiet.Seconds() / float64(len(f.hosts))
		chance := rand.New(rand.NewPCG(3, 4))
		var took []time.Duration
		for kill := range 20 {
			i := kill % len(f.hosts)
			time.Sleep(time.Duration(chance.IntN(1000)) * time.Millisecond)
			killed, known := time.Now(), len(f.of(ring.Dead, i))
			f.kill(f.hosts[i])
			time.Sleep(12 * time.Second)
			deaths := f.of(ring.Dead, i)
			if len(deaths) == known {
				t.Fatalf("kill %d of host %d was not reported in 12 s; events %v", kill, i, f.events)
			}
			took = append(took, deaths[known].at.Sub(killed))
			f.start(i, uint64(kill+2))
			f.settle(30 * time.Second)
			time.Sleep(10 * time.Second)
		}
		slices.Sort(took)
		median, worst := took[len(took)/2], took[len(took)-1]
		t.Logf("%.2f datagrams a host and second; from kill to report: median %v, worst %v", rate, median, worst)
		if rate > 4.5 || median > 7*time.Second || worst > 8*time.Second {
			t.Errorf("want at most 4.5 datagrams, a median of 7 s and a worst of 8 s")
		}
	})
}
