package mesh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

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
		s := f.hosts[3].Stats()
		if b := s.Rings[0]; b.Beats < 100 || b.Missed > 0 || b.Members != 8 || b.Level != 0 || len(s.Refused) > 0 || s.Dropped > 0 {
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
		time.Sleep(15 * time.Second) // a newcomer's word on the boots of others is not taken
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

// TestWrongKey: a host without the ring's key stays outside and says who refused it, once, those count
// it, and nobody dies of it.
func TestWrongKey(t *testing.T) {
	inFleet(t, 3, func(f *fleet) {
		cfg := f.config(3, 1)
		cfg.RingKey = bytes.Repeat([]byte{8}, keyBytes)
		var log bytes.Buffer
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		h := f.run(3, cfg)
		time.Sleep(time.Minute)
		if len(h.Members()) != 1 || len(f.hosts[0].Members()) != 3 || len(f.events) > 0 {
			t.Errorf("the stranger sees %v, a member sees %v, events %v", h.Members(), f.hosts[0].Members(), f.events)
		}
		f.kill(h)
		for i := range 2 {
			if said := fmt.Sprintf("seed refused: it has not the ring's key\" seed=%s", addr(i)); strings.Count(log.String(), said) != 1 {
				t.Errorf("the stranger's log does not say once %q:\n%s", said, log.String())
			}
			if n := f.hosts[i].Stats().Wire.Dropped.Call; n == 0 {
				t.Errorf("member %d counted no request with a key unknown", i)
			}
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

// TestMoved: a host that returns at another address is no clone. It is a member again at once if it
// has been found dead, and else when it is.
func TestMoved(t *testing.T) {
	for _, away := range []time.Duration{15 * time.Second, 2 * time.Second} {
		inFleet(t, 5, func(f *fleet) {
			f.kill(f.hosts[2])
			time.Sleep(away)
			cfg := f.config(2, 2)
			cfg.Bind = addr(7)
			h, start := f.run(2, cfg), time.Now()
			for !slices.ContainsFunc(f.hosts[0].Members(), func(m ring.Member) bool { return m.Addr == addr(7) }) {
				if time.Since(start) > 20*time.Second {
					t.Fatalf("no member after 20 s; members %v", f.hosts[0].Members())
				}
				time.Sleep(100 * time.Millisecond)
			}
			t.Logf("back after %v: a member again after %v", away, time.Since(start))
			f.settle(10 * time.Second)
			time.Sleep(2 * time.Minute)
			if len(h.Members()) != 5 || len(f.of(ring.Alive, 2)) == 0 || len(f.of(ring.Cloned, 2)) > 0 {
				t.Errorf("members %v, events %v, want a return and no clone", h.Members(), f.events)
			}
		})
	}
}

// TestPartition: two halves live on, and are one ring again within a minute without an operator, also
// when all seeds are gone.
func TestPartition(t *testing.T) {
	for _, tt := range []struct {
		cut  time.Duration
		gone int // seeds that are dead
	}{{20 * time.Second, 0}, {10 * time.Minute, 2}} {
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
		time.Sleep(5 * time.Second) // a heartbeat or two
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
