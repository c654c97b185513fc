package mesh

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// claimant is a member that claims the id "id".
func claimant(addr, key string) peer {
	return peer{Member: ring.Member{ID: "id", Addr: addr, Boot: 1}, key: publicKey(key)}
}

// TestRoll: who comes first has the id until it is gone; a second one with its key inherits it, one
// with another key is refused until then.
func TestRoll(t *testing.T) {
	r, now := newRoll(), time.Unix(0, 0)
	first, second, thief := claimant("10.0.0.1:1", "a"), claimant("10.0.0.2:1", "a"), claimant("10.0.0.3:1", "b")
	if err := r.admit(first); err != nil || !r.enter(first) {
		t.Fatalf("the first is refused: %v", err)
	}
	if err := r.admit(second); err != nil || r.enter(second) {
		t.Errorf("the second, with the same key: %v, want it to wait", err)
	}
	if err := r.admit(thief); !errors.Is(err, errOtherKey) {
		t.Errorf("the third, with another key: %v", err)
	}
	if pairs := r.rivals(); len(pairs) != 1 || pairs[0].a != first.Member || pairs[0].b != second.Member {
		t.Errorf("rivals %v, want the first and the second", pairs)
	}
	if heirs := r.settle([]ring.Member{first.Member}, now); len(heirs) > 0 {
		t.Errorf("heirs %v of one that is present", heirs)
	}
	if heirs := r.settle(nil, now); len(heirs) != 1 || heirs[0] != second.Member {
		t.Errorf("heirs %v, want the second", heirs)
	}
	if r.leave("id", first.Addr) || !r.leave("id", second.Addr) {
		t.Error("want the second's loss to count, and the first's no longer")
	}
	if heirs := r.settle(nil, now); len(heirs) > 0 || len(r.rivals()) > 0 {
		t.Errorf("heirs %v and rivals %v of a host that nobody else claims", heirs, r.rivals())
	}
	if err := r.admit(thief); err != nil || !r.enter(thief) || !r.key("id").Equal(thief.key) {
		t.Errorf("another key once the host is gone: %v", err)
	}
}

// TestRollRefused: a host that was refused for its key does not inherit.
func TestRollRefused(t *testing.T) {
	r := newRoll()
	r.enter(claimant("10.0.0.1:1", "a"))
	thief := claimant("10.0.0.1:1", "b") // at the same address even
	if err := r.admit(thief); !errors.Is(err, errOtherKey) || len(r.rivals()) != 1 {
		t.Errorf("%v, rivals %v", err, r.rivals())
	}
	if heirs := r.settle(nil, time.Unix(0, 0)); len(heirs) > 0 || len(r.rivals()) > 0 {
		t.Errorf("heirs %v, rivals %v", heirs, r.rivals())
	}
}

// TestRollIsBounded whatever comes: a full ring admits nobody, and who went first is forgotten first.
func TestRollIsBounded(t *testing.T) {
	r, now := newRoll(), time.Unix(0, 0)
	for round := range 4 {
		for i := range ring.MaxMembers {
			p := peer{Member: ring.Member{ID: ring.HostID(fmt.Sprint(round, "/", i))}, key: publicKey("a")}
			if err := r.admit(p); err != nil {
				t.Fatalf("member %d of round %d: %v", i, round, err)
			}
			r.enter(p)
		}
		if err := r.admit(claimant("10.0.0.1:1", "a")); !errors.Is(err, ring.ErrFull) {
			t.Errorf("one too many: %v", err)
		}
		now = now.Add(time.Minute)
		r.settle(nil, now)
	}
	if len(r.byID) != maxRoll || r.key("1/0") != nil || r.key("2/0") == nil {
		t.Errorf("%d hosts, want %d, those of the last two rounds", len(r.byID), maxRoll)
	}
	if got := r.goneFor("2/0", now.Add(time.Minute)); got != 2*time.Minute {
		t.Errorf("gone for %v, want 2m", got)
	}
}

// TestBackSince: who was gone and is present counts from when it came back.
func TestBackSince(t *testing.T) {
	r, at := newRoll(), func(seconds int64) time.Time { return time.Unix(seconds, 0) }
	p := claimant("10.0.0.1:1", "a")
	r.enter(p)
	for _, step := range []struct {
		second  int64
		present bool
		want    int // that came back in second 20 or later
	}{{1, true, 0}, {10, false, 0}, {20, true, 1}, {21, true, 1}, {30, false, 0}} {
		var present []ring.Member
		if step.present {
			present = append(present, p.Member)
		}
		r.settle(present, at(step.second))
		if got := r.backSince(at(20)); got != step.want {
			t.Errorf("after second %d: %d came back, want %d", step.second, got, step.want)
		}
	}
	r.settle([]ring.Member{p.Member}, at(40))
	if r.backSince(at(40)) != 1 || r.backSince(at(41)) != 0 {
		t.Errorf("since second 40 %d came back and since 41 %d, want 1 and 0", r.backSince(at(40)), r.backSince(at(41)))
	}
}
