package mesh

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestInbox: the newest word on each host stays, in order of the first.
func TestInbox(t *testing.T) {
	b := newInbox()
	letters := []letter{{bytes: []byte("x")}, {bytes: []byte("y"), set: true}}
	for _, l := range letters {
		b.letter(l)
	}
	b.change("a", ring.Lost{ID: "a"})
	b.change("b", ring.Lost{ID: "b"})
	back := ring.Joined{Member: ring.Member{ID: "a"}}
	b.change("a", back)
	<-b.wake
	changes, got := b.take()
	if want := []ring.Input{back, ring.Lost{ID: "b"}}; !reflect.DeepEqual(changes, want) || !reflect.DeepEqual(got, letters) {
		t.Errorf("took %v and %v, want %v and %v", changes, got, want, letters)
	}
	if changes, got := b.take(); len(changes)+len(got) > 0 {
		t.Errorf("took %v and %v again", changes, got)
	}
}

// TestInboxIsBounded whatever a stranger sends.
func TestInboxIsBounded(t *testing.T) {
	b := newInbox()
	for i := range 10_000 {
		id := ring.HostID(fmt.Sprint(i))
		b.letter(letter{bytes: fmt.Append(nil, "set", i), set: true})
		b.change(id, ring.Lost{ID: id})
	}
	for i := range 10_000 {
		b.letter(letter{bytes: fmt.Append(nil, i)})
	}
	b.letter(letter{bytes: make([]byte, ring.MaxVerdictsBytes+1)})
	changes, letters := b.take()
	if len(changes) != maxChanges || len(letters) != maxLetters {
		t.Errorf("%d changes and %d letters, want %d and %d", len(changes), len(letters), maxChanges, maxLetters)
	}
	if want := uint64(30_001 - maxChanges - maxLetters); b.lost() != want {
		t.Errorf("%d dropped, want %d", b.lost(), want)
	}
	for i := range 10_000 {
		b.letter(letter{bytes: fmt.Append(nil, "more", i), set: true})
	}
	if _, letters := b.take(); len(letters) != maxSets {
		t.Errorf("%d sets of verdicts, want %d", len(letters), maxSets)
	}
}
