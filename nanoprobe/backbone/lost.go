package backbone

import (
	"fmt"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	maxLosses     = 64
	lossForgotten = 24 * 60 * 60
	// atOnce is how far apart losses may be to be counted as one.
	atOnce = 30
	// strandSeconds is how long a ring may be out of sight though nobody died, and staleSeconds how long
	// one of which no fresh list is held may take to send others up, before its hosts are probed.
	strandSeconds = 30
	staleSeconds  = 40
)

// miss notices rings that have lost their last representative by death, and those that have gone out of
// sight otherwise.
func (m *Machine) miss(s *seat) {
	v := &s.vigil
	for _, g := range v.gone {
		if r := g.stands.Ring; g.dead && g.left && v.died(r) && s.lacks(r) {
			list, fresh := v.best(r)
			v.lose(m.now, loss{ring: r, list: list, stale: !fresh}, v.newest(r))
			v.lostAt = m.now
		}
	}
	for _, w := range v.watched {
		if m.strayed(s, w) && s.lacks(w.ring) {
			if list := s.unseen(w); len(list.Members) > 0 {
				v.lose(m.now, loss{ring: w.ring, list: list, strayed: true}, newest(list))
			}
		}
	}
}

// lose begins a loss. The boot is that which tells its incident from others of the same ring.
func (v *vigil) lose(now uint64, l loss, boot uint64) {
	if len(v.losses) == maxLosses {
		return
	}
	l.at, l.wait = now, relookSeconds
	l.start(now)
	l.incident = fmt.Sprintf("%s/%d", l.list.Ring.Label(), boot)
	v.losses = append(v.losses, l)
}

// strayed reports whether a ring is out of sight though nobody died: it did not come along when the ring
// above moved, or it split. One whose representatives took their leave has ended.
func (m *Machine) strayed(s *seat, w watched) bool {
	return m.now-w.seenAt >= strandSeconds && (w.seenAt <= s.arrivedAt || !s.vigil.left(w.ring))
}

// lacks reports whether nobody stands for r, which was not known yet.
func (s *seat) lacks(r Ring) bool {
	return r.Generation > 0 && !s.carries(r) &&
		!slices.ContainsFunc(s.vigil.losses, func(l loss) bool { return l.ring == r && !l.refilled })
}

// unseen is who is in the list of a ring, not in a ring that is seen, and not lost already. Of a ring
// above it is all.
func (s *seat) unseen(w watched) List {
	list := w.list
	list.Members = nil
	for _, o := range w.list.Members {
		key := KeyOf(list.Group, o.ID)
		holds := func(r Ring) bool { return w.ring.Level == 0 && r.Generation > 0 && r.Prefix.Holds(key) }
		lost := slices.ContainsFunc(s.vigil.losses, func(l loss) bool { return slices.Contains(l.list.Members, o) })
		if !lost && !holds(s.stands.Ring) && !slices.ContainsFunc(s.now.members, func(p member) bool { return holds(p.Note.Stands.Ring) }) {
			list.Members = append(list.Members, o)
		}
	}
	return list
}

// left reports whether somebody who stood for r took leave.
func (v *vigil) left(r Ring) bool {
	return slices.ContainsFunc(v.gone, func(g gone) bool { return g.stands.Ring == r && g.left && !g.dead })
}

// died reports whether death took the last who stood for r, or what became of it. A ring whose last
// representative took its leave has ended.
func (v *vigil) died(r Ring) bool {
	last := gone{}
	for _, g := range v.gone {
		if g.stands.Ring.overlaps(r) && g.at >= last.at {
			last = g
		}
	}
	return last.dead
}

// newest is the highest boot of those who stood for r. With it an incident has the same name for all who
// notice this loss of r, and for no other: who stands for it next has started later, or this one again.
func (v *vigil) newest(r Ring) uint64 {
	var boot uint64
	for _, g := range v.gone {
		if g.stands.Ring == r {
			boot = max(boot, g.Boot)
		}
	}
	return boot
}

