package backbone

import "net/netip"

const (
	offices = 2
	// electSeconds is how long an office must have been vacant before it is taken: a return, or the
	// first views after joining, should not raise a third representative.
	electSeconds = 3
	// answerSeconds is how long a deputy may take to say that it serves, and sitSeconds to sit. Notes
	// need some seconds to go around; then another is appointed.
	answerSeconds = 20
	sitSeconds    = 60
)

// elect takes an office of s's ring, or gives up a third one. Who holds one keeps it; of more than two
// holders, as after a merge, the two of lowest place do.
func (m *Machine) elect(s *seat) {
	if s.now.ring.top() {
		s.office = s.office && s.roof
		return
	}
	s.roof = false
	holders, before := 0, 0
	for _, p := range s.now.members {
		if p.Note.Office {
			holders++
			if p.place < m.place() {
				before++
			}
		}
	}
	if s.office {
		s.office = before < offices
		return
	}
	vacant := offices - holders
	due := vacant > 0 && s.next == nil && m.settled(s.now) && m.rank(s) < vacant
	s.office = m.after(&s.vacantAt, due, electSeconds)
}

// rank counts those who come before this host when an office is vacant: who is free comes before who
// is not, then the lower place.
func (m *Machine) rank(s *seat) int {
	free, rank := m.free(s), 0
	for _, p := range s.now.members {
		switch {
		case p.Note.Office:
		case p.Note.Free != free && p.Note.Free, p.Note.Free == free && p.place < m.place():
			rank++
		}
	}
	return rank
}

// free reports whether this host could hold an office in s's ring and be in no more than two rings: in
// a base ring if it is in no other, above if it has or finds a deputy.
func (m *Machine) free(s *seat) bool {
	if s.level > 0 {
		return m.deputy.level > 0 || m.candidate(0) != nil
	}
	for _, up := range m.seats[1:] {
		if up != nil {
			return false
		}
	}
	return !s.office && !m.serves.active
}

// deputy is the member of this host's base ring that sits for it above one of its rings.
type deputy struct {
	level uint8 // of the ring that it stands for, at least 1; 0: there is no deputy
	place uint32
	since uint64 // when it was appointed
}

// principal is the member of this host's base ring for which it sits above one of that one's rings.
type principal struct {
	active bool
	place  uint32
	stands Stands
	beside netip.AddrPort
}

// appoint finds a deputy for the office that this host holds in a ring above its base ring, and
// dismisses one that is gone, does not answer or has no more to do. Who has several such offices, in
// a fleet of tiny rings, has a deputy for the lowest and serves the others itself.
func (m *Machine) appoint() {
	level := m.deputised()
	if level == 0 {
		m.deputy = deputy{}
		return
	}
	if m.deputy.level == level {
		if p := m.seats[0].now.find(m.deputy.place); p != nil {
			serves := p.Note.Serves
			mine, age := serves.Active && serves.Principal == m.place(), m.now-m.deputy.since
			if mine && (serves.Seat.Generation > 0 || age < sitSeconds) || !serves.Active && age < answerSeconds {
				return
			}
		}
	}
	tried := m.deputy.place
	m.deputy = deputy{}
	if p := m.candidate(tried); p != nil {
		m.deputy = deputy{level: level, place: p.place, since: m.now}
	}
}

// deputised is the lowest level above 0 on which this host holds an office, or 0.
func (m *Machine) deputised() uint8 {
	for _, s := range m.seats[1:] {
		if s != nil && s.now != nil && s.office {
			return s.level
		}
	}
	return 0
}

// candidate is the free member of the base ring that comes next after a place, or nil.
func (m *Machine) candidate(after uint32) *member {
	var first *member
	if m.seats[0].now == nil {
		return nil
	}
	for i := range m.seats[0].now.members {
		p := &m.seats[0].now.members[i]
		if !p.Note.Free {
			continue
		}
		if p.place > after {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// relief is the deputy that sits for this host above its ring on a level, or nil.
func (m *Machine) relief(level uint8) *member {
	if m.deputy.level == 0 || m.deputy.level != level || m.seats[0].now == nil {
		return nil
	}
	p := m.seats[0].now.find(m.deputy.place)
	if p == nil {
		return nil
	}
	if serves := p.Note.Serves; !serves.Active || serves.Principal != m.place() || serves.Seat.Level != level+1 {
		return nil
	}
	return p
}

// relieved reports whether this host need not sit itself above its ring on a level: its deputy does,
// or will shortly.
func (m *Machine) relieved(level uint8) bool {
	if m.relief(level) != nil {
		return true
	}
	if m.seats[level+1] != nil || m.seats[level].roof {
		return false // it sits until the deputy does
	}
	return m.deputy.level != 0 && m.deputy.level == level
}

// appointment is what the base ring is told of the deputy.
func (m *Machine) appointment() Appointment {
	if m.deputy.level == 0 || m.seats[m.deputy.level] == nil {
		return Appointment{}
	}
	s := m.seats[m.deputy.level]
	return Appointment{Deputy: m.deputy.place, Stands: s.told, Beside: s.beside()}
}

// serve finds out who has appointed this host, of several the one served so far, else the lowest. Who
// holds an office in the base ring serves nobody.
func (m *Machine) serve() {
	was := m.serves
	m.serves = principal{}
	if m.seats[0].now == nil || m.seats[0].office {
		return
	}
	for _, p := range m.seats[0].now.members {
		a := p.Note.Appoints
		if a.Deputy != m.place() || a.Stands.Ring.Level == 0 || int(a.Stands.Ring.Level)+1 >= len(m.seats) {
			continue
		}
		if !m.serves.active || was.active && was.place == p.place {
			m.serves = principal{active: true, place: p.place, stands: a.Stands, beside: a.Beside}
		}
	}
}

// service is what the base ring is told of the seat that this host holds for its principal.
func (m *Machine) service() Service {
	if !m.serves.active {
		return Service{}
	}
	service := Service{Principal: m.serves.place, Active: true}
	if s := m.seats[m.serves.stands.Ring.Level+1]; s != nil && s.now != nil && m.settled(s.now) {
		service.Seat, service.Guide, service.Order = s.now.ring, m.entrances(s)[1], s.order
	}
	return service
}
