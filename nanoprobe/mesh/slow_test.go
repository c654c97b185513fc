package mesh

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// slowWay is more than half of the time that profile lan has for an answer, each way.
const slowWay = 400 * time.Millisecond

// TestSlowHost: a host whose answers always come too late for a confirmation is not dead, also not to
// those that get to watch it by a death, and when it does die that is told as of any other.
func TestSlowHost(t *testing.T) {
	inFleet(t, 8, func(f *fleet) {
		slow := f.hosts[5]
		slow.delay.Store(int64(slowWay))
		time.Sleep(5 * time.Minute)
		if len(f.events) > 0 {
			t.Errorf("events %v, want none", f.events)
		}
		for _, n := range slow.Watching() {
			s := f.host(n.ID).Stats().Rings[0]
			if s.Late < 250 || s.Missed > 0 || s.Suspicions > 0 {
				t.Errorf("a neighbour of the slow host: %+v, want its answers late and none missed", s.Stats)
			}
		}
		next := slow.Watching()[0].ID
		f.kill(f.host(next))
		time.Sleep(time.Minute)
		var raised, cleared uint64
		for _, n := range slow.Watching() {
			s := f.host(n.ID).Stats().Rings[0]
			raised, cleared = raised+s.Suspicions, cleared+s.Cleared
		}
		if raised < 2 || cleared == 0 || len(f.of(ring.Dead, 5))+len(f.kinds(ring.Link)) > 0 {
			t.Errorf("%d suspicions, %d cleared, events %v; want the slow host suspected and cleared", raised, cleared, f.events)
		}
		killed := time.Now()
		slow.refuses.Store(true)
		f.kill(slow)
		time.Sleep(9 * time.Second)
		if deaths := f.of(ring.Dead, 5); len(deaths) == 0 {
			t.Errorf("events %v, want the death of the slow host", f.events)
		} else {
			t.Logf("the slow host was told to be dead after %v", deaths[0].at.Sub(killed))
		}
	})
}

// TestCarried: a verdict is refused in another ring than the one it was made for, by who is in both.
func TestCarried(t *testing.T) {
	inFleet(t, 6, func(f *fleet) {
		time.Sleep(time.Minute) // two represent the ring in the one above
		var both []*host
		for _, h := range f.hosts {
			if len(h.Rings()) == 2 {
				both = append(both, h)
			}
		}
		if len(both) != 2 {
			t.Fatalf("%d hosts are in two rings, want 2", len(both))
		}
		author, above := both[0], both[0].byLevel()[1]
		seal := func(label string) []byte {
			return author.sealer.Seal(nil, label, ring.Message{Kind: ring.Verdict, From: author.cfg.HostID,
				Subject: both[1].cfg.HostID, Boot: 9, State: ring.HostDead})
		}
		in := intruder{f: f, to: both[1], by: above}
		if refused := in.send(seal(author.base().label)); len(refused) != 1 || refused["signature"] != 1 {
			t.Errorf("refused %v, want 1 for its signature", refused)
		}
		if refused := in.send(seal(above.label)); len(refused) > 0 {
			t.Errorf("refused %v of what was made for the ring", refused)
		}
	})
}

// TestVerdictsSpread: half of a ring dies, and all others soon know all of it, though memberlist has as
// much to say of the dead.
func TestVerdictsSpread(t *testing.T) {
	const n = 64
	inFleet(t, 0, func(f *fleet) {
		for i := range n {
			cfg := f.config(i, 1)
			cfg.HostID = ring.HostID(fmt.Sprintf("%032x", i)) // as long as real ones: they fill the packets
			f.run(i, cfg)
		}
		f.settle(30 * time.Second)
		time.Sleep(time.Minute)
		for _, h := range f.hosts[:n/2] {
			h.refuses.Store(true)
			f.kill(h)
		}
		start := time.Now()
		f.settle(45 * time.Second) // memberlist's prober takes a minute
		t.Logf("%d of %d died: all know after %v", n/2, n, time.Since(start))
	})
}

// TestSegmentsAtTheStart: segments that are set while Run begins are told.
func TestSegmentsAtTheStart(t *testing.T) {
	inFleet(t, 2, func(f *fleet) {
		h := f.start(2, 1)
		h.SetSegments([]string{"rack:R7"})
		f.settle(15 * time.Second)
		time.Sleep(10 * time.Second)
		if got := f.hosts[0].base().roll.note("id-2").Segments; !slices.Equal(got, []string{"rack:R7"}) {
			t.Errorf("the others know segments %v", got)
		}
	})
}
