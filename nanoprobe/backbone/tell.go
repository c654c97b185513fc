package backbone

import (
	"bytes"
	"net/netip"
	"slices"
)

const (
	// describeEvery is how often what is told of a ring may change, and restampEvery how often deaths
	// alone may cause its list to be asked for again, in seconds.
	describeEvery = 10
	restampEvery  = 3600
	maxGuides     = 6
)

// look brings up to date what s says of its own ring, and where it believes the ring above to be.
func (m *Machine) look(s *seat) {
	m.describe(s)
	m.lookUp(s)
}

// describe brings told up to date.
func (m *Machine) describe(s *seat) {
	now := Stands{Ring: s.now.ring, Size: uint16(len(s.now.members) + 1), Stamp: s.told.Stamp, Entry: m.addr}
	if now.Ring == s.told.Ring && m.now-s.toldAt < describeEvery {
		return
	}
	if now.Ring != s.told.Ring || m.grown(s) {
		s.listed = s.listed[:0]
		now.Stamp = m.place()
		for _, p := range s.now.members {
			s.listed = append(s.listed, p.place)
			now.Stamp ^= p.place
		}
	}
	if m.single(s) {
		now.Stamp = m.seats[s.level-1].told.Stamp
	}
	if now != s.told {
		s.told, s.toldAt = now, m.now
	}
}

// grown reports whether the ring has a member that its stamp does not cover.
func (m *Machine) grown(s *seat) bool {
	return slices.ContainsFunc(s.now.members, func(p member) bool {
		_, ok := slices.BinarySearch(s.listed, p.place)
		return !ok
	}) || m.now-s.toldAt >= restampEvery && len(s.listed) != len(s.now.members)
}

// lookUp brings above up to date: from this host's own seat or its deputy's, else from what those who
// hold the offices say. What was heard last is kept: it is how their successors find the way.
func (m *Machine) lookUp(s *seat) {
	defer func() { m.remember(s.above.Addrs...) }()
	if int(s.level)+1 < len(m.seats) {
		if up := m.seats[s.level+1]; up != nil && up.now != nil && m.settled(up.now) && up.stands.Ring == s.now.ring {
			s.hear(up.now.ring, m.entrances(up))
			return
		}
	}
	if d := m.relief(s.level); d != nil {
		s.hear(d.Note.Serves.Seat, [maxAboveAddrs]netip.AddrPort{d.addr, d.Note.Serves.Guide})
		return
	}
	for _, p := range s.now.members {
		if above := p.Note.Above; p.Note.Office && above.Ring.Generation > 0 && above.Ring.Level == s.level+1 {
			s.above = above
			return
		}
	}
}

// hear sets above. What it held may be on its way to others, and stays as it was.
func (s *seat) hear(r Ring, addrs [maxAboveAddrs]netip.AddrPort) {
	if s.above.Ring != r || !slices.Equal(s.above.Addrs, addrs[:]) {
		s.above = Above{Ring: r, Addrs: slices.Clone(addrs[:])}
	}
}

// beside is a host in the part of the ring above in which another representative of s's ring sits.
func (s *seat) beside() netip.AddrPort {
	for _, p := range s.now.members {
		if above := p.Note.Above; p.Note.Office && above.Ring.Level == s.level+1 && len(above.Addrs) > 0 {
			return above.Addrs[0]
		}
	}
	return netip.AddrPort{}
}

// compare looks whether the other representative of the ring that up stands for sits in the same part
// of up's ring: two hosts may have founded it at once.
func (m *Machine) compare(up *seat) {
	beside := m.serves.beside
	if below := m.seats[up.level-1]; below != nil && below.now != nil && below.now.ring == up.stands.Ring {
		beside = below.beside()
	}
	if !up.now.knows(beside) {
		m.distrust(up, beside, true)
	}
}

// remember keeps hosts of rings above beyond the end of what named them: who represents a ring next
// may know none that is alive.
func (m *Machine) remember(addrs ...netip.AddrPort) {
	for _, a := range addrs {
		if a == m.addr || !a.IsValid() || slices.Contains(m.guides, a) {
			continue
		}
		m.guides = slices.Insert(m.guides, 0, a)
		m.guides = m.guides[:min(len(m.guides), maxGuides)]
	}
}

// entrances are two hosts that should outlive the ring that up stands for: the next member on the
// circle which stands for another, so that the load of newcomers is spread, and a member of the ring
// which the one after it stands for. Where there are no others this host is both.
func (m *Machine) entrances(up *seat) [maxAboveAddrs]netip.AddrPort {
	in, of := m.addr, m.addr
	found, n := 0, len(up.now.members)
	from := up.now.after(m.place())
	for i := range n {
		if p := up.now.members[(from+i)%n]; p.key.Len > 0 && p.key != up.key && found < 2 {
			if found == 0 {
				in = p.addr
			}
			of = p.Note.Stands.Entry
			found++
		}
	}
	return [maxAboveAddrs]netip.AddrPort{in, of}
}

// announce tells the members of each ring what has changed in this host's note there.
func (m *Machine) announce() {
	for _, s := range m.seats {
		if s == nil {
			continue
		}
		for _, n := range []*membership{s.now, s.next} {
			if n == nil {
				continue
			}
			note := m.note(s, n)
			if m.scratch = AppendNote(m.scratch[:0], note); !bytes.Equal(m.scratch, n.note) {
				n.note = append(n.note[:0], m.scratch...)
				m.ready.Announce = append(m.ready.Announce, Announcement{Ring: n.ring, Note: note})
			}
		}
	}
}

// note is what this host has to say in n.
func (m *Machine) note(s *seat, n *membership) Note {
	note := Note{Stands: s.stands}
	if s.level == 0 {
		note.Segments = m.cfg.Segments
	}
	if n == s.next {
		return note
	}
	note.Office, note.Free, note.Move = s.office, m.free(s), s.move
	if s.office {
		note.Above = s.above
	}
	if s.level == 0 {
		note.Appoints, note.Serves = m.appointment(), m.service()
	}
	return note
}
