package mesh

import (
	"sync"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// maxMessages bounds the datagrams that wait for the loop, which takes microseconds for each.
	maxMessages = 512
	// maxChanges bounds the hosts whose membership changed while the loop was busy. A ring refuses
	// further members long before.
	maxChanges = 4 * ring.MaxMembers
	// maxConflicts bounds the host ids under which two addresses were seen.
	maxConflicts = 64
)

// conflict is two hosts, or two addresses of one, under one id.
type conflict struct{ a, b ring.Member }

// inbox takes what memberlist calls back with, while it holds its lock, to the loop. It never blocks.
// Of membership it keeps the newest word on each host, so that none is lost; messages, which are
// datagrams anyway, are dropped and counted when the loop is far behind.
type inbox struct {
	wake chan struct{} // of capacity 1: there is something to take

	mu        sync.Mutex
	order     []ring.HostID // hosts in the order of their first change
	changes   map[ring.HostID]ring.Input
	messages  []ring.Input
	conflicts map[ring.HostID]conflict
	dropped   uint64
}

func newInbox() *inbox {
	return &inbox{
		wake:    make(chan struct{}, 1),
		changes: map[ring.HostID]ring.Input{}, conflicts: map[ring.HostID]conflict{},
	}
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

func (b *inbox) message(in ring.Input) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.messages) == maxMessages {
		b.dropped++
		return
	}
	b.messages = append(b.messages, in)
	b.signal()
}

func (b *inbox) conflict(c conflict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.conflicts[c.a.ID]; known || len(b.conflicts) < maxConflicts {
		b.conflicts[c.a.ID] = c
		b.signal()
	}
}

func (b *inbox) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropped++
}

func (b *inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the inbox. Membership comes first: messages speak of members.
func (b *inbox) take() ([]ring.Input, []conflict) {
	b.mu.Lock()
	defer b.mu.Unlock()
	inputs := make([]ring.Input, 0, len(b.order)+len(b.messages))
	for _, id := range b.order {
		inputs = append(inputs, b.changes[id])
	}
	inputs = append(inputs, b.messages...)
	var conflicts []conflict
	for _, c := range b.conflicts {
		conflicts = append(conflicts, c)
	}
	b.order, b.messages = nil, nil
	clear(b.changes)
	clear(b.conflicts)
	return inputs, conflicts
}
