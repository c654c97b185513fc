package ring

import "fmt"

// joined takes what memberlist lists: a new member, an old one's return, or a refutation.
func (m *Machine) joined(j Member) error {
	if err := j.validate(); err != nil {
		return err
	}
	if j.ID == m.self.ID {
		m.self.Addr = j.Addr
		m.roster.find(j.ID).Addr = j.Addr
		return nil
	}
	e := m.roster.find(j.ID)
	if (e == nil || e.gone != "") && m.roster.present() == MaxMembers {
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
		e.gone = ""
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
	*e = entry{Member: j, place: was.place}
	if m.adjacent(j.ID) || was.reported {
		switch {
		case was.gone != "" && was.gone != lost:
			m.event(Event{Kind: Alive, Subject: j})
		case j.Boot > was.Boot:
			m.event(Event{Kind: Restarted, Subject: j})
		}
	}
	if w := m.watching(j.ID); w != nil {
		*w = watch{Member: j, beatTicks: w.beatTicks}
	}
}

// adjacent reports whether id is, or would be, a neighbour of this member.
func (m *Machine) adjacent(id HostID) bool {
	for _, n := range m.roster.neighbours(id, m.profile.PerSide) {
		if n.ID == m.self.ID {
			return true
		}
	}
	return false
}

// contradict tells a member that is held to be gone, and gives a sign of life, what is said of it.
// It refutes with a higher epoch, which all will see. Its neighbours alone do so: one is enough. They
// do so now and then: of two that hold each other to be dead, each would answer the other for ever.
func (m *Machine) contradict(e *entry) {
	if m.now < e.quietUntil || !e.reported && !m.adjacent(e.ID) {
		return
	}
	e.quietUntil = m.now + uint64(m.profile.freshTicks())
	m.send(e.Member, m.verdict(*e))
}

// lost takes memberlist's word that a member is gone. For a neighbour it is a reason to look, for
// anyone else it is enough to close the circle over it.
func (m *Machine) lost(id HostID) error {
	e := m.roster.find(id)
	if e == nil || e.gone != "" || id == m.self.ID {
		return nil
	}
	if w := m.watching(id); w != nil {
		if w.silentTicks > m.profile.freshTicks() {
			w.silentTicks = max(w.silentTicks, m.profile.suspectTicks())
		}
		return nil
	}
	m.depart(id, lost)
	return nil
}

// depart takes a member off the circle; a verdict is passed on.
func (m *Machine) depart(id HostID, state HostState) {
	e := m.roster.find(id)
	e.gone, e.goneTick = state, m.now
	if state != lost {
		m.ready.Broadcast = append(m.ready.Broadcast, m.verdict(*e))
	}
	m.rewatch(true)
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
	if from.gone == HostDead || from.gone == NanoprobeDown {
		m.contradict(from)
	}
	switch msg.Kind {
	case Ask:
		m.answer(msg, subject.Member)
	case Answer:
		m.answered(msg, from.Member)
	case Verdict:
		m.learn(msg, subject)
	}
	return nil
}

// learn takes another member's verdict.
func (m *Machine) learn(v Message, e *entry) {
	if v.Subject == m.self.ID {
		m.refute(v)
		return
	}
	if e.newer(v.Boot, v.Epoch) || e.gone != "" && e.gone != lost {
		return // refuted, or known
	}
	w := m.watching(v.Subject)
	if w != nil && v.State != ShutDown && w.heard && w.silentTicks <= m.profile.freshTicks() {
		m.send(w.Member, v.relayed(m.self.ID)) // it lives, and must refute
		return
	}
	e.Boot, e.Epoch = v.Boot, v.Epoch
	switch {
	case w == nil: // others testify
	case v.State == ShutDown:
		m.event(Event{Kind: Shutdown, Subject: e.Member, State: ShutDown})
	default:
		w.Member = e.Member
		m.testify(w, v.State, []HostID{v.From})
	}
	m.depart(v.Subject, v.State)
}

// relayed is m in another member's mouth.
func (m Message) relayed(by HostID) Message {
	m.From = by
	return m
}

// refute answers a verdict on this member itself with a higher epoch. A verdict on another boot is
// not about this start of the nanoprobe.
func (m *Machine) refute(v Message) {
	if v.Boot != m.self.Boot || v.Epoch < m.self.Epoch {
		return
	}
	m.self.Epoch = v.Epoch + 1
	m.roster.find(m.self.ID).Epoch = m.self.Epoch
	m.ready.Announce = true
}

// synced takes all that another member holds to be dead, after a partition perhaps half the ring. A
// verdict on this member is refuted; who is present here is told what is said of it, and judges
// itself. Nobody is taken off the circle: the fresh verdicts come as messages.
func (m *Machine) synced(verdicts []Message) {
	for _, v := range verdicts {
		e := m.roster.find(v.Subject)
		switch {
		case v.Subject == m.self.ID:
			m.refute(v)
		case e != nil && e.gone == "" && !e.newer(v.Boot, v.Epoch):
			m.send(e.Member, v.relayed(m.self.ID))
		}
	}
}
