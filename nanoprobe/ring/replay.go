package ring

import (
	"fmt"
	"sync"
)

const (
	// windowBits is how many numbers below an author's newest are remembered. A broadcast may take
	// 20 s to all members, and its author may say dozens of things meanwhile when many die at once.
	windowBits = 256
	// maxAuthors bounds the windows: of the members of two rings, and of some that are gone.
	maxAuthors = 4 * MaxMembers
)

// Replays refuses what was received before. One serves all rings of a host, like its peers' Sealers.
// The zero value is ready. It is safe for concurrent use.
type Replays struct {
	mu      sync.Mutex
	windows map[HostID]*window
	used    uint64 // grows with each message, to tell which window was not used for longest
}

// window remembers the numbers of one author's messages since its boot.
type window struct {
	boot   uint64
	newest uint64
	seen   [windowBits / 64]uint64 // bit number mod windowBits, for the windowBits newest
	used   uint64
}

// Admit notes a message that Open returned. It returns ErrReplay if that is not its first time, if
// its author has a later boot by now, or if it is older than what can be told.
func (r *Replays) Admit(m Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used++
	w := r.windows[m.From]
	if w == nil {
		w = r.open(m.From)
	}
	w.used = r.used
	if !w.admit(m.FromBoot, m.Serial) {
		return fmt.Errorf("message %d of boot %d from %q: %w", m.Serial, m.FromBoot, m.From, ErrReplay)
	}
	return nil
}

// open makes a window, in the place of the one that was not used for longest when there are too many.
func (r *Replays) open(id HostID) *window {
	if r.windows == nil {
		r.windows = map[HostID]*window{}
	}
	if len(r.windows) == maxAuthors {
		var oldest HostID
		for id, w := range r.windows {
			if oldest == "" || w.used < r.windows[oldest].used {
				oldest = id
			}
		}
		delete(r.windows, oldest)
	}
	w := &window{}
	r.windows[id] = w
	return w
}

func (w *window) admit(boot, serial uint64) bool {
	if boot < w.boot {
		return false
	}
	if boot > w.boot {
		*w = window{boot: boot, used: w.used}
	}
	if serial+windowBits <= w.newest {
		return false
	}
	for skipped := w.newest + 1; skipped <= serial && skipped <= w.newest+windowBits; skipped++ {
		w.seen[skipped%windowBits/64] &^= 1 << (skipped % 64)
	}
	w.newest = max(w.newest, serial)
	slot, bit := &w.seen[serial%windowBits/64], uint64(1)<<(serial%64)
	if *slot&bit != 0 {
		return false
	}
	*slot |= bit
	return true
}
