package sim

import (
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// seat is one of a ring's two places in the ring above. Whoever has it keeps it; a vacant one goes to
// the member of lowest place that has none, once that one has seen its predecessor go.
type seat struct {
	holder int // index of the host, -1 if nobody ever was
	vacant bool
}

// tenure is somebody's time in a seat.
type tenure struct {
	host     int
	seat     int
	from, to time.Duration // to is forever for those who have it in the end
	end      ring.HostState
}

// outage is a time in which a host was down.
type outage struct {
	host     int
	from, to time.Duration
	state    ring.HostState
}

const forever = time.Duration(1<<63 - 1)

// outcome is what the rings above need to know of a ring.
type outcome struct {
	members int           // that were there at some time
	ids     []ring.HostID // of them, in a ring above a base ring
	tenures []tenure
	outages []outage
}

// outcomeOf is that of a ring at the start.
func outcomeOf(p plan) outcome {
	o := outcome{members: len(p.members)}
	for _, m := range p.members {
		if p.level > 0 {
			o.ids = append(o.ids, m.id)
		}
	}
	for i, s := range firstSeats(p) {
		if !s.vacant {
			o.tenures = append(o.tenures, tenure{host: s.holder, seat: i, to: forever})
		}
	}
	return o
}

// firstSeats gives the seats to the first members there are.
func firstSeats(p plan) [seatsPerRing]seat {
	var seats [seatsPerRing]seat
	for i := range seats {
		seats[i] = seat{holder: -1, vacant: true}
		if i < len(p.members) && !p.members[i].late {
			seats[i] = seat{holder: i}
		}
	}
	return seats
}

// vacate ends the tenure of a host that goes.
func (w *world) vacate(h *host, state ring.HostState) {
	for i := range w.seats {
		if s := &w.seats[i]; s.holder == h.index && !s.vacant {
			s.vacant = true
			w.outcome.resign(h.index, w.now, state)
		}
	}
}

// fillSeats gives vacant seats to those who may have them by now.
func (w *world) fillSeats() {
	for i := range w.seats {
		s := &w.seats[i]
		if !s.vacant {
			continue
		}
		if next := w.heir(); next != nil && (s.holder < 0 || !w.lists(next, s.holder) || next.index == s.holder) {
			*s = seat{holder: next.index}
			w.outcome.tenures = append(w.outcome.tenures, tenure{host: next.index, seat: i, from: w.now, to: forever})
		}
	}
}

// heir is the member of lowest place that has no seat, or nil.
func (w *world) heir() *host {
	for _, i := range w.circle() {
		if h := w.hosts[i]; h.up && !w.seated(i) {
			return h
		}
	}
	return nil
}

func (w *world) seated(host int) bool {
	for _, s := range w.seats {
		if s.holder == host && !s.vacant {
			return true
		}
	}
	return false
}

// lists reports whether h's machine holds another host to be present.
func (w *world) lists(h *host, other int) bool {
	for _, m := range h.machine.Members() {
		if w.byID[m.ID] == other {
			return true
		}
	}
	return false
}

// seatOpen reports whether a seat will be filled soon.
func (w *world) seatOpen() bool {
	for _, s := range w.seats {
		if s.vacant && w.heir() != nil {
			return true
		}
	}
	return false
}

// resign ends the newest tenure of host.
func (o *outcome) resign(host int, at time.Duration, end ring.HostState) {
	for i := len(o.tenures) - 1; i >= 0; i-- {
		if t := &o.tenures[i]; t.host == host && t.to == forever {
			t.to, t.end = at, end
			return
		}
	}
}

// ended notes that a host went down.
func (o *outcome) ended(host int, at time.Duration, state ring.HostState) {
	o.outages = append(o.outages, outage{host, at, forever, state})
}

// began notes that it came up.
func (o *outcome) began(host int, at time.Duration) {
	for i := len(o.outages) - 1; i >= 0; i-- {
		if t := &o.outages[i]; t.host == host && t.to == forever {
			t.to = at
			return
		}
	}
}

// downAt reports whether a host is down at that time.
func (o *outcome) downAt(host int, at time.Duration) bool {
	for _, t := range o.outages {
		if t.host == host && t.from <= at && at < t.to {
			return true
		}
	}
	return false
}
