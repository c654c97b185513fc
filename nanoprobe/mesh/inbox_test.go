package mesh

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestInbox: the newest word on each host stays, in order of the first; messages come after.
func TestInbox(t *testing.T) {
	b := newInbox()
	ask := ring.Received{Message: ring.Message{Kind: ring.Ask, From: "a", Subject: "b"}}
	b.message(ask)
	b.change("a", ring.Lost{ID: "a"})
	b.change("b", ring.Lost{ID: "b"})
	back := ring.Joined{Member: ring.Member{ID: "a"}}
	b.change("a", back)
	b.conflict(conflict{a: ring.Member{ID: "c"}})
	<-b.wake
	got, conflicts := b.take()
	want := []ring.Input{back, ring.Lost{ID: "b"}, ask}
	if !slices.Equal(got, want) || len(conflicts) != 1 {
		t.Errorf("took %v and %v, want %v and a conflict", got, conflicts, want)
	}
	if again, conflicts := b.take(); len(again)+len(conflicts) > 0 {
		t.Errorf("took %v and %v again", again, conflicts)
	}
}

// TestInboxIsBounded whatever a stranger sends.
func TestInboxIsBounded(t *testing.T) {
	b := newInbox()
	for i := range 10_000 {
		id := ring.HostID(fmt.Sprint(i))
		b.message(ring.Received{})
		b.change(id, ring.Lost{ID: id})
		b.conflict(conflict{a: ring.Member{ID: id}})
	}
	got, conflicts := b.take()
	if len(got) != maxMessages+maxChanges || len(conflicts) != maxConflicts {
		t.Errorf("%d inputs and %d conflicts, want %d and %d", len(got), len(conflicts), maxMessages+maxChanges, maxConflicts)
	}
	if want := uint64(20_000 - maxMessages - maxChanges); b.dropped != want {
		t.Errorf("%d dropped, want %d", b.dropped, want)
	}
}

// TestClonesAreLookedAtNowAndThen, and not more of them than are remembered.
func TestClonesAreLookedAtNowAndThen(t *testing.T) {
	c, now := newCloneWatch(), time.Unix(0, 0)
	if !c.due("a", now) || c.due("a", now.Add(cloneEvery-1)) || !c.due("a", now.Add(cloneEvery)) {
		t.Errorf("want a due at once and after %v, and not between", cloneEvery)
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
	for _, pair := range []conflict{{old, young}, {young, old}, {old, twin}, {twin, old}} {
		e := clonedEvent(pair, "w")
		if e.Subject != old || *e.Other == old || e.ID() != clonedEvent(conflict{pair.b, pair.a}, "v").ID() {
			t.Errorf("%+v: event %+v, want the older one, then the other", pair, e)
		}
	}
}
