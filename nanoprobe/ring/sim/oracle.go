package sim

import (
	"fmt"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// pauseBorne is a pause after which a host must not have been called dead.
	pauseBorne = 5 * time.Second
	// excuseFor is how long after a stall or partition its last verdicts may come: silence and
	// confirmation, and three more of it in line behind others.
	excuseFor = time.Minute
	// deathTold is how long the death of a host may go unsaid by those who live.
	deathTold = 2 * time.Minute
	// maxViolations bounds what is kept of violations; all are counted.
	maxViolations = 100
)

// Violation is a promise of the ring that was broken.
type Violation struct {
	Seed uint64        `json:"seed"`
	At   time.Duration `json:"at_ns"` // since the start
	Ring string        `json:"ring"`
	What string        `json:"what"`
}

func (v Violation) String() string {
	return fmt.Sprintf("seed %d, %v, ring %s: %s", v.Seed, v.At, v.Ring, v.What)
}

// truth is what is so of a host, whatever the members think.
type truth struct {
	state    ring.HostState // empty: it lives
	since    time.Duration  // of its death
	told     time.Duration  // of its death, by the first; 0: by nobody
	returns  int
	flapping bool          // it is said to flap: no more is said of it
	excuse   time.Duration // until then it may be called dead though it lives
}

func (t *truth) died(now time.Duration, state ring.HostState) {
	t.state, t.since, t.told = state, now, 0
}

func (t truth) restarted() truth {
	return truth{returns: t.returns + 1, flapping: t.flapping, excuse: t.excuse}
}

// oracle holds what the members of a world say against the truth.
type oracle struct {
	w          *world
	said       map[string]bool // ids of events, reported to the CMA once
	detect     []time.Duration
	deaths     int // of hosts, those that somebody was there to tell of
	falseDead  int
	violated   int
	violations []Violation
	ringsLost  []time.Duration // from the last death in a ring below to the word that it is gone
}

func newOracle(w *world) oracle { return oracle{w: w, said: map[string]bool{}} }

func (o *oracle) violation(format string, args ...any) {
	o.violated++
	if len(o.violations) < maxViolations {
		o.violations = append(o.violations, Violation{o.w.cfg.Seed, o.w.now, o.w.plan.name, fmt.Sprintf(format, args...)})
	}
}

// judge takes an event that h tells.
func (o *oracle) judge(h *host, e ring.Event) {
	if o.w.cfg.Event != nil {
		o.w.cfg.Event(Told{o.w.now, o.w.plan.name, e})
	}
	first := !o.said[e.ID()]
	o.said[e.ID()] = true
	if e.Kind == ring.Dead {
		o.w.packets.Reports += reportPackets
	} else {
		o.w.packets.Returns += reportPackets
	}
	s := o.w.hosts[o.w.byID[e.Subject.ID]]
	former := e.Subject.Boot != s.member.Boot
	switch e.Kind {
	case ring.Dead:
		o.dead(h, s, e, first)
	case ring.Shutdown:
		if !former && s.truth.state != ring.ShutDown {
			o.violation("%s says that %s shut down, which did not", h.member.ID, s.member.ID)
		}
	case ring.Alive, ring.Restarted:
		if !former && !s.up && o.w.now > s.truth.since+deathTold {
			o.violation("%s says %s of %s, which is down", h.member.ID, e.Kind, s.member.ID)
		}
	case ring.Flapping:
		if s.truth.flapping = true; s.truth.returns < 2 && o.w.now > s.truth.excuse {
			o.violation("%s says that %s flaps, after %d returns", h.member.ID, s.member.ID, s.truth.returns)
		}
	case ring.Settled:
		s.truth.flapping = false
	case ring.Isolated:
		if o.quietNetwork() && o.w.now > h.truth.excuse && o.w.up > 1 {
			o.violation("%s says that it is isolated, and is not", h.member.ID)
		}
	case ring.Link:
		if o.quietNetwork() && o.w.now > s.truth.excuse && o.w.now > h.truth.excuse {
			o.violation("%s says that its link to %s is bad, which it is not", h.member.ID, s.member.ID)
		}
	}
}

// quietNetwork reports whether nothing is wrong with the network now.
func (o *oracle) quietNetwork() bool {
	return o.w.net.missing() == 0 && !o.w.faulty()
}

// dead judges a death. One of a former boot, late, may be told of one who is back.
func (o *oracle) dead(h, s *host, e ring.Event, first bool) {
	t := &s.truth
	switch {
	case e.Subject.Boot != s.member.Boot:
	case s.up:
		if first && o.w.now > t.excuse {
			o.falseDead++
			o.violation("%s says that %s is dead (%s), which lives", h.member.ID, s.member.ID, e.State)
		}
	case t.state == ring.ShutDown || t.state == ring.Moved:
		o.violation("%s says that %s is dead, which took its leave", h.member.ID, s.member.ID)
	case t.told > 0:
	default:
		t.told = o.w.now
		if o.w.now > t.excuse {
			o.detect = append(o.detect, o.w.now-t.since)
		}
		if e.State != t.state && o.w.now > t.excuse {
			o.violation("%s says of %s %q, and it is %q", h.member.ID, s.member.ID, e.State, t.state)
		}
	}
}

// returned checks, when a host starts again or the run ends, that its death was told in time.
func (o *oracle) returned(s *host) {
	t := &s.truth
	if !t.dead() {
		return
	}
	o.deaths++
	if now := o.w.now; o.due(s) && now > t.since+deathTold || t.told > t.since+deathTold {
		o.violation("the death of %s, %v ago, was not told within %v", s.member.ID, now-t.since, deathTold)
	}
}

// dead reports whether the host is down and took no leave.
func (t *truth) dead() bool { return t.state == ring.HostDead || t.state == ring.NanoprobeDown }

// due reports whether the death of s, still untold, must be found: somebody lived on who could.
func (o *oracle) due(s *host) bool {
	t := &s.truth
	if !t.dead() || t.told > 0 || t.flapping || t.since <= t.excuse {
		return false
	}
	for _, h := range o.w.hosts {
		if h != s && (h.up && h.started <= t.since || !h.up && h.truth.since > t.since+deathTold) {
			return true
		}
	}
	return false
}

// finish holds the ring to being whole in the end.
func (o *oracle) finish() {
	for _, h := range o.w.hosts {
		if !h.up {
			o.returned(h)
		}
	}
	o.unsaid()
	for _, h := range o.w.hosts {
		if h.up && !o.w.sees(h) {
			o.violation("in the end %s sees %d members, and %d live", h.member.ID, len(h.machine.Members()), o.w.up)
		}
	}
}
