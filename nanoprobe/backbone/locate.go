package backbone

import (
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// deskSeconds is how long it takes until a newcomer shows in the ring that it was sent to.
	deskSeconds    = 10
	promiseSeconds = 30
	maxPromises    = 64
)

// desk is what this host told newcomers of late, so that a site that powers on does not run into one
// ring all at once, and the first hosts of a group don't found a ring each.
type desk struct {
	since    uint64
	sent     int // to base rings since then
	promised []promise
}

// promise is a ring that a newcomer was told to found.
type promise struct {
	ring  Ring
	addr  netip.AddrPort
	until uint64
}

// Locate tells which ring of a level holds a key, as far as this host knows, and else who should know.
// It changes nothing.
func (m *Machine) Locate(level uint8, key Key) Answer {
	if level >= maxLevels {
		return Answer{Finding: Unknown}
	}
	if s := m.seats[level]; s != nil {
		if a := m.inside(s, key); a.Finding != Unknown {
			return a
		}
	}
	for _, up := range m.seats[level+1:] {
		if up != nil && up.now != nil && m.settled(up.now) && up.now.ring.Prefix.Holds(key) {
			return m.below(up, level, key)
		}
	}
	return m.upwards()
}

// inside answers for a ring that this host is in.
func (m *Machine) inside(s *seat, key Key) Answer {
	for _, n := range []*membership{s.next, s.now} {
		switch {
		case n == nil || !m.settled(n) || !n.ring.Prefix.Holds(key):
		case n == s.now && s.next != nil || len(n.members) > 2*m.sizes(s.level).Split:
			return Answer{Finding: Busy}
		default:
			a := Answer{Finding: Found, Ring: n.ring, Addrs: []netip.AddrPort{m.addr}}
			for _, p := range n.members[:min(len(n.members), maxAddrs-1)] {
				a.Addrs = append(a.Addrs, p.addr)
			}
			return a
		}
	}
	return Answer{Finding: Unknown}
}

// below answers from what up's ring carries.
func (m *Machine) below(up *seat, level uint8, key Key) Answer {
	var a Answer
	consider := func(stands Stands) {
		r := stands.Ring
		if r.Generation == 0 || r.Level != up.level-1 || !r.Prefix.Holds(key) {
			return
		}
		switch {
		case r.Beats(a.Ring) || a.Ring == (Ring{}):
			a.Ring, a.Addrs = r, []netip.AddrPort{stands.Entry}
		case r == a.Ring && len(a.Addrs) < maxAddrs:
			a.Addrs = append(a.Addrs, stands.Entry)
		}
	}
	consider(up.stands)
	for _, p := range up.now.members {
		consider(p.Note.Stands)
	}
	switch {
	case a.Ring == (Ring{}):
		n := max(narrowest(level), up.now.ring.Prefix.Len, key.prefix(keyBits).common(up.key)+1)
		for _, p := range up.now.members {
			if p.key.Len > 0 {
				n = max(n, key.prefix(keyBits).common(p.key)+1)
			}
		}
		return Answer{Finding: Vacant, Ring: Ring{Level: level, Prefix: key.prefix(n), Generation: 1}}
	case a.Ring.Level == level:
		a.Finding = Found
	default:
		a.Finding, a.Ring = Redirect, Ring{}
	}
	return a
}

// upwards sends on to the members of rings above that this host has heard of.
func (m *Machine) upwards() Answer {
	var a Answer
	for _, s := range slices.Backward(m.seats[:]) {
		if s == nil {
			continue
		}
		for _, addr := range m.above(s) {
			if addr != m.addr && len(a.Addrs) < maxAddrs && !slices.Contains(a.Addrs, addr) {
				a.Addrs = append(a.Addrs, addr)
			}
		}
	}
	a.Finding = Redirect
	if len(a.Addrs) == 0 {
		a.Finding = Unknown
	}
	return a
}

// Answer is Locate for another host: it takes note of the asker.
func (m *Machine) Answer(q Query) Answer {
	if q.Ring != (Ring{}) {
		m.overhear(q)
		if a := m.rival(q); a.Finding == Found {
			return a
		}
	}
	a := m.Locate(q.Level, q.Key)
	if q.Ring != (Ring{}) {
		if a.Finding == Vacant {
			m.wonder(q)
			a = m.onward(q, a)
		}
		return a
	}
	switch {
	case a.Finding == Vacant:
		return m.promise(a, q)
	case a.Finding == Found && q.Level == 0:
		if m.now-m.desk.since >= deskSeconds {
			m.desk.since, m.desk.sent = m.now, 0
		}
		if m.desk.sent++; m.desk.sent > m.cfg.Base.Split/2 {
			return Answer{Finding: Busy}
		}
	}
	return a
}

