package backbone

import (
	"net/netip"
	"slices"
)

// hesitateSeconds is how long rings do not merge after the ring above them lost many at once: those may
// be cut off, and will need their rings when they are back.
const hesitateSeconds = 10 * 60

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

// merge names the ring that the one that s stands for and all around it should become: the widest that
// they fit into, if one of them is small. Where nobody is around, it takes that place alone.
func (m *Machine) merge(s *seat) (Order, bool) {
	r := s.stands.Ring
	if s.stray() || s.shakenAt > 0 && m.now-s.shakenAt < hesitateSeconds {
		return Order{}, false
	}
	for n := max(narrowest(r.Level), s.now.ring.Prefix.Len); n < r.Prefix.Len; n++ {
		if order, small, fit := m.unite(s, Key(r.Prefix.Bits).prefix(n)); fit {
			return order, small
		}
	}
	return Order{}, false
}

// unite names the ring of prefix p that all rings there would become, of which s stands for one. It
// reports whether one of them is small, and whether they fit into one.
func (m *Machine) unite(s *seat, p Prefix) (order Order, small, fit bool) {
	r, limits := s.stands.Ring, m.sizes(s.stands.Ring.Level)
	order.Ring = Ring{Level: r.Level, Prefix: p, Generation: r.Generation + 1}
	sum := int(s.stands.Size)
	small = sum < limits.Merge
	var few [8]Ring // on the stack; more seldom fit
	counted := few[:0]
	for _, o := range s.now.members {
		q := o.Note.Stands
		if q.Ring == r || !q.Ring.overlaps(order.Ring) || slices.Contains(counted, q.Ring) {
			continue
		}
		sum += int(q.Size)
		if q.Ring.overlaps(r) || sum > limits.MergeSum { // of two that overlap, one is about to go
			return Order{}, false, false
		}
		if len(counted) == 0 {
			order.Via = q.Entry
		}
		counted = append(counted, q.Ring)
		small = small || int(q.Size) < limits.Merge
		order.Ring.Generation = max(order.Ring.Generation, q.Ring.Generation+1)
	}
	return order, small, order.Ring.valid() && sum <= limits.MergeSum
}
