package ring

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

const (
	// MaxMembers bounds a ring. Joining and leaving cost each member memory and packets that grow
	// with it; larger fleets are several rings. A ring is split at 256 at the latest, and more may
	// join while it is.
	MaxMembers = 320
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
	case !utf8.ValidString(string(m.ID)) || !utf8.ValidString(m.Name) || !utf8.ValidString(m.Addr):
		return fmt.Errorf("host %q, %q at %q: not all of it is UTF-8", m.ID, m.Name, m.Addr)
	case m.Boot == 0:
		return fmt.Errorf("host %q has boot 0", m.ID)
	}
	return nil
}

// entry is what is known of a host: one that is present, or one that is gone and why.
type entry struct {
	Member
	place     uint64    // on the circle
	gone      HostState // empty: present
	goneTick  uint64    // when it went
	heardTick uint64    // when a message of it came last; 0: never
	reported  bool      // its death was reported by this machine
	// quietUntil is the tick before which it is not told again what is said of it.
	quietUntil uint64
	flaps      flaps
}

// dead reports whether there was a verdict.
func (e *entry) dead() bool { return e.gone == HostDead || e.gone == NanoprobeDown }

// lost is the state of a host that memberlist dropped and that is not watched from here: it is no
// longer a neighbour to anyone, and no verdict.
const lost HostState = "lost"

// roster is all that is known of the ring, in the order of the circle, self among them.
type roster struct {
	entries []entry
	// index is the place of each host in entries. It is replaced and never changed, so that many
	// rosters can have one.
	index   map[HostID]int
	present int // entries that are not gone
}

// place spreads hosts over the circle whatever their ids look like.
func place(id HostID) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:])
}

// newRoster returns the roster of members with different ids, all of them present.
func newRoster(members ...Member) roster {
	r := roster{present: len(members)}
	for _, m := range members {
		r.entries = append(r.entries, entry{Member: m, place: place(m.ID)})
	}
	slices.SortFunc(r.entries, byPlace)
	r.reindex()
	return r
}

func byPlace(a, b entry) int { return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.ID, b.ID)) }

func (r *roster) reindex() {
	r.index = make(map[HostID]int, len(r.entries))
	for i := range r.entries {
		r.index[r.entries[i].ID] = i
	}
}

// find returns the entry of id, or nil. It is good until the next add or forget.
func (r *roster) find(id HostID) *entry {
	if i, known := r.index[id]; known {
		return &r.entries[i]
	}
	return nil
}

// add puts a host on the circle that is not there yet.
func (r *roster) add(m Member) {
	e := entry{Member: m, place: place(m.ID)}
	i, _ := slices.BinarySearchFunc(r.entries, e, byPlace)
	r.entries = slices.Insert(r.entries, i, e)
	r.present++
	r.reindex()
}

// remove takes a present host off the circle, and remembers it.
func (r *roster) remove(e *entry, state HostState, tick uint64) {
	e.gone, e.goneTick = state, tick
	r.present--
}

// restore puts a host back on the circle that was gone.
func (r *roster) restore(e *entry) {
	e.gone = ""
	r.present++
}

// forget drops those that went first, until at most maxGone are remembered.
func (r *roster) forget() {
	for len(r.entries)-r.present > maxGone {
		oldest := -1
		for i := range r.entries {
			if e := &r.entries[i]; e.gone != "" && (oldest < 0 || e.goneTick < r.entries[oldest].goneTick) {
				oldest = i
			}
		}
		r.entries = slices.Delete(r.entries, oldest, oldest+1)
		r.reindex()
	}
}

// walk calls take with the other present members, those closest to id on the circle first: its
// successor, its predecessor, the second successor and so on. A side on which take returns false is
// not walked further.
func (r *roster) walk(id HostID, take func(e *entry, side int) bool) {
	start, known := r.index[id]
	if !known {
		return
	}
	left := r.present // others not passed yet
	if r.entries[start].gone == "" {
		left--
	}
	at, more := [2]int{start, start}, [2]bool{true, true}
	for side := 0; left > 0 && (more[0] || more[1]); side = 1 - side {
		if !more[side] {
			continue
		}
		at[side] = r.after(at[side], side)
		more[side] = take(&r.entries[at[side]], side)
		left--
	}
}

// after is where the next present member lies after i, on side 0 clockwise.
func (r *roster) after(i, side int) int {
	step := 1
	if side == 1 {
		step = len(r.entries) - 1
	}
	for i = (i + step) % len(r.entries); r.entries[i].gone != ""; {
		i = (i + step) % len(r.entries)
	}
	return i
}

// perSide is how many each watches on either side.
func (r *roster) perSide(p Profile) int {
	if r.present < smallRing {
		return 2
	}
	return p.PerSide
}

// adjacent reports whether a and b watch each other, or would if both were present.
func (r *roster) adjacent(a, b HostID, p Profile) bool {
	found, left := false, [2]int{r.perSide(p), r.perSide(p)}
	r.walk(a, func(e *entry, side int) bool {
		found = found || e.ID == b
		left[side]--
		return !found && left[side] > 0
	})
	return found
}
