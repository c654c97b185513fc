package sim

import (
	"context"
	"time"
)

// maxWalk bounds how far links are walked ahead of the machines: what lies behind the first trouble
// is walked again.
const maxWalk = 2 * time.Hour

// skip lets quiet time pass at once, up to the round before which something is due or a neighbour
// becomes suspect. Heartbeats are walked from miss to miss, and since nothing else happens, each host
// on its own.
func (w *world) skip(ctx context.Context) {
	end := w.quietUntil()
	if end-w.round < 2*int64(w.cfg.Profile.BeatTicks) || w.net.wait > time.Duration(2*w.cfg.Profile.BeatTicks)*w.cfg.Profile.Tick {
		return
	}
	trips, ok := w.depart()
	if !ok {
		return
	}
	for troubled := false; w.round < end && !troubled && ctx.Err() == nil; {
		to := end
		if w.net.beatMiss != 0 {
			to = min(end, w.round+int64(maxWalk/w.cfg.Profile.Tick))
		}
		w.round, troubled = travel(trips, to)
	}
	w.now = w.roundTime(w.round)
	w.arriveAll(trips)
}

// quietUntil is the round before which nothing is due but heartbeats. Hosts are taken to the moment
// before their own tick in it, which is up to a tick after it begins.
func (w *world) quietUntil() int64 {
	due := min(w.nextFault(), w.cfg.For)
	for _, d := range w.doubts {
		due = min(due, d.at+doubtFor-time.Second)
	}
	return int64(due/w.cfg.Profile.Tick) - 1
}

// depart takes the heartbeats under way out of the air, unless they are more than a stroll can hold.
func (w *world) depart() (trips []*trip, ok bool) {
	l := newLane(w.net, w.cfg.Profile)
	trips = make([]*trip, 0, len(w.hosts))
	byHost := make([]*trip, len(w.hosts))
	for _, h := range w.hosts {
		if !h.up {
			continue
		}
		t := &trip{host: h, lane: l, at: w.round}
		t.paces = h.machine.Paces(nil)
		for _, p := range t.paces {
			t.start = append(t.start, stroll{
				link:  *h.linkTo(w.byID[p.To], w.net.beatMiss),
				next:  w.round + int64(p.BeatTicks) - 1,
				heard: w.round - 1 - int64(p.SilentTicks),
				least: int64(p.LeastTicks),
			})
		}
		trips, byHost[h.index] = append(trips, t), t
	}
	for _, e := range w.echoes {
		t := byHost[e.to]
		if t == nil || !w.present(t.host, e.arrival) {
			continue
		}
		for i := range t.start {
			if s := &t.start[i]; s.link.to == e.from {
				if s.flying == inAir {
					return nil, false
				}
				s.launch(flying{ends: e.at - t.host.phase, number: s.link.numberOf(e.number), missed: !e.heard})
			}
		}
	}
	w.echoes = w.echoes[:0]
	return trips, true
}

// travel takes all through the rounds up to before round to, or to before that in which a neighbour
// becomes suspect. Those whose links need a look go on round by round until they are calm, all of them
// abreast, so that none is further than the trouble of another.
func travel(trips []*trip, to int64) (int64, bool) {
	for _, t := range trips {
		t.ahead(to)
	}
	var looking []*trip
	for {
		at := to
		for _, t := range trips {
			at = min(at, t.stop)
		}
		if at == to {
			break
		}
		looking = looking[:0]
		for _, t := range trips {
			if t.stop == at {
				t.follow()
				looking = append(looking, t)
			}
		}
		for _, t := range looking {
			if t.troubled() {
				halt(trips, at)
				return at, true
			}
		}
		for _, t := range looking {
			t.one()
			if t.calm() {
				t.ahead(to)
			}
		}
	}
	halt(trips, to)
	return to, false
}

// halt brings everybody to before round at.
func halt(trips []*trip, at int64) {
	for _, t := range trips {
		if t.at < at {
			t.ahead(at)
			t.follow()
		}
	}
}

// arriveAll puts the heartbeats that are under way at the end into the air.
func (w *world) arriveAll(trips []*trip) {
	for _, t := range trips {
		h := t.host
		h.ticked = w.round - 1
		for i := range t.start {
			s := &t.start[i]
			l := h.linkTo(s.link.to, w.net.beatMiss)
			*l = s.link
			for _, f := range s.air[:s.flying] {
				w.resume(h, l, f)
			}
		}
	}
}

// resume puts one heartbeat into the air that was sent in quiet time.
func (w *world) resume(h *host, l *link, f flying) {
	e := echo{
		arrival: arrival{to: h.index, boot: h.member.Boot}, from: l.to, number: l.nameOf(f.number), heard: !f.missed,
	}
	if e.heard {
		e.rtt = w.net.roundTripOf(l.chance, f.number)
	}
	w.echo(e, f.ends+h.phase-w.now)
}
