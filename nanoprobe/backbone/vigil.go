package backbone

import (
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	goneSeconds = 60 // how long those who left a ring are remembered
	maxGone     = 128
	maxWatched  = 4  // the rings of two neighbours, and of two more while neighbours change
	pullSeconds = 10 // between two requests for one list
)

// vigil is a seat's watch over the rings that its neighbours stand for.
type vigil struct {
	gone    []gone
	watched []watched
	losses  []loss
	lostAt  uint64 // when the last ring was lost
	cut     bool   // it is this host that is lost to the others
}

// gone is a member of the ring that is no longer there.
type gone struct {
	ring.Member
	addr   netip.AddrPort
	stands Stands
	at     uint64
	left   bool // the view is without it
	dead   bool
}

// watched is a ring of which this host keeps the list of members.
type watched struct {
	ring     Ring
	seenAt   uint64 // when a neighbour stood for it last
	stamp    uint32 // of the list
	pulledAt uint64
	list     List
}

// departed takes a new view: who is no longer in it is gone.
func (v *vigil) departed(now uint64, was []member, n *membership) {
	v.gone = slices.DeleteFunc(v.gone, func(g gone) bool { return now-g.at > goneSeconds || g.left && n.find(hash32(string(g.ID))) != nil })
	for _, p := range was {
		if n.find(p.place) == nil {
			v.mark(now, p).left = true
		}
	}
}

// mark returns the record of a member that is going.
func (v *vigil) mark(now uint64, p member) *gone {
	i := slices.IndexFunc(v.gone, func(g gone) bool { return g.ID == p.ID })
	if i < 0 {
		if len(v.gone) == maxGone {
			v.gone = slices.Delete(v.gone, 0, 1)
		}
		v.gone = append(v.gone, gone{Member: p.Member, addr: p.addr, stands: p.Note.Stands})
		i = len(v.gone) - 1
	}
	v.gone[i].at = now
	return &v.gone[i]
}

func (m *Machine) died(in Died) {
	s, n := m.membership(in.Ring)
	if s == nil || n != s.now {
		return
	}
	if p := n.find(hash32(string(in.Member.ID))); p != nil {
		s.vigil.mark(m.now, *p).dead = true
	} else if i := slices.IndexFunc(s.vigil.gone, func(g gone) bool { return g.ID == in.Member.ID }); i >= 0 {
		s.vigil.gone[i].dead = true
	}
	m.suspect(s)
}

// guard keeps watch over the rings of the neighbours.
func (m *Machine) guard(s *seat) {
	if s.level == 0 || !m.settled(s.now) {
		return
	}
	m.watch(s)
	m.miss(s)
	m.mourn(s)
}

// watch keeps the lists of the rings that the nearest members stand for which don't stand for the same
// as s. So every ring has at least two who hold its list.
func (m *Machine) watch(s *seat) {
	v, n := &s.vigil, len(s.now.members)
	from := s.now.after(m.place())
	for _, step := range []int{1, n - 1} {
		for i := range n {
			at := from + i
			if step != 1 {
				at = from + n - 1 - i
			}
			if p := &s.now.members[at%n]; p.key.Len > 0 && p.key != s.key {
				m.keep(v, p.Note.Stands)
				break
			}
		}
	}
	v.watched = slices.DeleteFunc(v.watched, func(w watched) bool { return m.now-w.seenAt > goneSeconds })
}

// keep has the list of a neighbour's ring at hand, asking for it when its stamp is new. Of two neighbours
// who stand for one ring the first counts: their stamps may differ.
func (m *Machine) keep(v *vigil, stands Stands) {
	i := slices.IndexFunc(v.watched, func(w watched) bool { return w.ring == stands.Ring })
	if i < 0 {
		if len(v.watched) == maxWatched {
			v.watched = slices.Delete(v.watched, 0, 1)
		}
		v.watched = append(v.watched, watched{ring: stands.Ring, stamp: ^stands.Stamp})
		i = len(v.watched) - 1
	}
	w := &v.watched[i]
	if w.seenAt == m.now {
		return
	}
	w.seenAt = m.now
	if w.stamp != stands.Stamp && (w.pulledAt == 0 || m.now-w.pulledAt >= pullSeconds) {
		w.stamp, w.pulledAt = stands.Stamp, m.now
		m.ready.Pulls = append(m.ready.Pulls, Pull{Ring: stands.Ring, From: stands.Entry})
	}
}

func (m *Machine) pulled(in Pulled) {
	if int(in.Ring.Level)+1 >= len(m.seats) {
		return
	}
	if s := m.seats[in.Ring.Level+1]; s != nil {
		for i := range s.vigil.watched {
			if w := &s.vigil.watched[i]; w.ring == in.Ring {
				w.list = in.List
			}
		}
	}
}
