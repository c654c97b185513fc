package backbone

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	maxProbed     = 16
	maxLed        = 4
	probeRounds   = 2
	betweenProbes = 2 // seconds
	// lossWindow is how long no further ring may have been lost before judgement: a host that is cut
	// off loses them one by one. maxLossWindow bounds the wait.
	lossWindow    = 4
	maxLossWindow = 30
	// relookSeconds is when a ring that lives without representatives is looked at again, and
	// reprobeSeconds when a lost one is; then twice as late each time up to maxReprobe.
	relookSeconds  = 10
	reprobeSeconds = 60
	maxReprobe     = 30 * 60
)

// loss is a ring without representatives.
type loss struct {
	ring     Ring
	at       uint64
	incident string
	list     List // empty: others hold it, and judge
	stale    bool // the list is not that of the ring as last seen
	strayed  bool // nobody died
	asked    bool // a Probe is under way
	rounds   int  // probes sent
	silent   int  // of them, without an answer
	due      uint64
	wait     uint64 // seconds until it is looked at again
	told     bool
	refilled bool // it was told, and others stand for the ring since: it can be lost again
}

// start begins anew to find out whether its members answer.
func (l *loss) start(now uint64) {
	l.rounds, l.silent, l.due = 0, 0, now
	if l.stale {
		l.due += staleSeconds
	}
}

// probe asks for the next step about a lost ring whose list this host holds.
func (m *Machine) probe(s *seat, l *loss) {
	quiet := m.now-s.vigil.lostAt >= lossWindow || m.now-l.at >= maxLossWindow
	switch {
	case len(l.list.Members) == 0 || s.vigil.asks(l.ring):
		return
	case !l.told && l.silent == probeRounds && quiet:
		news := !m.toldOf(l.incident)
		l.told, l.wait = true, reprobeSeconds
		if l.later(m.now); news {
			m.event(m.lostEvent(ring.RingLost, *l))
		}
	case m.now >= l.due && (l.told || l.rounds < probeRounds):
		l.rounds++
		l.asked = true
		l.due = m.now + betweenProbes
		if l.told {
			l.later(m.now)
		}
		m.ready.Probes = append(m.ready.Probes, Probe{Ring: l.ring, Members: l.sample()})
	}
}

// toldOf reports whether this host has told of a loss: on two levels, if one of the rings was alone in the
// other, it may see the same.
func (m *Machine) toldOf(incident string) bool {
	return slices.ContainsFunc(m.seats[:], func(s *seat) bool {
		return s != nil && slices.ContainsFunc(s.vigil.losses, func(l loss) bool { return l.told && l.incident == incident })
	})
}

// asks reports whether a Probe of r is under way: of two losses of one ring one waits.
func (v *vigil) asks(r Ring) bool {
	return slices.ContainsFunc(v.losses, func(l loss) bool { return l.ring == r && l.asked })
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
	i := slices.IndexFunc(s.vigil.losses, func(l loss) bool { return l.ring == in.Ring && l.asked })
	if i < 0 {
		return
	}
	l := &s.vigil.losses[i]
	l.asked = false
	switch {
	case !in.Answered:
		l.silent++
	case l.told:
		m.event(m.lostEvent(ring.Restored, *l))
		s.vigil.losses = slices.Delete(s.vigil.losses, i, i+1)
	default: // it elects new representatives; if they don't come, it is looked at again
		l.start(m.now)
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
