package backbone

import (
	"net/netip"
	"slices"
)

const (
	maxDoubts       = 8
	firstDoubt      = 2       // seconds until a doubtful host is asked first; then twice as long each time
	maxDoubtSeconds = 30 * 60 // but no longer
	doubtForgotten  = 24 * 60 * 60
	doubtfulShare   = 4 // a ring that loses one in so many within goneSeconds was perhaps cut in two
)

// A doubt is a host that may be in a part of the fleet that does not know this part: one that did not
// answer when a ring was founded, one that was lost together with many, or one that asked from another
// ring. It is asked until its answer shows that both know each other.
type doubt struct {
	addr netip.AddrPort
	due  uint64
	wait uint64 // seconds
	born uint64
	// mine is a doubt that this host alone may have. Of the others, which all members of the ring share,
	// the first two of the circle take care.
	mine bool
}

// distrust begins a doubt, or makes one that is shared this host's own. The oldest makes room, a shared
// one if there is any.
func (m *Machine) distrust(s *seat, addr netip.AddrPort, mine bool) {
	if addr == m.addr || !addr.IsValid() {
		return
	}
	if i := slices.IndexFunc(s.doubts, func(d doubt) bool { return d.addr == addr }); i >= 0 {
		if !mine || s.doubts[i].mine {
			return
		}
		s.doubts = slices.Delete(s.doubts, i, i+1)
	}
	if len(s.doubts) == maxDoubts {
		oldest := max(0, slices.IndexFunc(s.doubts, func(d doubt) bool { return !d.mine }))
		s.doubts = slices.Delete(s.doubts, oldest, oldest+1)
	}
	s.doubts = append(s.doubts, doubt{addr: addr, born: m.now, due: m.now + firstDoubt, wait: firstDoubt, mine: mine})
}

// trust ends the doubt about a host.
func (s *seat) trust(addr netip.AddrPort) {
	s.doubts = slices.DeleteFunc(s.doubts, func(d doubt) bool { return d.addr == addr })
}

// ask has one doubtful host asked.
func (m *Machine) ask(s *seat) {
	if len(s.doubts) == 0 {
		return
	}
	// Of the seeds, those who see no others keep asking for ever: few do so, and nobody else would.
	forever := s.now.ring.top() || len(s.now.members) == 0
	s.doubts = slices.DeleteFunc(s.doubts, func(d doubt) bool {
		old := m.now-d.born > doubtForgotten && !(forever && slices.Contains(m.cfg.Seeds, d.addr))
		return s.now.knows(d.addr) || old
	})
	if s.walk != nil || s.next != nil {
		return
	}
	first := len(s.now.members) < offices || m.place() < s.now.members[offices-1].place
	for i := range s.doubts {
		d := &s.doubts[i]
		if m.now < d.due || !first && !d.mine {
			continue
		}
		d.wait = min(2*d.wait, maxDoubtSeconds)
		d.due = m.now + d.wait
		m.walk(s, []netip.AddrPort{d.addr}, d.addr)
		return
	}
}

// suspect takes the death of a member of s's ring: when it goes with many others, they may live on
// elsewhere, or those whom they held together with this part of the fleet may. The seeds may know.
func (m *Machine) suspect(s *seat) {
	recent := slices.DeleteFunc(slices.Clone(s.vigil.gone), func(g gone) bool { return !g.dead || m.now-g.at > goneSeconds })
	if len(recent)*doubtfulShare < len(s.now.members)+1 {
		return
	}
	s.shakenAt = m.now
	for _, g := range recent[max(0, len(recent)-maxDoubts):] {
		m.distrust(s, g.addr, false)
	}
	for _, a := range m.cfg.Seeds[:min(len(m.cfg.Seeds), maxDoubts/2)] {
		m.distrust(s, a, false)
	}
}