// newest is the highest boot in a list.
func newest(l List) uint64 {
	var boot uint64
	for _, o := range l.Members {
		boot = max(boot, o.Boot)
	}
	return boot
}

// stoodFor reports whether a present member stands for r or what became of it.
func (s *seat) stoodFor(r Ring) bool {
	return s.stands.Ring.overlaps(r) ||
		slices.ContainsFunc(s.now.members, func(p member) bool { return p.Note.Stands.Ring.overlaps(r) })
}

// carries reports whether a present member stands for r. A ring above is made of other hosts each time:
// what became of it is as good. What became of a base ring may lack those who were in it.
func (s *seat) carries(r Ring) bool {
	if r.Level > 0 {
		return s.stoodFor(r)
	}
	return s.stands.Ring == r || slices.ContainsFunc(s.now.members, func(p member) bool { return p.Note.Stands.Ring == r })
}

// mourn has lost rings probed, judges, and hears of their return.
func (m *Machine) mourn(s *seat) {
	v := &s.vigil
	if len(v.losses) == 0 && !v.cut {
		return
	}
	for i := 0; i < len(v.losses); {
		if l := &v.losses[i]; m.settledLoss(s, l) {
			v.losses = slices.Delete(v.losses, i, i+1)
			continue
		}
		i++
	}
	lost, seen := m.count(s)
	switch {
	case v.cut && lost <= seen:
		v.cut, v.lostAt = false, m.now
		for i := range v.losses { // what it found while it was cut off says nothing
			v.losses[i].start(m.now)
		}
		m.event(ring.Event{Kind: ring.Rejoined, Subject: m.cfg.Self})
	case !v.cut && lost > seen && m.now-v.lostAt >= lossWindow:
		v.cut = true
		m.event(ring.Event{Kind: ring.Isolated, Subject: m.cfg.Self})
	}
	if v.cut {
		return
	}
	for i := range v.losses {
		m.probe(s, &v.losses[i])
	}
}

// settledLoss reports whether nothing more is to be done about l. A base ring that was called lost is
// back when a member answers, for its sibling may have taken its place. One that others see, or that
// lives under another name, is left to them.
func (m *Machine) settledLoss(s *seat, l *loss) bool {
	age := m.now - l.at
	switch {
	case l.told && l.ring.Level > 0 && s.carries(l.ring):
		m.event(m.lostEvent(ring.Restored, *l))
		return true
	case l.told:
		l.refilled = l.refilled || s.carries(l.ring)
		if s.returned(l.ring) && l.wait > reprobeSeconds {
			l.due, l.wait = m.now, reprobeSeconds
		}
	case s.carries(l.ring):
		return true
	case len(l.list.Members) == 0, l.strayed, s.stoodFor(l.ring):
		return !s.vigil.cut && age > goneSeconds
	}
	return age > lossForgotten
}

// returned reports whether somebody stands for r or a part of it, and for nothing else.
func (s *seat) returned(r Ring) bool {
	return slices.ContainsFunc(s.now.members, func(p member) bool {
		q := p.Note.Stands.Ring
		return q.overlaps(r) && r.Prefix.Covers(q.Prefix)
	})
}

// count is how many rings were lost at once, and how many are still seen, that of s among them. What is
// there under two names, because it was about to split or merge, is one.
func (m *Machine) count(s *seat) (lost, seen int) {
	v := &s.vigil
	counts := func(l loss) bool {
		return !l.strayed && (v.cut && !l.told || m.now-l.at <= atOnce && !s.stoodFor(l.ring))
	}
	for i, l := range v.losses {
		if counts(l) && !slices.ContainsFunc(v.losses[:i], func(o loss) bool { return counts(o) && o.ring.overlaps(l.ring) }) {
			lost++
		}
	}
	rings := []Prefix{s.key}
	for _, p := range s.now.members {
		if p.key.Len > 0 && !slices.Contains(rings, p.key) {
			rings = append(rings, p.key)
		}
	}
	return lost, len(rings)
}
