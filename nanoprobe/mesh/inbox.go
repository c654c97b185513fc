package mesh

import (
	"sync"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// maxLetters bounds the datagrams that wait for the loop, which takes some 60 µs for each, most
	// of it for the signature.
	maxLetters = 512
	// maxSets bounds the sets of verdicts among them, of at most 32 KB each: one comes with each
	// exchange of all state.
	maxSets = 16
	// maxChanges bounds the hosts whose membership changed while the loop was busy. A ring refuses
	// further members long before.
	maxChanges = 4 * ring.MaxMembers
	// maxConflicts bounds the host ids that are looked at because two hosts claim them.
	maxConflicts = 64
)

// letter is a sealed message or set of verdicts.
type letter struct {
	bytes []byte
	set   bool
}

// inbox takes what memberlist calls back with, while it holds its lock, to the loop. It never blocks.
// Of membership it keeps the newest word on each host, so that none is lost; letters are dropped and
// counted when the loop is far behind: most are datagrams anyway.
type inbox struct {
	wake chan struct{} // of capacity 1: there is something to take

	mu      sync.Mutex
	order   []ring.HostID // hosts in the order of their first change
	changes map[ring.HostID]ring.Input
	letters []letter
	sets    int // among letters
	dropped uint64
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), changes: map[ring.HostID]ring.Input{}}
}

func (b *inbox) change(id ring.HostID, in ring.Input) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.changes[id]; !known {
		if len(b.order) == maxChanges {
			b.dropped++
			return
		}
		b.order = append(b.order, id)
	}
	b.changes[id] = in
	b.signal()
}

func (b *inbox) letter(l letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.letters) == maxLetters || l.set && b.sets == maxSets || len(l.bytes) > ring.MaxVerdictsBytes {
		b.dropped++
		return
	}
	if l.set {
		b.sets++
	}
	b.letters = append(b.letters, l)
	b.signal()
}

// signal wakes the loop.
func (b *inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox. Membership goes first: letters are of members.
func (b *inbox) take() ([]ring.Input, []letter) {
	b.mu.Lock()
	defer b.mu.Unlock()
	changes := make([]ring.Input, 0, len(b.order)+len(b.letters))
	for _, id := range b.order {
		changes = append(changes, b.changes[id])
	}
	letters := b.letters
	b.order, b.letters, b.sets = nil, nil, 0
	clear(b.changes)
	return changes, letters
}

func (b *inbox) lost() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}
