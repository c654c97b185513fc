package mesh

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxRoll bounds the hosts that a roll holds: those present, and as many that are gone. Who went
// first is forgotten first.
const maxRoll = 2 * ring.MaxMembers

// errOtherKey refuses a host that claims the id of a member and has not its key.
var errOtherKey = errors.New("the host is a member under another key")

// roll says who is who in one ring: which member has a host id, and with which key. The first that
// comes with an id has it until it is gone; a second one at another address waits for that, and one
// with another key is refused. memberlist's callbacks and the loop share it.
type roll struct {
	mu   sync.Mutex
	byID map[ring.HostID]*holder
}

// holder is the member that has a host id.
type holder struct {
	peer
	gone  time.Time // when it went; zero: it is present
	back  time.Time // when it came back last; zero: it was never gone
	rival *rival    // claims the same id
}

type rival struct {
	peer
	refused bool // it has another key, so it can't inherit
}

func newRoll() *roll { return &roll{byID: map[ring.HostID]*holder{}} }

// admit says why p may not be a member, if so.
func (r *roll) admit(p peer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byID[p.ID]
	switch {
	case h == nil && r.present() >= ring.MaxMembers:
		return fmt.Errorf("host %q: %w", p.ID, ring.ErrFull)
	case h != nil && h.gone.IsZero() && !h.key.Equal(p.key):
		if h.rival == nil {
			h.rival = &rival{peer: p, refused: true}
		}
		return fmt.Errorf("host %q at %s: %w", p.ID, p.Addr, errOtherKey)
	}
	return nil
}

// enter takes a member that memberlist lists, and reports whether it has its host id now.
func (r *roll) enter(p peer) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byID[p.ID]
	switch {
	case h == nil:
		r.forget()
		r.byID[p.ID] = &holder{peer: p}
	case h.Addr == p.Addr || !h.gone.IsZero():
		h.peer = p
		if h.rival != nil && h.rival.Addr == p.Addr {
			h.rival = nil
		}
	default:
		h.rival = &rival{peer: p}
		return false
	}
	return true
}

// leave takes the loss of the member at addr, and reports whether that one had the id.
func (r *roll) leave(id ring.HostID, addr string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byID[id]
	if h == nil {
		return false
	}
	if h.rival != nil && h.rival.Addr == addr {
		h.rival = nil
	}
	return h.Addr == addr
}

// settle takes who is present on the circle, and returns the rivals of those that are not: they have
// their ids from here on.
func (r *roll) settle(present []ring.Member, now time.Time) []ring.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	here := make(map[ring.HostID]bool, len(present))
	for _, m := range present {
		here[m.ID] = true
	}
	var heirs []ring.Member
	for id, h := range r.byID {
		switch {
		case here[id]:
			if !h.gone.IsZero() {
				h.back, h.gone = now, time.Time{}
			}
		case h.rival != nil && !h.rival.refused:
			*h = holder{peer: h.rival.peer}
			heirs = append(heirs, h.Member)
		case h.gone.IsZero():
			h.gone, h.rival = now, nil
		}
	}
	slices.SortFunc(heirs, func(a, b ring.Member) int { return cmp.Compare(a.ID, b.ID) })
	return heirs
}

// rivals lists the pairs of members that claim one id, at most maxConflicts.
func (r *roll) rivals() []conflict {
	r.mu.Lock()
	defer r.mu.Unlock()
	var pairs []conflict
	for _, h := range r.byID {
		if h.rival != nil && len(pairs) < maxConflicts {
			pairs = append(pairs, conflict{a: h.Member, b: h.rival.Member, refused: h.rival.refused})
		}
	}
	return pairs
}

// present counts the holders that are not gone. mu is held.
func (r *roll) present() int {
	n := 0
	for _, h := range r.byID {
		if h.gone.IsZero() {
			n++
		}
	}
	return n
}

// forget makes room for one more by dropping who is gone for longest. mu is held.
func (r *roll) forget() {
	if len(r.byID) < maxRoll {
		return
	}
	var oldest ring.HostID
	for id, h := range r.byID {
		if !h.gone.IsZero() && (oldest == "" || h.gone.Before(r.byID[oldest].gone)) {
			oldest = id
		}
	}
	delete(r.byID, oldest) // admit keeps the present below half of maxRoll, so there is one
}

// key returns the public key of a host, nil if it is unknown.
func (r *roll) key(id ring.HostID) ed25519.PublicKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.byID[id]; h != nil {
		return h.key
	}
	return nil
}

// member returns what is known of a host; zero if nothing is.
func (r *roll) member(id ring.HostID) ring.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.byID[id]; h != nil {
		return h.Member
	}
	return ring.Member{ID: id}
}

// note returns what a host tells of itself.
func (r *roll) note(id ring.HostID) backbone.Note {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.byID[id]; h != nil {
		return h.note
	}
	return backbone.Note{}
}

// backSince counts who is present and came back at a time or later.
func (r *roll) backSince(t time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, h := range r.byID {
		if h.gone.IsZero() && !h.back.IsZero() && !h.back.Before(t) {
			n++
		}
	}
	return n
}

// goneFor returns how long a host has been gone at now; 0 if it is not.
func (r *roll) goneFor(id ring.HostID, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.byID[id]; h != nil && !h.gone.IsZero() {
		return now.Sub(h.gone)
	}
	return 0
}
