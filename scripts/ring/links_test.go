package ring

import (
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// checkInterfaceDown takes a host's interface down for longer than it takes to call it dead.
func checkInterfaceDown(t *testing.T, f *fleet) {
	h, s := f.hosts[9], f.scene(t)
	down := time.Now()
	h.ip(t, "link set eth0 down")
	took := s.expect(down, 2*patience, dead(ring.HostDead, h)...)
	time.Sleep(20*time.Second - time.Since(down))
	// It finds its links broken or itself alone, and tells of that when it is back.
	s.allow(fact{ring.Isolated, h.name, ""}, fact{ring.Rejoined, h.name, ""}, fact{kind: ring.Link}, fact{kind: ring.LinkUp})
	up := time.Now()
	h.linkUp(t, f.hosts)
	s.expect(up, 2*patience, alive(h)...)
	f.wholeWithin(t, up, 2*patience, f.hosts...)
	s.rest()
	s.end()
	t.Logf("interface down: dead after %.1f s; back %.1f s after it was up", took[0].Seconds(), time.Since(up).Seconds())
}

// checkLoss loses frames from each host for a time. Nobody dies of it; what may be told is trouble of a
// link, and none of that at 1 %.
func checkLoss(pct int, lasting time.Duration) func(*testing.T, *fleet) {
	return func(t *testing.T, f *fleet) {
		s := f.scene(t)
		lose(t, pct)
		if pct > 1 {
			s.allow(fact{kind: ring.Link}, fact{kind: ring.LinkUp})
		}
		time.Sleep(lasting)
		heal(t)
		s.end()
		t.Logf("%d %% loss for %v: told %v", pct, lasting, summary(s.told()))
	}
}

// checkDeathInLoss kills a nanoprobe while a tenth of all frames is lost.
func checkDeathInLoss(t *testing.T, f *fleet) {
	h, s := f.hosts[11], f.scene(t)
	lose(t, 10)
	s.allow(fact{kind: ring.Link}, fact{kind: ring.LinkUp})
	killed := time.Now()
	h.probe.Kill(t)
	took := s.expect(killed, patience, dead(ring.NanoprobeDown, h)...)
	heal(t)
	s.revive(h)
	s.end()
	t.Logf("SIGKILL in 10 %% loss: dead after %.1f s", took[0].Seconds())
}

// checkPartition cuts the network in two halves, of which one has the CMA, and heals it: each half lives
// on, and then they become one ring without anyone's help.
func checkPartition(lasting time.Duration) func(*testing.T, *fleet) {
	return func(t *testing.T, f *fleet) {
		far := f.upperSwitches()
		near := without(f.hosts, on(f.hosts, far...))
		s := f.scene(t)
		part(t, far...)
		began := time.Now()
		// Each half finds the other gone, as hosts or by what they have in common. What the far half
		// finds comes when it is over.
		for _, kind := range []ring.Kind{ring.Dead, ring.SwitchDown, ring.SegmentDown, ring.RingLost, ring.Restored, ring.Alive,
			ring.Isolated, ring.Rejoined, ring.Link, ring.LinkUp} {
			s.allow(fact{kind: kind})
		}
		testbed.Eventually(t, lasting, func() error { return f.ringOf(near) })
		time.Sleep(lasting - time.Since(began))
		heal(t)
		healed := time.Now()
		took := f.wholeWithin(t, healed, 2*time.Minute, f.hosts...)
		testbed.Eventually(t, patience, f.allUp)
		s.rest()
		t.Logf("halves for %v: one ring %.1f s after they were healed, to be within 60 s; told %v", lasting, took.Seconds(), summary(s.told()))
		s.end()
		// What the far half found may reach the CMA late, so that the logs tell whether there is peace.
		calm := time.Now()
		time.Sleep(10 * time.Second)
		for _, v := range f.logged(calm) {
			t.Errorf("after the halves were one again, %s says %q of %s", v.witness, v.kind, v.about)
		}
	}
}

// upperSwitches is half of the switches, the later ones.
func (f *fleet) upperSwitches() (numbers []int) {
	for n := f.net.switches/2 + 1; n <= f.net.switches; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// checkSwitchDies takes a switch down with all hosts on it: one event with its name, and one call of a
// hook.
func checkSwitchDies(t *testing.T, f *fleet) {
	const number = 2
	victims := on(f.hosts, number)
	s := f.scene(t)
	name := fmt.Sprint("switch:sw", number)
	// The hosts are told of as well, but no hook is called for them; and each finds itself alone.
	s.allow(facts(ring.Dead, ring.HostDead, victims...)...)
	s.allow(facts(ring.Isolated, "", victims...)...)
	s.allow(facts(ring.Rejoined, "", victims...)...)
	s.allow(facts(ring.Alive, "", victims...)...)
	down := time.Now()
	ip(t, fmt.Sprintf("link set sw%d down", number))
	took := s.expect(down, 90*time.Second, fact{kind: ring.SwitchDown, about: name})
	for _, e := range s.told() {
		if e.Kind == ring.SwitchDown {
			testbed.Eventually(t, 0, func() error { return sameMembers(e.Members, victims) })
		}
	}
	t.Logf("switch with %d of %d hosts: told as one event after %.1f s, to be within 45 s", len(victims), len(f.hosts), took[0].Seconds())
	up := time.Now()
	ip(t, fmt.Sprintf("link set sw%d up", number))
	s.expect(up, 2*time.Minute, fact{kind: ring.Restored, about: name})
	back := f.wholeWithin(t, up, 2*time.Minute, f.hosts...)
	testbed.Eventually(t, patience, f.allUp)
	t.Logf("switch up again: one ring after %.1f s", back.Seconds())
	s.rest()
	s.end()
	s.wantHooks(fmt.Sprint("switch down sw", number), fmt.Sprint("restored sw", number))
}
