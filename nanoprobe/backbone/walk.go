package backbone

import (
	"net/netip"
	"slices"
)

const (
	// maxSteps bounds the hosts that answer in one walk. Up to the top and down again are two for each
	// level: 5 at a million hosts.
	maxSteps      = 2 * maxLevels
	maxQueue      = 16
	walkSeconds   = 15 // an Ask that the shell has not ended by then counts as Silent
	retrySeconds  = 2  // at most before the second walk; twice as long before each further one, up to
	maxRetry      = 10 // so many: the seeds of a site that starts are in a ring after a second or two
	patientWalks  = 5  // that meet only hosts which are starting themselves, before a ring is founded
	strayInterval = 10
)

// A walk asks one host after the other for the ring of a key, each one sent to by the last.
type walk struct {
	number uint32 // of the Ask under way
	at     uint64 // when it was asked
	queue  []netip.AddrPort
	asked  []netip.AddrPort
	steps  int
	doubt  netip.AddrPort // whose doubt it is to settle; not valid: it is to find a ring
}

// seek looks for the ring of a seat that has none.
func (m *Machine) seek(s *seat) {
	if s.walk != nil || m.now < s.retryAt {
		return
	}
	m.walk(s, m.guidesOf(s), netip.AddrPort{})
}

// relocate looks for another ring when the present one no longer covers what s stands for, because
// that has moved.
func (m *Machine) relocate(s *seat) {
	if !s.stray() || s.next != nil || s.walk != nil || m.now < s.retryAt {
		return
	}
	s.retryAt = m.now + strayInterval
	m.walk(s, m.guidesOf(s), netip.AddrPort{})
}

func (s *seat) stray() bool { return s.now != nil && !s.now.ring.Prefix.Covers(s.key) }

// guidesOf are the hosts that may know where s belongs, the best first.
func (m *Machine) guidesOf(s *seat) []netip.AddrPort {
	var guides []netip.AddrPort
	if s.level > 0 {
		guides = append(guides, s.stands.Entry)
		if below := m.seats[s.level-1]; below != nil && below.now != nil {
			guides = append(guides, m.above(below)...)
			for _, p := range below.now.members {
				if p.Note.Office {
					guides = append(guides, p.addr)
				}
			}
			guides = append(guides, below.kin...)
		}
		guides = append(guides, m.guides...)
	}
	return append(guides, m.cfg.Seeds...)
}

// above are the members of the ring above s's that its members know.
func (m *Machine) above(s *seat) []netip.AddrPort {
	addrs := slices.Clone(s.above.Addrs)
	if s.now != nil {
		for _, p := range s.now.members {
			if p.Note.Office {
				addrs = append(addrs, p.Note.Above.Addrs...)
			}
		}
	}
	return addrs
}

func (m *Machine) walk(s *seat, guides []netip.AddrPort, doubt netip.AddrPort) {
	s.walk = &walk{doubt: doubt}
	for _, a := range guides {
		m.enqueue(s.walk, len(s.walk.queue), a)
	}
	m.step(s)
}

// enqueue adds a host to be asked, once.
func (m *Machine) enqueue(w *walk, at int, a netip.AddrPort) {
	if a.IsValid() && a != m.addr && len(w.queue) < maxQueue && !slices.Contains(w.queue, a) && !slices.Contains(w.asked, a) {
		w.queue = slices.Insert(w.queue, at, a)
	}
}

// step asks the next host; when there is none, the walk ends without a result.
func (m *Machine) step(s *seat) {
	w := s.walk
	if len(w.queue) == 0 || w.steps >= maxSteps {
		m.conclude(s, Answer{})
		return
	}
	to := w.queue[0]
	w.queue, w.asked = w.queue[1:], append(w.asked, to)
	m.number++
	w.number, w.at = m.number, m.now
	q := Query{Level: s.level, Key: Key(s.key.Bits), Addr: m.addr}
	if s.now != nil {
		q.Ring = s.now.ring
	}
	m.ready.Asks = append(m.ready.Asks, Ask{Number: w.number, To: to, Query: q})
}

