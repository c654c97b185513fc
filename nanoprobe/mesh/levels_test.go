package mesh

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// small makes a handful of hosts several rings on three levels.
func small(cfg *Config) {
	cfg.BaseSizes = backbone.Sizes{Split: 6, Merge: 3, MergeSum: 5}
	cfg.AboveSizes = backbone.Sizes{Split: 6, Merge: 3, MergeSum: 5}
}

// rings maps the label of each ring to the hosts that say they are in it.
func (f *fleet) rings() (members map[string][]ring.HostID, status map[string][]RingStatus) {
	members, status = map[string][]ring.HostID{}, map[string][]RingStatus{}
	for _, h := range f.hosts {
		if h.down.Load() {
			continue
		}
		for _, r := range h.Rings() {
			members[r.Label] = append(members[r.Label], h.cfg.HostID)
			status[r.Label] = append(status[r.Label], r)
		}
	}
	for _, ids := range members {
		slices.Sort(ids)
	}
	return members, status
}

// wrong says what is not in order with the rings, if anything.
func (f *fleet) wrong() string {
	members, status := f.rings()
	bases := 0
	for label, ids := range members {
		offices, first := 0, status[label][0]
		for i, s := range status[label] {
			var seen []ring.HostID
			for _, o := range s.Members {
				seen = append(seen, o.ID)
			}
			if slices.Sort(seen); !slices.Equal(seen, ids) {
				return fmt.Sprintf("%s is in %s with %v, and sees %v", ids[i], label, ids, seen)
			}
			if s.Office {
				offices++
			}
		}
		for other := range status {
			if o := status[other][0]; other != label && o.Level == first.Level && o.Ring.Prefix.Overlaps(first.Ring.Prefix) {
				return fmt.Sprintf("rings %s and %s overlap", label, other)
			}
		}
		if want := min(2, len(ids)); first.Level == 0 && offices != want || first.Ring.Prefix.Len > 0 && offices > 2 {
			return fmt.Sprintf("ring %s of %d has %d representatives", label, len(ids), offices)
		}
		if first.Level == 0 {
			bases += len(ids)
		}
	}
	if bases != f.up() {
		return fmt.Sprintf("%d hosts have %d places in base rings", f.up(), bases)
	}
	return ""
}

// order waits until all is in order with the rings.
func (f *fleet) order(within time.Duration) time.Duration {
	f.t.Helper()
	for start := time.Now(); ; time.Sleep(time.Second) {
		wrong := f.wrong()
		if wrong == "" {
			return time.Since(start)
		}
		if time.Since(start) > within {
			members, _ := f.rings()
			f.t.Fatalf("after %v: %s; rings %v", within, wrong, members)
		}
	}
}

func (f *fleet) lives(id ring.HostID) bool {
	return slices.ContainsFunc(f.hosts, func(h *host) bool { return h.cfg.HostID == id && !h.down.Load() })
}

// host returns the host of that id, which is up.
func (f *fleet) host(id ring.HostID) *host {
	for _, h := range f.hosts {
		if h.cfg.HostID == id && !h.down.Load() {
			return h
		}
	}
	f.t.Fatalf("host %q is not up", id)
	return nil
}

// bases lists the base rings, the largest first.
func (f *fleet) bases() [][]ring.HostID {
	var bases [][]ring.HostID
	members, status := f.rings()
	for label, ids := range members {
		if status[label][0].Level == 0 {
			bases = append(bases, ids)
		}
	}
	slices.SortFunc(bases, func(a, b []ring.HostID) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(slices.Min(a), slices.Min(b)))
	})
	return bases
}

// levels counts the rings of each level.
func (f *fleet) levels() map[int]int {
	n := map[int]int{}
	_, status := f.rings()
	for _, s := range status {
		n[s[0].Level]++
	}
	return n
}

// TestLevels: a fleet grows to rings on three levels and more, loses all representatives of a ring, and
// then a whole ring, which is told of as that, and shrinks to a few hosts in one ring.
func TestLevels(t *testing.T) {
	inFleet(t, 0, func(f *fleet) {
		for i := range 20 {
			cfg := f.config(i, 1)
			small(&cfg)
			f.run(i, cfg)
			time.Sleep(2 * time.Second)
		}
		start := time.Now()
		for n := f.levels(); (n[1] < 2 || n[2] == 0) && time.Since(start) < 5*time.Minute; n = f.levels() {
			time.Sleep(time.Second)
		}
		f.order(5 * time.Minute)
		t.Logf("20 hosts in order after %v: rings by level %v", time.Since(start), f.levels())
		if n := f.levels(); n[0] < 3 || n[1] < 2 || n[2] < 1 {
			t.Errorf("rings by level %v, want three levels", n)
		}
		if len(f.events) > 0 {
			t.Errorf("events %v while rings split, want none", f.events)
		}
		f.loseRepresentatives()
		f.loseRing()
		f.shrink()
	})
}

// loseRepresentatives kills both of the largest ring.
func (f *fleet) loseRepresentatives() {
	killed := 0
	for _, id := range f.bases()[0] {
		if h := f.host(id); h.Rings()[0].Office {
			f.kill(h)
			killed++
		}
	}
	time.Sleep(15 * time.Second)
	f.t.Logf("%d representatives of a ring killed: in order after %v", killed, 15*time.Second+f.order(5*time.Minute))
	if n := len(f.kinds(ring.RingLost)); n > 0 {
		f.t.Errorf("%d rings told to be lost, want none: others live in it", n)
	}
}

// loseRing kills all members of the second largest ring.
func (f *fleet) loseRing() {
	time.Sleep(time.Minute) // whoever is new beside a representative has asked for the list of its ring
	lost, start := f.bases()[1], time.Now()
	for _, id := range lost {
		f.kill(f.host(id))
	}
	time.Sleep(time.Minute)
	told := f.kinds(ring.RingLost)
	if len(told) == 0 {
		f.t.Fatalf("ring of %v killed and not reported; events %v", lost, f.events)
	}
	f.t.Logf("a whole ring killed: reported after %v by %d", told[0].at.Sub(start), len(told))
	listed := map[ring.HostID]bool{} // a ring that was regrouping may be told under two names
	for _, e := range told {
		for _, o := range e.Members {
			listed[o.ID] = true
			if f.lives(o.ID) {
				f.t.Errorf("%q lists %v, which lives", e.ID(), o.ID)
			}
		}
	}
	for _, id := range lost {
		if !listed[id] {
			f.t.Errorf("ring of %v killed and %v not listed", lost, id)
		}
	}
	for _, id := range lost {
		for _, e := range f.kinds(ring.Dead) {
			if e.Subject.ID == id {
				f.t.Errorf("host %q told to be dead, want the ring alone", id)
			}
		}
	}
	f.t.Logf("in order after %v", time.Minute+f.order(10*time.Minute))
}

// shrink shuts down all but five hosts, one at a time.
func (f *fleet) shrink() {
	for _, h := range f.hosts {
		if f.up() == 5 {
			break
		}
		if !h.down.Load() {
			h.stop()
			<-h.done
			time.Sleep(5 * time.Second)
		}
	}
	start := time.Now()
	for len(f.bases()) > 1 && time.Since(start) < 15*time.Minute { // after losses rings hesitate to merge
		time.Sleep(time.Second)
	}
	f.order(time.Minute)
	if n := len(f.bases()); n > 1 {
		f.t.Errorf("5 hosts are in %d base rings after %v, want one", n, time.Since(start))
	}
	f.t.Logf("5 hosts left: %d base rings after %v", len(f.bases()), time.Since(start))
}
