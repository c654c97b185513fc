package ring

import (
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/tapswitch"
)

// set gives the way between two ports of the TAP switch a fault; the port in the middle is br0.
func (f *fleet) set(t testing.TB, from, to string, fault tapswitch.Fault) {
	t.Helper()
	if err := f.net.taps.Set(from, to, fault); err != nil {
		t.Fatal(err)
	}
}

// setCable gives all that goes out of a host, and into it, a fault.
func (f *fleet) setCable(t testing.TB, h *host, out, in tapswitch.Fault) {
	t.Helper()
	for _, other := range f.hosts {
		if other != h {
			f.set(t, h.name, other.name, out)
			f.set(t, other.name, h.name, in)
		}
	}
	f.set(t, h.name, "br0", out)
	f.set(t, "br0", h.name, in)
}

// checkOneWay cuts the way from a host to a neighbour and leaves the way back: trouble of a link, which
// both tell, and no death.
func checkOneWay(t *testing.T, f *fleet) {
	order := circle(f.hosts)
	a, b := order[0], order[1]
	s := f.scene(t)
	f.set(t, a.name, b.name, tapswitch.Cut())
	cut := time.Now()
	took := s.expect(cut, 2*patience, facts(ring.Link, "", a, b)...)
	f.set(t, a.name, b.name, tapswitch.Fault{})
	healed := time.Now()
	up := s.expect(healed, 2*patience, facts(ring.LinkUp, "", a, b)...)
	s.end()
	t.Logf("one way cut: trouble of the link told after %.1f and %.1f s, its end after %.1f and %.1f s",
		took[0].Seconds(), took[1].Seconds(), up[0].Seconds(), up[1].Seconds())
}

// checkMute lets a host hear and not speak: to all others it is dead, and it says that its links fail
// or that nobody answers it.
func checkMute(t *testing.T, f *fleet) {
	h, s := circle(f.hosts)[2], f.scene(t)
	f.setCable(t, h, tapswitch.Cut(), tapswitch.Fault{})
	cut := time.Now()
	s.allow(fact{ring.Isolated, h.name, ""}, fact{ring.Rejoined, h.name, ""}, fact{kind: ring.Link}, fact{kind: ring.LinkUp})
	took := s.expect(cut, patience, dead(ring.HostDead, h)...)
	f.setCable(t, h, tapswitch.Fault{}, tapswitch.Fault{})
	healed := time.Now()
	s.expect(healed, 2*patience, alive(h)...)
	f.wholeWithin(t, healed, 2*patience, f.hosts...)
	s.rest()
	s.end()
	t.Logf("mute host: dead after %.1f s; one ring %.1f s after it could speak", took[0].Seconds(), time.Since(healed).Seconds())
}

// checkDelay delays each frame by as much, in each direction, and kills a nanoprobe in it.
func checkDelay(delay time.Duration) func(*testing.T, *fleet) {
	return func(t *testing.T, f *fleet) {
		quiet := f.scene(t)
		f.setAll(t, tapswitch.Fault{Delay: delay})
		time.Sleep(30 * time.Second)
		quiet.end()
		h, s := f.hosts[3], f.scene(t)
		killed := time.Now()
		h.probe.Kill(t)
		took := s.expect(killed, 2*patience, dead(ring.NanoprobeDown, h)...)
		f.setAll(t, tapswitch.Fault{})
		s.revive(h)
		s.end()
		t.Logf("delay of %v each way for 30 s: nothing told; SIGKILL: dead after %.1f s", delay, took[0].Seconds())
	}
}

// checkSlowHost delays what comes from one host, among others that are quick: slow is not dead.
func checkSlowHost(delay time.Duration) func(*testing.T, *fleet) {
	return func(t *testing.T, f *fleet) {
		h, s := circle(f.hosts)[4], f.scene(t)
		f.setCable(t, h, tapswitch.Fault{Delay: delay}, tapswitch.Fault{})
		s.allow(fact{kind: ring.Link}, fact{kind: ring.LinkUp})
		time.Sleep(30 * time.Second)
		f.setCable(t, h, tapswitch.Fault{}, tapswitch.Fault{})
		s.end()
		t.Logf("one host's frames %v late for 30 s: told %v", delay, summary(s.told()))
	}
}

// checkDisorder repeats every frame and lets a third of them be overtaken: nothing is told twice, and
// nobody is called dead or back by what is old.
func checkDisorder(t *testing.T, f *fleet) {
	h, s := f.hosts[2], f.scene(t)
	f.setAll(t, tapswitch.Fault{DuplicatePct: 100, ReorderPct: 33, Jitter: 200 * time.Millisecond})
	killed := time.Now()
	h.probe.Kill(t)
	took := s.expect(killed, patience, dead(ring.NanoprobeDown, h)...)
	s.revive(h)
	f.setAll(t, tapswitch.Fault{})
	s.end()
	t.Logf("each frame twice, a third 200 ms late: SIGKILL: dead after %.1f s", took[0].Seconds())
}

func (f *fleet) setAll(t testing.TB, fault tapswitch.Fault) {
	t.Helper()
	if err := f.net.taps.SetAll(fault); err != nil {
		t.Fatal(fmt.Errorf("TAP switch: %w", err))
	}
}
