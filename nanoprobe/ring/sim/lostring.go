package sim

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// A witness of the loss of a ring's last representative pings so many of its members, twice.
	probedMembers = 16
	probeRounds   = 2
)

// below is a ring whose representatives are members of this one.
type below struct {
	name     string
	lifeless []lifeless // when nobody in it was up
	told     map[int]bool
}

type lifeless struct{ from, to time.Duration }

// worry is a witness's about the ring below that a dead representative stood for.
type worry struct {
	host  *host
	below int
	since time.Duration
}

// stoodFor makes h worry about the ring of a representative that it found dead.
func (w *world) stoodFor(h *host, e ring.Event) {
	if e.Kind == ring.Dead && len(w.plan.below) > 0 {
		below := w.plan.members[w.byID[e.Subject.ID]].below
		w.worries = append(w.worries, worry{h, below, w.now})
	}
}

// worryOn looks after the rings below. When the last representative of one is gone, whoever worries
// pings its members and tells of the loss if none answers; when one is there, the worry ends after a
// while.
func (w *world) worryOn() {
	const patience = 20 * time.Second
	w.worries = slices.DeleteFunc(w.worries, func(o worry) bool {
		if !o.host.up || w.now > o.since+patience {
			return true
		}
		if w.represented(o) {
			return false
		}
		w.packets.Pings += probeRounds * probedMembers
		w.schedule(fault{w.now + probeRounds*w.net.answer, func(w *world) {
			if i := w.lifelessNow(o.below); i >= 0 && o.host.up {
				w.tellLost(o.host, o.below, i)
			}
		}})
		return true
	})
}

// represented reports whether a representative of the ring is present to the one who worries.
func (w *world) represented(o worry) bool {
	return slices.ContainsFunc(o.host.machine.Members(), func(m ring.Member) bool {
		return w.plan.members[w.byID[m.ID]].below == o.below
	})
}

// lifelessNow is the index of the time, among those in which nobody in a ring below was up, that is
// now, or -1.
func (w *world) lifelessNow(i int) int {
	for j, l := range w.plan.below[i].lifeless {
		if l.from <= w.now && w.now < l.to {
			return j
		}
	}
	return -1
}

// tellLost tells once that a ring is gone.
func (w *world) tellLost(h *host, lost, which int) {
	b := &w.plan.below[lost]
	if b.told[which] {
		return
	}
	b.told[which] = true
	w.packets.Reports += reportPackets
	w.oracle.ringsLost = append(w.oracle.ringsLost, w.now-b.lifeless[which].from)
	if w.cfg.Event != nil {
		w.cfg.Event(Told{w.now, w.plan.name, ring.Event{
			Kind: ring.RingLost, Subject: h.member, Witness: h.member.ID, Ring: b.name, Incident: b.name,
		}})
	}
}

// unsaid checks in the end that every loss of a ring was told that somebody here lived to tell of.
func (o *oracle) unsaid() {
	for _, b := range o.w.plan.below {
		for i, l := range b.lifeless {
			lasted := min(l.to, o.w.now) - l.from
			if !b.told[i] && lasted > deathTold && o.w.up > seatsPerRing {
				o.violation("ring %s was gone for %v, and nobody said so", b.name, lasted)
			}
		}
	}
}
