package mesh

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// inRings runs test on n hosts in several base rings under one ring, with no CMA.
func inRings(t *testing.T, n int, test func(f *fleet)) {
	t.Helper()
	inFleet(t, 0, func(f *fleet) {
		for i := range n {
			cfg := f.config(i, 1)
			small(&cfg)
			cfg.AboveSizes.Split = 30
			cfg.CMAAway = func() bool { return true }
			f.run(i, cfg)
			time.Sleep(2 * time.Second)
		}
		time.Sleep(2 * time.Minute)
		f.order(5 * time.Minute)
		if n := f.levels(); n[0] < 3 || n[1] != 1 {
			t.Fatalf("rings by level %v, want three base rings under one", n)
		}
		test(f)
	})
}

// hang has hosts tell that they hang on segments, and waits until their rings know it.
func (f *fleet) hang(ids []ring.HostID, segments ...string) {
	for _, id := range ids {
		f.host(id).SetSegments(segments)
	}
	time.Sleep(30 * time.Second)
}

// die kills hosts at once and waits for what is told of it.
func (f *fleet) die(ids []ring.HostID) time.Time {
	start := time.Now()
	for _, id := range ids {
		f.kill(f.host(id))
	}
	time.Sleep(90 * time.Second)
	return start
}

// wantOneSwitch holds what was told since start against the truth: one event, within 45 s, whose tellers
// list all of the dead between them, and nobody else, and count those that they don't list.
func (f *fleet) wantOneSwitch(start time.Time, segment string, dead []ring.HostID) {
	f.t.Helper()
	told := f.kinds(ring.SwitchDown)
	if len(told) == 0 {
		f.t.Fatalf("events %v, want %s to be down", f.events, segment)
	}
	var listed []ring.HostID
	for _, e := range told {
		if e.ID() != told[0].ID() || e.Segment != segment || e.Kind != ring.SwitchDown {
			f.t.Errorf("%s of %s is told as well, want %s alone", e.ID(), e.Segment, told[0].ID())
		}
		if after := e.at.Sub(start); after > 45*time.Second {
			f.t.Errorf("%s told %s after %v, want 45s at most", e.Witness, e.ID(), after)
		}
		if n := max(e.HostCount, len(e.Members)); n != len(dead) {
			f.t.Errorf("%s lists %d hosts of %d, want %d", e.Witness, len(e.Members), n, len(dead))
		}
		for _, o := range e.Members {
			listed = append(listed, o.ID)
		}
	}
	slices.Sort(listed)
	if listed = slices.Compact(listed); !slices.Equal(listed, slices.Sorted(slices.Values(dead))) {
		f.t.Errorf("%v are listed, %v died", listed, dead)
	}
	f.t.Logf("%s told after %v by %d, the last after %v", told[0].ID(), told[0].at.Sub(start), len(told), told[len(told)-1].at.Sub(start))
}

// TestSwitchOverRings: a switch whose hosts are in three rings, a representative of each among them, is
// told once.
func TestSwitchOverRings(t *testing.T) {
	inRings(t, 16, func(f *fleet) {
		var dead []ring.HostID
		for _, base := range f.bases()[:3] {
			office := slices.IndexFunc(base, func(id ring.HostID) bool { return f.host(id).Rings()[0].Office })
			dead = append(dead, base[office], base[(office+1)%len(base)])
		}
		f.hang(dead, "switch:s1", "rack:r1")
		start := f.die(dead)
		f.wantOneSwitch(start, "switch:s1", dead)
	})
}

// TestSwitchOfOneInEachRing: its hosts have nobody in their rings to share their fate.
func TestSwitchOfOneInEachRing(t *testing.T) {
	inRings(t, 16, func(f *fleet) {
		var dead []ring.HostID
		for _, base := range f.bases()[:3] {
			dead = append(dead, base[0])
		}
		f.hang(dead, "switch:s1")
		f.wantOneSwitch(f.die(dead), "switch:s1", dead)
	})
}

// TestDeathsApart: hosts that die at once in three rings, and have a subnet with many others and no switch in
// common, are told each for itself.
func TestDeathsApart(t *testing.T) {
	inRings(t, 16, func(f *fleet) {
		for i, h := range f.hosts {
			h.SetSegments([]string{fmt.Sprint("switch:s", i), "subnet:10.0.0.0/24"})
		}
		time.Sleep(30 * time.Second)
		var dead []ring.HostID
		for _, base := range f.bases()[:3] {
			dead = append(dead, base[0])
		}
		f.die(dead)
		for _, kind := range []ring.Kind{ring.SwitchDown, ring.SegmentDown} {
			if told := f.kinds(kind); len(told) > 0 {
				t.Errorf("%s is told: %+v", kind, told[0].Event)
			}
		}
		for _, id := range dead {
			if !slices.ContainsFunc(f.kinds(ring.Dead), func(e seen) bool { return e.Subject.ID == id }) {
				t.Errorf("%s is not told to be dead", id)
			}
		}
	})
}

// TestOthersHostsLive: a switch of which all hosts of one ring died, and more live in other rings, is not told
// to be down.
func TestOthersHostsLive(t *testing.T) {
	inRings(t, 16, func(f *fleet) {
		bases := f.bases()
		dead := bases[0][:3]
		f.hang(slices.Concat(dead, bases[1], bases[2]), "switch:s1")
		f.die(dead)
		if told := f.kinds(ring.SwitchDown); len(told) > 0 {
			t.Errorf("told: %+v; bases %v", told[0].Event, bases)
		}
	})
}

// TestTalliesRefused: tallies go from representative to representative in the ring above, and nowhere else.
func TestTalliesRefused(t *testing.T) {
	inFleet(t, 4, func(f *fleet) {
		in := intruder{f: f, to: f.hosts[0], by: f.hosts[1].base()}
		b, _ := f.hosts[1].sealer.SealTallies(nil, in.by.label, []ring.Tally{{Segment: "switch:s1", Up: 3}})
		if refused := in.send(b); refused["stranger"] != 1 {
			t.Errorf("refused %v, want a stranger", refused)
		}
	})
}