// overhear learns from a question that its asker is in a ring that this host's ring must know of.
func (m *Machine) overhear(q Query) {
	if q.Level >= maxLevels {
		return
	}
	for _, s := range m.seats[:q.Level] {
		if s != nil && s.now != nil && s.now.ring.top() { // nothing of this part of the fleet is above it
			m.distrust(s, q.Addr, true)
		}
	}
	s := m.seats[q.Level]
	if s == nil || s.now == nil {
		return
	}
	if q.Ring.Beats(s.now.ring) || q.Ring == s.now.ring && !s.now.knows(q.Addr) {
		m.remember(q.Addr)
		m.distrust(s, q.Addr, true)
	}
}

// wonder takes note of an asker whose ring should be below one that this host is in, and is not known
// there: it must be in a part of the fleet that is cut off from this one.
func (m *Machine) wonder(q Query) {
	for _, s := range m.seats[q.Level+1:] {
		if s != nil && s.now != nil {
			m.distrust(s, q.Addr, true)
		}
	}
}

// onward sends an asker of another part of the fleet, whose ring claims keys of rings that are carried
// here on a higher level, down to one of those.
func (m *Machine) onward(q Query, vacant Answer) Answer {
	for _, s := range m.seats[q.Level+1:] {
		if s == nil || s.now == nil || !q.Ring.Prefix.Holds(q.Key) {
			continue
		}
		for _, p := range s.now.members {
			if p.key.Len > 0 && p.key.Overlaps(q.Ring.Prefix) {
				return Answer{Finding: Redirect, Addrs: []netip.AddrPort{p.Note.Stands.Entry}}
			}
		}
	}
	return vacant
}

// rival is a ring that overlaps the asker's, though it may not hold its key, so that one of the two
// has to give way.
func (m *Machine) rival(q Query) Answer {
	if q.Level >= maxLevels {
		return Answer{}
	}
	if s := m.seats[q.Level]; s != nil && s.now != nil && s.now.ring.overlaps(q.Ring) && s.now.ring != q.Ring && s.next == nil {
		return Answer{Finding: Found, Ring: s.now.ring, Addrs: []netip.AddrPort{m.addr}}
	}
	if int(q.Level)+1 == maxLevels {
		return Answer{}
	}
	s := m.seats[q.Level+1]
	if s == nil || s.now == nil {
		return Answer{}
	}
	for _, p := range s.now.members {
		if r := p.Note.Stands.Ring; r.overlaps(q.Ring) && r != q.Ring {
			return Answer{Finding: Found, Ring: r, Addrs: []netip.AddrPort{p.Note.Stands.Entry}}
		}
	}
	return Answer{}
}

// promise lets the first who asks found a ring and sends the next ones there.
func (m *Machine) promise(a Answer, q Query) Answer {
	d := &m.desk
	d.promised = slices.DeleteFunc(d.promised, func(p promise) bool { return p.until <= m.now })
	for _, p := range d.promised {
		if p.ring.Level == q.Level && p.ring.Prefix.Holds(q.Key) && p.addr != q.Addr {
			return Answer{Finding: Found, Ring: p.ring, Addrs: []netip.AddrPort{p.addr}}
		}
	}
	if len(d.promised) == maxPromises {
		return Answer{Finding: Busy}
	}
	d.promised = append(d.promised, promise{ring: a.Ring, addr: q.Addr, until: m.now + promiseSeconds})
	return a
}

// List is who is in a ring that this host is a member of, itself among them. A ring that carries no more
// than one other is as good as that: its list is the other's, if this host is a member of it.
func (m *Machine) List(r Ring) (List, bool) {
	s, n := m.membership(r)
	if n == nil {
		return List{}, false
	}
	if m.single(s) {
		return m.List(m.seats[r.Level-1].now.ring)
	}
	l := List{Ring: r, Members: []ring.Member{m.cfg.Self}}
	if r.Level == 0 {
		l.Group = m.cfg.Group
	}
	for _, p := range n.members {
		l.Members = append(l.Members, p.Member)
	}
	return l, true
}

// single reports whether all of s's ring stand for one ring below, and this host is in that.
func (m *Machine) single(s *seat) bool {
	if s.level == 0 || s.now == nil {
		return false
	}
	below := m.seats[s.level-1]
	return below != nil && below.now != nil && below.now.ring == s.stands.Ring &&
		!slices.ContainsFunc(s.now.members, func(p member) bool { return p.Note.Stands.Ring != s.stands.Ring })
}
