package ring

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

const (
	// MaxMembers bounds a ring. Joining and leaving cost each member memory and packets that grow
	// with it; larger fleets are several rings.
	MaxMembers = 256
	// maxGone bounds how many of those that died, left or were lost are remembered, to tell their
	// return from a first appearance.
	maxGone = 256
)

// ErrFull is returned for a member above MaxMembers.
var ErrFull = errors.New("the ring is full")

// HostID names a host for the life of its OS image, at most 64 bytes. An address does not: it is
// reused.
type HostID string

// Member is a nanoprobe as its ring knows it. (Boot, Epoch) orders what is said of one host.
type Member struct {
	ID    HostID `json:"host_id"`
	Name  string `json:"name"`  // of the host, for people
	Addr  string `json:"addr"`  // "ip:port", opaque to the ring
	Boot  uint64 `json:"boot"`  // larger at each start of the nanoprobe
	Epoch uint32 `json:"epoch"` // raised by the member when it refutes its death; 0 at each boot
}

// newer reports whether m is a later appearance of its host than (boot, epoch).
func (m Member) newer(boot uint64, epoch uint32) bool {
	return m.Boot > boot || m.Boot == boot && m.Epoch > epoch
}

// validate bounds what comes from the metadata of others.
func (m Member) validate() error {
	switch {
	case m.ID == "" || len(m.ID) > maxTextBytes:
		return fmt.Errorf("host id of %d bytes, 1 to %d", len(m.ID), maxTextBytes)
	case m.Boot == 0:
		return fmt.Errorf("host %q has boot 0", m.ID)
	}
	return nil
}

// entry is what is known of a host: one that is present, or one that is gone and why.
type entry struct {
	Member
	place    uint64    // on the circle
	gone     HostState // empty: present
	goneTick uint64    // when it went
	reported bool      // its death was reported by this machine
	// quietUntil is the tick before which it is not told again what is said of it.
	quietUntil uint64
}

// lost is the state of a host that memberlist dropped and that is not watched from here: it is no
// longer a neighbour to anyone, and no verdict.
const lost HostState = "lost"

// roster is all that is known of the ring, in the order of the circle, self among them.
type roster struct{ entries []entry }

// place spreads hosts over the circle whatever their ids look like.
func place(id HostID) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:])
}

// find returns the entry of id, or nil. It is good until the next add.
func (r *roster) find(id HostID) *entry {
	for i := range r.entries {
		if r.entries[i].ID == id {
			return &r.entries[i]
		}
	}
	return nil
}

// present counts those that are in the ring.
func (r *roster) present() int {
	n := 0
	for i := range r.entries {
		if r.entries[i].gone == "" {
			n++
		}
	}
	return n
}

// add puts a host on the circle that is not there yet.
func (r *roster) add(m Member) {
	e := entry{Member: m, place: place(m.ID)}
	i, _ := slices.BinarySearchFunc(r.entries, e, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.ID, b.ID))
	})
	r.entries = slices.Insert(r.entries, i, e)
}

// forget drops those that went first, until at most maxGone are remembered.
func (r *roster) forget() {
	for len(r.entries)-r.present() > maxGone {
		oldest := -1
		for i, e := range r.entries {
			if e.gone != "" && (oldest < 0 || e.goneTick < r.entries[oldest].goneTick) {
				oldest = i
			}
		}
		r.entries = slices.Delete(r.entries, oldest, oldest+1)
	}
}

// nearest lists the other present members, those closest to id on the circle first: its successor,
// its predecessor, the second successor and so on.
func (r *roster) nearest(id HostID) []Member {
	at := slices.IndexFunc(r.entries, func(e entry) bool { return e.ID == id })
	if at < 0 {
		return nil
	}
	var after []Member // once around, from id's successor to its predecessor
	for i := 1; i < len(r.entries); i++ {
		if e := r.entries[(at+i)%len(r.entries)]; e.gone == "" {
			after = append(after, e.Member)
		}
	}
	near := make([]Member, 0, len(after))
	for lo, hi := 0, len(after)-1; lo <= hi; lo, hi = lo+1, hi-1 {
		near = append(near, after[lo])
		if lo < hi {
			near = append(near, after[hi])
		}
	}
	return near
}

// neighbours lists whom id watches, and who watches it: the relation is symmetric.
func (r *roster) neighbours(id HostID, perSide int) []Member {
	if r.present() < smallRing {
		perSide = 2
	}
	near := r.nearest(id)
	return near[:min(2*perSide, len(near))]
}
