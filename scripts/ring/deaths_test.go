package ring

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// checkKilled stops a nanoprobe for 3 s, which nobody may call dead, nor it others when it wakes. On the
// other side of the circle, where that hinders no witness, it kills one meanwhile, and starts it again.
func checkKilled(t *testing.T, f *fleet) {
	order := circle(f.hosts)
	h, s := order[3*len(order)/4], f.scene(t) // not of those who die twice more: it would be said to flap
	killed := time.Now()
	h.probe.Kill(t)
	order[len(order)/4].pause(t, 3*time.Second)
	took := s.expect(killed, 16*time.Second, dead(ring.NanoprobeDown, h)...)
	t.Logf("SIGSTOP for 3 s: nothing told; SIGKILL: dead after %.1f s, to be within 8 s", took[0].Seconds())
	s.revive(h)
	s.end()
	s.wantHooks(fmt.Sprint("dead ", h.name), fmt.Sprint("alive ", h.name))
}

// revive starts the nanoprobes of dead hosts again and waits until they are known to be back.
func (s *scene) revive(hosts ...*host) {
	s.t.Helper()
	started := time.Now()
	s.start(s.t, hosts...)
	s.expect(started, 2*patience, alive(hosts...)...)
	s.wholeWithin(s.t, started, 2*patience, s.hosts...)
}

func checkAdjacentDeaths(t *testing.T, f *fleet) {
	f.checkHalfDies(t, circle(f.hosts)[:len(f.hosts)/2])
}
func checkScatteredDeaths(t *testing.T, f *fleet) { f.checkHalfDies(t, everySecond(circle(f.hosts))) }

// checkHalfDies kills half of the nanoprobes at once and starts them again.
func (f *fleet) checkHalfDies(t *testing.T, victims []*host) {
	s := f.scene(t)
	killed := time.Now()
	for _, h := range victims {
		h.probe.Signal(t, syscall.SIGKILL)
	}
	took := s.expect(killed, 40*time.Second, dead(ring.NanoprobeDown, victims...)...)
	t.Logf("%s and others, %d of %d, at once: first dead after %.1f s, last after %.1f s, to be within 20 s",
		victims[0].name, len(victims), len(f.hosts), took[0].Seconds(), took[len(took)-1].Seconds())
	testbed.Eventually(t, patience, func() error { return f.whole(without(f.hosts, victims)...) })
	s.revive(victims...)
	s.end()
}

func everySecond(hosts []*host) (half []*host) {
	for i := 0; i < len(hosts); i += 2 {
		half = append(half, hosts[i])
	}
	return half
}

func without(hosts, gone []*host) []*host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h *host) bool { return slices.Contains(gone, h) })
}

// checkLongPause stops one for a minute: its nanoprobe is down, and when it wakes it is back, and has
// nothing to say of others.
func checkLongPause(t *testing.T, f *fleet) {
	h, s := f.hosts[7], f.scene(t)
	stopped := time.Now()
	h.pause(t, time.Minute)
	took := s.expect(stopped, patience+time.Minute, dead(ring.NanoprobeDown, h)...)
	s.expect(time.Now(), patience, alive(h)...)
	f.wholeWithin(t, time.Now(), patience, f.hosts...)
	s.end()
	t.Logf("SIGSTOP for 60 s: dead after %.1f s, back after it", took[0].Seconds())
}

// pause stops the nanoprobe for a time.
func (h *host) pause(t testing.TB, d time.Duration) {
	t.Helper()
	h.probe.Signal(t, syscall.SIGSTOP)
	time.Sleep(d)
	h.probe.Signal(t, syscall.SIGCONT)
}

// checkRingDies kills all of one ring at once: the others tell of it once, with the list.
func checkRingDies(t *testing.T, f *fleet, victims []*host) {
	s := f.scene(t)
	killed := time.Now()
	for _, h := range victims {
		h.probe.Signal(t, syscall.SIGKILL)
	}
	// Those who die last may still tell of those who died first.
	s.allow(fact{kind: ring.Dead})
	lost := func() error {
		for _, e := range s.told() {
			if e.Kind == ring.RingLost {
				return sameMembers(e.Members, victims)
			}
		}
		return fmt.Errorf("no event says that a ring is lost, only %v", summary(s.told()))
	}
	testbed.Eventually(t, 2*patience, lost)
	t.Logf("ring of %d killed: told as one event after %.1f s, to be within 15 s", len(victims), time.Since(killed).Seconds())
	s.allow(fact{kind: ring.RingLost}, fact{kind: ring.Restored}, fact{kind: ring.Alive})
	time.Sleep(15 * time.Second) // any further verdict, and the hooks that wait for a cause
	s.end()
	if calls := s.hooks(); len(calls) != 1 {
		t.Errorf("the hook was called with %q, want once for the ring", calls)
	}
	f.start(t, victims...)
	testbed.Eventually(t, 2*patience, f.allUp)
}

func sameMembers(members []ring.Member, hosts []*host) error {
	var got, want []string
	for _, m := range members {
		got = append(got, m.Name)
	}
	for _, h := range hosts {
		want = append(want, h.name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("the list has %q, want %q", got, want)
	}
	return nil
}
