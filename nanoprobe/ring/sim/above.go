package sim

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// dismissed is how long it takes until a deputy knows that the one it stands for is gone.
const dismissed = 10 * time.Second

// stay is somebody's membership in a ring above.
type stay struct {
	base, host int // which host of which base ring
	below      int // index of the ring that it stands for, in the plan
	from, to   time.Duration
	end        ring.HostState // how it ends
}

// planAbove plans the rings of representatives of the level below, whose outcomes are known, as are
// those of the base rings, where deputies come from.
func planAbove(cfg Config, l, lower level, outcomes, base []outcome) func(int) plan {
	seed := chance(cfg.Seed).of(uint64(l.height))
	return func(i int) plan {
		first, last := share(lower.rings, l.rings, i)
		p := plan{name: ringName(l.height, i), level: l.height, chance: seed.of(uint64(i))}
		var stays []stay
		for r := first; r < last; r++ {
			b := below{name: ringName(lower.height, r), told: map[int]bool{}}
			if l.height == 1 {
				b.lifeless = outcomes[r].lifeless()
			}
			for _, t := range outcomes[r].tenures {
				stays = append(stays, staysOf(t, r, len(p.below), outcomes[r], base)...)
			}
			p.below = append(p.below, b)
		}
		p.settle(stays, cfg)
		return p
	}
}

// staysOf is who goes up for a tenure in ring r: its holder, or if that one is a representative
// already, one deputy after the other out of its base ring.
func staysOf(t tenure, r, below int, o outcome, base []outcome) []stay {
	if len(o.ids) == 0 { // r is a base ring
		return []stay{{base: r, host: t.host, below: below, from: t.from, to: t.to, end: t.end}}
	}
	var at, principal int
	fmt.Sscanf(string(o.ids[t.host]), "%d.%d", &at, &principal)
	home := &base[at]
	var stays []stay
	for from := t.from; from < t.to; {
		deputy := home.deputy(principal, t.seat, from)
		out := home.nextOutage(deputy, from)
		s := stay{base: at, host: deputy, below: below, from: from, to: out.from, end: out.state}
		if t.to < out.from {
			s.to, s.end = after(t.to, dismissed), ring.Moved
		}
		stays = append(stays, s)
		from = after(out.from, dismissed)
	}
	return stays
}

// after is t+d, but forever stays forever.
func after(t, d time.Duration) time.Duration {
	if t > forever-d {
		return forever
	}
	return t + d
}

// deputy chooses whoever is free and up, in a ring too small for that the principal itself. Deputies
// of the two seats are different.
func (o *outcome) deputy(principal, seat int, at time.Duration) int {
	for i := range o.members {
		host := (i + seatsPerRing + seat*o.members/2) % o.members
		if host != principal && !o.holdsAt(host, at) && !o.downAt(host, at) {
			return host
		}
	}
	return principal
}

func (o *outcome) holdsAt(host int, at time.Duration) bool {
	return slices.ContainsFunc(o.tenures, func(t tenure) bool { return t.host == host && t.from <= at && at < t.to })
}

// nextOutage is the first outage of a host from then on; that of none begins never.
func (o *outcome) nextOutage(host int, from time.Duration) outage {
	next := outage{from: forever}
	for _, t := range o.outages {
		if t.host == host && t.from >= from && t.from < next.from {
			next = t
		}
	}
	return next
}

// lifeless lists when nobody was up.
func (o *outcome) lifeless() []lifeless {
	type change struct {
		at time.Duration
		by int
	}
	var changes []change
	for _, t := range o.outages {
		changes = append(changes, change{t.from, -1}, change{t.to, 1})
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.by, a.by)) })
	var spans []lifeless
	up := o.members
	for i, c := range changes {
		if up += c.by; up == 0 && c.by < 0 {
			to := forever
			if i+1 < len(changes) {
				to = changes[i+1].at
			}
			spans = append(spans, lifeless{c.at, to})
		}
	}
	return spans
}

// settle makes members and faults of stays.
func (p *plan) settle(stays []stay, cfg Config) {
	index := map[ring.HostID]int{}
	for _, s := range stays {
		id := hostID(s.base, s.host)
		i, known := index[id]
		if !known {
			i = len(p.members)
			index[id] = i
			p.members = append(p.members, memberPlan{id: id, late: s.from > 0, below: s.below})
		}
		if s.from > 0 {
			p.faults = append(p.faults, fault{s.from, func(w *world) { w.start(i) }})
		}
		switch {
		case s.to >= cfg.For:
		case s.end == ring.HostDead || s.end == ring.NanoprobeDown:
			p.faults = append(p.faults, fault{s.to, func(w *world) { w.die(i, s.end, 0) }})
		default:
			p.faults = append(p.faults, fault{s.to, func(w *world) { w.leave(i, s.end) }})
		}
	}
	slices.SortStableFunc(p.faults, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
}
