package mesh

import (
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestClonesAreLookedAtNowAndThen, reported ones less often, and not more of them than are remembered.
func TestClonesAreLookedAtNowAndThen(t *testing.T) {
	c, now := newCloneWatch(), time.Unix(0, 0)
	if !c.due("a", now) || c.due("a", now.Add(lookEvery-1)) || !c.due("a", now.Add(lookEvery)) {
		t.Errorf("want a due at once and after %v, and not between", lookEvery)
	}
	c.reported("a", now)
	if c.due("a", now.Add(cloneEvery-1)) || !c.due("a", now.Add(cloneEvery)) {
		t.Errorf("want a due %v after it was reported, and not before", cloneEvery)
	}
	now = now.Add(cloneEvery)
	looks := 0
	for i := range 1000 {
		if c.due(ring.HostID(fmt.Sprint(i)), now) {
			looks++
		}
	}
	if looks != maxConflicts-1 {
		t.Errorf("%d looks at once, want %d", looks, maxConflicts-1)
	}
}

// TestClonedEvent is one event whoever saw it first.
func TestClonedEvent(t *testing.T) {
	old, young := ring.Member{ID: "a", Boot: 1, Addr: "10.0.0.2:1"}, ring.Member{ID: "a", Boot: 2, Addr: "10.0.0.1:1"}
	twin := ring.Member{ID: "a", Boot: 1, Addr: "10.0.0.3:1"}
	for _, pair := range []conflict{{a: old, b: young}, {a: young, b: old}, {a: old, b: twin}, {a: twin, b: old}} {
		e := clonedEvent(pair, "w")
		if e.Subject != old || *e.Other == old || e.ID() != clonedEvent(conflict{a: pair.b, b: pair.a}, "v").ID() {
			t.Errorf("%+v: event %+v, want the older one, then the other", pair, e)
		}
	}
}
