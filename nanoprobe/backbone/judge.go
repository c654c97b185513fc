package backbone

import "net/netip"

// reunite joins the two parts of the ring that s stands for when they don't know each other: then
// somebody unknown stands for it, too.
func (m *Machine) reunite(s *seat) {
	below := m.seats[s.level-1]
	if below == nil || below.now == nil || below.now.ring != s.stands.Ring || m.now < s.reuniteAt {
		return
	}
	for _, p := range s.now.members {
		if q := p.Note.Stands; q.Ring == s.stands.Ring && q.Entry.IsValid() && q.Entry != m.addr && !below.now.knows(q.Entry) {
			s.reuniteAt = m.now + strayInterval
			m.ready.JoinAcross = append(m.ready.JoinAcross, Across{Ring: q.Ring, Addrs: []netip.AddrPort{q.Entry}})
			return
		}
	}
}

// judge compares the ring that s stands for with the others that its ring carries.
func (m *Machine) judge(s *seat) Order {
	own := s.stands.Ring
	order := Order{Ring: own}
	for _, p := range s.now.members {
		if q := p.Note.Stands; q.Ring.Beats(order.Ring) {
			order = Order{Ring: q.Ring, Via: q.Entry}
		}
	}
	if order.Ring != own {
		s.mergeAt = 0
		return order
	}
	order, small := m.merge(s)
	if !m.after(&s.mergeAt, small, mergeSeconds) {
		return Order{}
	}
	return order
}

// widens takes a move to a ring that is narrower than what s stands for: that one must be in conflict
// with rings that the narrower one carries, whose members know them.
func (m *Machine) widens(s *seat, via netip.AddrPort) {
	if s.level == 0 || s.now != nil && s.now.knows(via) {
		return
	}
	if below := m.seats[s.level-1]; below != nil && below.now != nil {
		m.distrust(below, via, true)
	}
}

// merge names the ring that the one that s stands for and its sibling should become. If there is no
// sibling, the ring takes its place, as far as there is nobody.
func (m *Machine) merge(s *seat) (Order, bool) {
	r := s.stands.Ring
	floor := max(narrowest(r.Level), s.now.ring.Prefix.Len)
	if r.Prefix.Len <= floor || s.stray() || len(s.doubts) > 0 {
		return Order{}, false
	}
	merged := Order{Ring: Ring{Level: r.Level, Prefix: r.Prefix.Parent(), Generation: r.Generation + 1}}
	size, sum := int(s.stands.Size), int(s.stands.Size)
	sibling := false
	for _, p := range s.now.members {
		q := p.Note.Stands
		switch {
		case q.Ring == r || !q.Ring.overlaps(Ring{Level: r.Level, Prefix: r.Prefix.Sibling(), Generation: 1}):
		case q.Ring.Prefix != r.Prefix.Sibling():
			return Order{}, false // it is split further, or this ring is being superseded
		case !sibling || q.Ring.Generation >= merged.Ring.Generation:
			sibling = true
			merged.Ring.Generation, merged.Via = max(merged.Ring.Generation, q.Ring.Generation+1), q.Entry
			sum, size = int(s.stands.Size)+int(q.Size), min(int(s.stands.Size), int(q.Size))
		}
	}
	if !sibling {
		merged.Ring.Prefix = Key(r.Prefix.Bits).prefix(max(floor, s.free()))
	}
	limits := m.sizes(r.Level)
	return merged, size < limits.Merge && sum <= limits.MergeSum && merged.Ring.Prefix.Len < r.Prefix.Len && merged.Ring.valid()
}

// free is how many bits distinguish what s stands for from all else that its ring carries.
func (s *seat) free() uint8 {
	n := uint8(0)
	for _, p := range s.now.members {
		if p.key.Len > 0 && p.key != s.key {
			n = max(n, p.key.common(s.key)+1)
		}
	}
	return n
}
