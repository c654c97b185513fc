package backbone

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	goneSeconds = 60 // how long those who left a ring are remembered
	maxGone     = 128
	maxWatched  = 8  // the rings of two neighbours, and those of former ones while neighbours change
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
	ring   Ring
	seenAt uint64 // when a neighbour stood for it last
	list   List   // empty until it has come
	stamp  uint32 // of list
	latest uint32 // stamp that the neighbour told last
	asked  uint32 // stamp that it told when the list was asked for
	due    uint64 // when it may be asked for again
}

// fresh reports whether the list is that of the ring as last seen.
func (w *watched) fresh() bool { return len(w.list.Members) > 0 && w.stamp == w.latest }

// departed takes a new view: who is no longer in it is gone.
func (v *vigil) departed(now uint64, was []member, n *membership) {
	v.gone = slices.DeleteFunc(v.gone, func(g gone) bool { return g.left && n.find(hash32(string(g.ID))) != nil })
	for _, p := range was {
		if n.find(p.place) == nil {
			v.mark(now, p).left = true
		}
	}
}

// forget drops those who left long ago.
func (v *vigil) forget(now uint64) {
	v.gone = slices.DeleteFunc(v.gone, func(g gone) bool { return now-g.at > goneSeconds })
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
	s.vigil.forget(m.now)
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

// keep has the list of a neighbour's ring at hand, asking for it until it has that of the latest stamp. Of
// two neighbours who stand for one ring the first counts: their stamps may differ.
func (m *Machine) keep(v *vigil, stands Stands) {
	w := v.watch(stands.Ring)
	if w.seenAt == m.now {
		return
	}
	w.seenAt, w.latest = m.now, stands.Stamp
	if !w.fresh() && m.now >= w.due {
		w.asked, w.due = stands.Stamp, m.now+pullSeconds
		m.ready.Pulls = append(m.ready.Pulls, Pull{Ring: stands.Ring, From: stands.Entry})
	}
}

// watch returns the record of a watched ring. The one that was not seen for longest makes room.
func (v *vigil) watch(r Ring) *watched {
	i := slices.IndexFunc(v.watched, func(w watched) bool { return w.ring == r })
	if i < 0 {
		if len(v.watched) == maxWatched {
			slices.SortFunc(v.watched, func(a, b watched) int { return cmp.Compare(b.seenAt, a.seenAt) })
			v.watched = v.watched[:maxWatched-1]
		}
		v.watched = append(v.watched, watched{ring: r})
		i = len(v.watched) - 1
	}
	return &v.watched[i]
}

func (m *Machine) pulled(in Pulled) {
	if int(in.Ring.Level)+1 >= len(m.seats) {
		return
	}
	if s := m.seats[in.Ring.Level+1]; s != nil {
		for i := range s.vigil.watched {
			if w := &s.vigil.watched[i]; w.ring == in.Ring {
				w.list, w.stamp = in.List, w.asked
			}
		}
	}
}

// best is the best list of a ring that is known, and whether it has that of the ring as last seen. Rings
// that were there shortly before or after it, when it split or merged, may know of more members.
func (v *vigil) best(r Ring) (list List, fresh bool) {
	list.Ring = r
	for _, w := range v.watched {
		if w.ring == r && len(w.list.Members) > 0 {
			list, fresh = w.list, w.fresh()
			list.Members = slices.Clone(list.Members)
		}
	}
	if r.Level > 0 && len(list.Members) > 0 {
		return list, fresh // whether the hosts of other lists belong to it can't be told
	}
	for _, w := range v.watched {
		if w.ring != r && w.ring.overlaps(r) {
			list.Group = cmp.Or(list.Group, w.list.Group)
			list.Members = append(list.Members, w.missing(r, list.Members)...)
		}
	}
	list.Members = list.Members[:min(len(list.Members), ring.MaxMembers)]
	return list, fresh
}

// missing are those in w's list who belong to r, as far as that can be told, and are not among others.
func (w *watched) missing(r Ring, others []ring.Member) (missing []ring.Member) {
	for _, o := range w.list.Members {
		known := slices.ContainsFunc(others, func(p ring.Member) bool { return p.ID == o.ID })
		if !known && (r.Level > 0 || r.Prefix.Holds(KeyOf(w.list.Group, o.ID))) {
			missing = append(missing, o)
		}
	}
	return missing
}
