package ring

import "fmt"

// joined takes what memberlist lists: a new member, an old one's return, or a refutation.
func (m *Machine) joined(j Member) error {
	if err := j.validate(); err != nil {
		return err
	}
	e := m.roster.find(j.ID)
	if j.ID == m.self.ID {
		m.self.Addr, e.Addr = j.Addr, j.Addr
		return nil
	}
	if (e == nil || e.gone != "") && m.roster.present == MaxMembers {
		return fmt.Errorf("host %q: %w, %d members", j.ID, ErrFull, MaxMembers)
	}
	switch {
	case e == nil:
		m.roster.add(j)
	case e.newer(j.Boot, j.Epoch):
		return nil // old news
	case j.newer(e.Boot, e.Epoch):
		m.returned(e, j)
	case e.gone == lost:
		m.roster.restore(e)
	case e.gone != "":
		m.contradict(e)
		return nil
	default:
		e.Member = j
	}
	m.rewatch(false)
	return nil
}

// returned puts a later appearance of a host in the place of e.
func (m *Machine) returned(e *entry, j Member) {
	was := *e
	if was.gone != "" {
		m.roster.restore(e)
	}
	*e = entry{Member: j, place: was.place, flaps: was.flaps}
	tells := m.tells(&was)
	w := m.watching(j.ID)
	switch {
	case was.dead():
		m.back(e, Event{Kind: Alive, Subject: j}, tells)
	case was.gone == ShutDown && tells:
		m.event(Event{Kind: Alive, Subject: j})
	case was.gone == "" && j.Boot > was.Boot:
		// A newcomer may have the old boot from a list that was out of date, and its heartbeats were
		// answered by the new one, in the same name.
		newcomer := m.now < uint64(2*m.profile.suspectTicks(m.profile.DeadBeats))
		m.back(e, Event{Kind: Restarted, Subject: j}, tells && !newcomer && w != nil && w.heard)
	}
	if w != nil { // the link is the same, all else begins anew
		*w = watch{Member: j, link: w.link, side: w.side, beatTicks: w.beatTicks, sent: w.sent, excused: w.sent + 1}
	}
}

// lost takes memberlist's word that a member is gone. For a neighbour it is a reason to look, for
// anyone else it is enough to close the circle over it.
func (m *Machine) lost(id HostID) {
	e := m.roster.find(id)
	if e == nil || e.gone != "" || id == m.self.ID {
		return
	}
	if w := m.watching(id); w != nil {
		w.doubted = !m.fresh(w)
		return
	}
	m.depart(e, lost)
	m.roster.forget()
}

// received takes a message of another member.
func (m *Machine) received(msg Message) error {
	from, subject := m.roster.find(msg.From), m.roster.find(msg.Subject)
	switch {
	case from == nil || msg.From == m.self.ID:
		return fmt.Errorf("message from %q: %w", msg.From, ErrStranger)
	case subject == nil:
		return fmt.Errorf("message from %q about %q: %w", msg.From, msg.Subject, ErrStranger)
	}
	from.heardTick = m.now
	if from.dead() {
		m.contradict(from)
	}
	if w := m.watching(msg.From); w != nil && w.suspect && len(w.can) == 0 {
		w.can = append(w.can, msg.From) // it lives: it says something itself
	}
	switch msg.Kind {
	case Ask:
		m.answer(msg, from, subject)
	case Answer:
		m.answered(msg, from.Member)
	case Verdict:
		m.learn(msg, subject)
	}
	return nil
}