// overdue ends an Ask that the shell forgot.
func (m *Machine) overdue(s *seat) {
	if s.walk != nil && m.now-s.walk.at > walkSeconds {
		m.step(s)
	}
}

func (m *Machine) located(in Located) {
	for _, s := range m.seats {
		if s != nil && s.walk != nil && s.walk.number == in.Number {
			m.heed(s, in.Answer)
			return
		}
	}
}

// heed takes the answer to the Ask under way.
func (m *Machine) heed(s *seat, a Answer) {
	w := s.walk
	if a.Finding != Silent {
		w.steps++
	}
	switch a.Finding {
	case Found:
		if s.now != nil && s.now.ring.Beats(a.Ring) { // they don't know of this ring: now they will
			for _, addr := range a.Addrs {
				m.enqueue(w, 0, addr)
			}
			m.step(s)
			return
		}
		m.conclude(s, a)
	case Vacant, Busy:
		m.conclude(s, a)
	case Redirect:
		for i, addr := range a.Addrs {
			m.enqueue(w, min(i, len(w.queue)), addr)
		}
		m.step(s)
	default:
		m.step(s)
	}
}

// conclude ends a walk.
func (m *Machine) conclude(s *seat, a Answer) {
	w := s.walk
	s.walk = nil
	covers := a.Ring.Prefix.Covers(s.key)
	if !covers && s.now == nil {
		// What s stands for is too wide for that ring, or the one to found: it is in conflict below.
		a.Finding = Busy
		for _, addr := range append(slices.Clone(a.Addrs), w.asked...) {
			m.widens(s, addr)
		}
	}
	switch {
	case s.now != nil && s.stray() && covers && s.next == nil && (a.Finding == Vacant || a.Finding == Found):
		m.moveTo(s, a.Ring, a.Addrs)
	case s.now != nil:
		m.meet(s, w, a)
	case a.Finding == Found:
		s.now = m.join(a.Ring, a.Addrs)
	case a.Finding == Vacant:
		s.now = m.join(a.Ring, nil)
	case a.Finding == Busy || w.steps > 0 && s.tries < m.patience(s):
		// All are starting at once.
		if a.Finding != Busy {
			s.tries++
		}
		longest := min(retrySeconds<<min(s.walks, 8), uint64(maxRetry))
		s.walks++
		s.retryAt = m.now + longest/2 + (m.now+uint64(m.place()))%(longest/2+1)
	default:
		s.now = m.join(Ring{Level: s.level, Prefix: Key(s.key.Bits).prefix(narrowest(s.level)), Generation: 1}, nil)
		for _, a := range w.asked {
			m.distrust(s, a, true)
		}
	}
}

// patience is after how many walks that found nobody who knows s founds its ring. When all start at once
// some should wait for the others: not a seed, which is the one whom they will find, and nobody
// further up, where whoever splits the top ring founds the next.
func (m *Machine) patience(s *seat) int {
	if slices.Contains(m.cfg.Seeds, m.addr) || s.level > 1 {
		return 0
	}
	return patientWalks
}

// meet takes what a walk found on behalf of a seat that is in a ring.
func (m *Machine) meet(s *seat, w *walk, a Answer) {
	switch {
	case a.Finding != Found:
	case a.Ring == s.now.ring:
		if slices.ContainsFunc(a.Addrs, func(a netip.AddrPort) bool { return a == m.addr || s.now.knows(a) }) {
			s.trust(w.doubt)
			return
		}
		m.ready.JoinAcross = append(m.ready.JoinAcross, Across{Ring: a.Ring, Addrs: a.Addrs})
	case s.next == nil && len(a.Addrs) > 0:
		s.obey(Order{Ring: a.Ring, Via: a.Addrs[0]})
	}
}
