package backbone

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	maxLosses = 64
	maxProbed = 16
	maxLed    = 4

	probeRounds   = 2
	betweenProbes = 2
	// lossWindow is how long no further ring may have been lost before judgement: a host that is cut
	// off loses them one by one. maxLossWindow bounds the wait.
	lossWindow    = 4
	maxLossWindow = 30
	// atOnce is how far apart losses may be to be counted as one.
	atOnce = 60
	// reprobeSeconds is when a lost ring, or one that lives without representatives, is looked at
	// again, then twice as late each time up to maxReprobe; after lossForgotten no more.
	reprobeSeconds = 60
	maxReprobe     = 30 * 60
	lossForgotten  = 24 * 60 * 60
)

// loss is a ring without representatives, the last of which died.
type loss struct {
	ring     Ring
	at       uint64
	incident string
	list     List // empty: others hold it, and judge
	rounds   int  // probes sent
	silent   int  // of them, without an answer
	due      uint64
	wait     uint64 // seconds until it is looked at again
	told     bool
}

// miss notices rings that have lost their last representative by death.
func (m *Machine) miss(s *seat) {
	v := &s.vigil
	for _, g := range v.gone {
		r := g.stands.Ring
		known := slices.ContainsFunc(v.losses, func(l loss) bool { return l.ring == r })
		if g.dead && g.left && r.Generation > 0 && !known && len(v.losses) < maxLosses && !s.stoodFor(r) && v.died(r) {
			l := loss{ring: r, at: m.now, due: m.now, wait: reprobeSeconds, list: List{Ring: r}}
			if i := slices.IndexFunc(v.watched, func(w watched) bool { return w.ring == r }); i >= 0 && v.watched[i].list.Ring.Generation > 0 {
				l.list = v.watched[i].list
			}
			l.incident = fmt.Sprintf("%s/%d", l.list.Ring.Label(), v.newest(r))
			v.losses, v.lostAt = append(v.losses, l), m.now
		}
	}
}

// died reports whether death took the last who stood for r, or what became of it. A ring whose last
// representative took its leave has ended.
func (v *vigil) died(r Ring) bool {
	last := gone{}
	for _, g := range v.gone {
		if g.stands.Ring.overlaps(r) && g.at >= last.at {
			last = g
		}
	}
	return last.dead
}

// newest is the highest boot of those who stood for r. With it an incident has the same name for all who
// notice this loss of r, and for no other: who stands for it next has started later, or this one again.
func (v *vigil) newest(r Ring) uint64 {
	var boot uint64
	for _, g := range v.gone {
		if g.stands.Ring == r {
			boot = max(boot, g.Boot)
		}
	}
	return boot
}

// stoodFor reports whether a present member stands for r or what became of it.
func (s *seat) stoodFor(r Ring) bool {
	return s.stands.Ring.overlaps(r) ||
		slices.ContainsFunc(s.now.members, func(p member) bool { return p.Note.Stands.Ring.overlaps(r) })
}

// mourn has lost rings probed, judges, and hears of their return.
func (m *Machine) mourn(s *seat) {
	v := &s.vigil
	if len(v.losses) == 0 && !v.cut {
		return
	}
	for i := 0; i < len(v.losses); {
		if l := &v.losses[i]; m.settledLoss(s, l) {
			v.losses = slices.Delete(v.losses, i, i+1)
			continue
		}
		i++
	}
	lost, seen := m.count(s)
	switch {
	case v.cut && lost <= seen:
		v.cut, v.lostAt = false, m.now
		for i := range v.losses { // what it found while it was cut off says nothing
			v.losses[i].rounds, v.losses[i].silent, v.losses[i].due = 0, 0, m.now
		}
		m.event(ring.Event{Kind: ring.Rejoined, Subject: m.cfg.Self})
	case !v.cut && lost > seen && m.now-v.lostAt >= lossWindow:
		v.cut = true
		m.event(ring.Event{Kind: ring.Isolated, Subject: m.cfg.Self})
	}
	if v.cut {
		return
	}
	for i := range v.losses {
		m.probe(s, &v.losses[i])
	}
}

