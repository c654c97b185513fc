package backbone

import (
	"net/netip"
	"slices"
)

const (
	// splitSeconds and mergeSeconds are how long a ring must have been too large or too small: a ring
	// that has just split is small until all have come over, which may take aloneSeconds.
	splitSeconds = 3
	mergeSeconds = 60
	// lingerSeconds is how long whoever directed a move stays behind, so that all hear of it.
	lingerSeconds = 60
)

// direct decides what s's ring has to do, and what the ring that it stands for. Orders come from
// above, where the neighbouring prefixes are seen; too large a ring finds itself.
func (m *Machine) direct(s *seat) {
	if s.level > 0 && m.settled(s.now) {
		s.order = m.judge(s)
		m.reunite(s)
		m.compare(s)
	}
	if s.next != nil {
		return
	}
	if order := m.ordered(s); order != (Order{}) {
		s.obey(order)
	} else if mv := m.split(s); s.move == (Move{}) && mv != (Move{}) {
		s.move = mv
	}
}

// ordered is what this host's seat above s, or its deputy's, demands.
func (m *Machine) ordered(s *seat) Order {
	if !s.office || int(s.level)+1 >= len(m.seats) {
		return Order{}
	}
	if up := m.seats[s.level+1]; up != nil && up.stands.Ring == s.now.ring {
		return up.order
	}
	if d := m.relief(s.level); d != nil {
		return d.Note.Serves.Order
	}
	return Order{}
}

// obey directs the members of s's ring as a ring demands that beats it. One that covers all of their
// keys takes them all. Else they part first: those whom it does not cover get out of its way.
func (s *seat) obey(order Order) {
	if !order.Ring.Beats(s.now.ring) {
		return
	}
	winner := order.Ring.Prefix
	mv := Move{Len: winner.Len, Generation: order.Ring.Generation, Via: order.Via}
	apart := uint8(0) // bits that tell the winner from those whom it does not cover
	for _, p := range s.now.members {
		if p.key.Len > 0 && !p.key.Overlaps(winner) {
			apart = max(apart, p.key.common(winner)+1)
		}
	}
	if !s.key.Overlaps(winner) {
		apart = max(apart, s.key.common(winner)+1)
	}
	if apart > 0 && apart < mv.Len {
		mv.Len, mv.Via = apart, netip.AddrPort{}
	}
	if target, ok := s.target(mv); mv.Len > s.key.Len || ok && target.Beats(s.now.ring) {
		s.move = mv
	}
}

// target is the ring that a move sends s to, if s has a key for it.
func (s *seat) target(mv Move) (Ring, bool) {
	if mv.Len > s.key.Len {
		return Ring{}, false
	}
	r := Ring{Level: s.level, Prefix: Key(s.key.Bits).prefix(mv.Len), Generation: mv.Generation}
	return r, r.valid()
}

// split is the move that halves too large a ring; its chair alone directs it.
func (m *Machine) split(s *seat) Move {
	n := len(s.now.members) + 1
	if !m.after(&s.splitAt, n > m.sizes(s.level).Split && m.chairs(s), splitSeconds) {
		s.roof = false
		return Move{}
	}
	common := s.key.Len
	for _, p := range s.now.members {
		if p.key.Len == 0 || p.key == s.key {
			continue
		}
		if p.key.Overlaps(s.key) {
			return Move{} // one of the two is about to go
		}
		common = min(common, p.key.common(s.key))
	}
	if s.now.ring.top() && !m.roofed(s) {
		return Move{}
	}
	return Move{Len: common + 1, Generation: s.now.ring.Generation + 1}
}

// roofed reports whether there is a ring above s's top ring, which has to be before it splits, or its
// halves would not find each other. The chair founds it.
func (m *Machine) roofed(s *seat) bool {
	if int(s.level)+1 == len(m.seats) {
		return false
	}
	s.roof, s.office = true, true
	up := m.seats[s.level+1]
	sits := up != nil && up.now != nil && m.settled(up.now) && s.above.Ring == up.now.ring
	return sits || m.relief(s.level) != nil && s.above.Ring.Level == s.level+1
}

// chairs reports whether this host is the first of those who may direct s's ring: who holds an office
// or, in the top ring, anyone.
func (m *Machine) chairs(s *seat) bool {
	top := s.now.ring.top()
	for _, p := range s.now.members {
		if p.place < m.place() && (top || p.Note.Office) {
			return false
		}
	}
	return top || s.office
}

// follow moves s where it is directed to: by itself, or by any present member's note.
func (m *Machine) follow(s *seat) {
	var best Ring
	var via netip.AddrPort
	consider := func(mv Move) {
		if mv.Len > s.key.Len {
			m.widens(s, mv.Via)
		}
		if t, ok := s.target(mv); ok && t.Beats(s.now.ring) && (best == Ring{} || t.Beats(best)) {
			best, via = t, mv.Via
		}
	}
	consider(s.move)
	for _, p := range s.now.members {
		consider(p.Note.Move)
	}
	if best == (Ring{}) || s.next != nil && !best.Beats(s.next.ring) {
		return
	}
	seeds := []netip.AddrPort{via}
	for _, p := range s.now.members {
		if best.Prefix.Covers(p.key) && p.key.Len > 0 {
			seeds = append(seeds, p.addr)
		}
	}
	m.moveTo(s, best, seeds)
}

// moveTo begins to move s, unless it moves to something better already.
func (m *Machine) moveTo(s *seat, r Ring, seeds []netip.AddrPort) {
	if s.next != nil && !r.Beats(s.next.ring) {
		return
	}
	m.leave(s.next)
	s.next = m.join(r, seeds)
}

// arrive ends the watch in the old ring when the new one is there, or has been empty for long.
func (m *Machine) arrive(s *seat) {
	n := s.next
	if n == nil || !m.settled(n) {
		return
	}
	if s.move != (Move{}) && len(s.now.members) > 0 && m.now-n.joined < lingerSeconds {
		return
	}
	s.kin = nil
	for _, p := range s.now.members {
		if !n.knows(p.addr) && len(s.kin) < maxAddrs {
			s.kin = append(s.kin, p.addr)
		}
	}
	m.leave(s.now)
	s.arrivedAt = m.now
	s.now, s.next, s.move, s.order = n, nil, Move{}, Order{}
	s.vacantAt, s.splitAt, s.mergeAt = 0, 0, 0
	for _, a := range slices.Concat(s.above.Addrs, s.kin, m.cfg.Seeds) {
		m.distrust(s, a, s.office)
	}
}