// settledLoss reports whether nothing more is to be done about l. A base ring that was called lost is
// back when a member answers, for its sibling may have taken its place; one above is made of other
// hosts each time, and is back when it is stood for.
func (m *Machine) settledLoss(s *seat, l *loss) bool {
	switch back := s.stoodFor(l.ring); {
	case back && l.told && l.ring.Level > 0:
		m.event(m.lostEvent(ring.Restored, *l))
		return true
	case back && l.told:
		if s.returned(l.ring) && l.wait > reprobeSeconds {
			l.due, l.wait = m.now, reprobeSeconds
		}
		return m.now-l.at > lossForgotten
	case back:
		return true
	case len(l.list.Members) == 0:
		return !s.vigil.cut && m.now-l.at > atOnce
	}
	return m.now-l.at > lossForgotten
}

// returned reports whether somebody stands for r or a part of it, and for nothing else.
func (s *seat) returned(r Ring) bool {
	return slices.ContainsFunc(s.now.members, func(p member) bool {
		q := p.Note.Stands.Ring
		return q.overlaps(r) && r.Prefix.Covers(q.Prefix)
	})
}

// count is how many rings were lost at once, and how many are still seen, that of s among them.
func (m *Machine) count(s *seat) (lost, seen int) {
	for _, l := range s.vigil.losses {
		if s.vigil.cut && !l.told || m.now-l.at <= atOnce && !s.stoodFor(l.ring) {
			lost++
		}
	}
	rings := []Prefix{s.key}
	for _, p := range s.now.members {
		if p.key.Len > 0 && !slices.Contains(rings, p.key) {
			rings = append(rings, p.key)
		}
	}
	return lost, len(rings)
}

// probe asks for the next step about a lost ring whose list this host holds.
func (m *Machine) probe(s *seat, l *loss) {
	quiet := m.now-s.vigil.lostAt >= lossWindow || m.now-l.at >= maxLossWindow
	switch {
	case len(l.list.Members) == 0:
		return
	case !l.told && l.silent == probeRounds && quiet:
		l.told = true
		l.later(m.now)
		m.event(m.lostEvent(ring.RingLost, *l))
	case m.now >= l.due && (l.told || l.rounds < probeRounds):
		l.rounds++
		l.due = m.now + betweenProbes
		if l.told {
			l.later(m.now)
		}
		m.ready.Probes = append(m.ready.Probes, Probe{Ring: l.ring, Members: l.sample()})
	}
}

func (l *loss) later(now uint64) {
	l.due = now + l.wait
	l.wait = min(2*l.wait, maxReprobe)
}

// sample picks members from all over the list, others in each round.
func (l *loss) sample() []ring.Member {
	all := l.list.Members
	if len(all) <= maxProbed {
		return all
	}
	some := make([]ring.Member, maxProbed)
	for i := range some {
		some[i] = all[(i*len(all)/maxProbed+l.rounds)%len(all)]
	}
	return some
}

func (m *Machine) probed(in Probed) {
	if int(in.Ring.Level)+1 >= len(m.seats) {
		return
	}
	s := m.seats[in.Ring.Level+1]
	if s == nil {
		return
	}
	i := slices.IndexFunc(s.vigil.losses, func(l loss) bool { return l.ring == in.Ring })
	if i < 0 {
		return
	}
	l := &s.vigil.losses[i]
	switch {
	case !in.Answered:
		l.silent++
	case l.told:
		m.event(m.lostEvent(ring.Restored, *l))
		s.vigil.losses = slices.Delete(s.vigil.losses, i, i+1)
	default: // it elects new representatives; if they don't come, it is looked at again
		l.rounds, l.silent = 0, 0
		l.later(m.now)
		m.lead(s, l.list.Members)
	}
}

// lead lets those of a ring that has lost its representatives hear of this host: who knew the way up
// may have died with them. The first of the circle are the likeliest successors.
func (m *Machine) lead(s *seat, members []ring.Member) {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b ring.Member) int { return cmp.Compare(hash32(string(a.ID)), hash32(string(b.ID))) })
	for _, o := range members[:min(len(members), maxLed)] {
		if addr, err := netip.ParseAddrPort(o.Addr); err == nil {
			m.distrust(s, unmapped(addr), true)
		}
	}
}

func (m *Machine) lostEvent(kind ring.Kind, l loss) ring.Event {
	return ring.Event{
		Kind: kind, Subject: l.list.Members[0], Ring: l.list.Ring.Name(l.list.Group),
		Members: l.list.Members, Incident: l.incident,
	}
}

func (m *Machine) event(e ring.Event) {
	e.Witness = m.cfg.Self.ID
	m.ready.Events = append(m.ready.Events, e)
}
