package ring

import (
	"slices"
	"time"
)

// repeatTime is for how long a verdict is new: half of a ring that dies at once is declared in less.
const repeatTime = 30 * time.Second

// verdict is what this member says of one that is gone.
func (m *Machine) verdict(e entry) Message {
	return Message{Kind: Verdict, From: m.self.ID, Subject: e.ID, Boot: e.Boot, Epoch: e.Epoch, State: e.gone}
}

// relayed is m in another member's mouth.
func (m Message) relayed(by HostID) Message {
	m.From = by
	return m
}

// declare is the verdict: the suspect is dead. Whoever could not reach it either is told at once, so
// that it testifies too, and so is the suspect: were it alive after all, it could refute.
func (m *Machine) declare(w *watch) {
	state := HostDead
	if w.dial != Silence {
		state = NanoprobeDown
	}
	e := m.roster.find(w.ID)
	m.testify(w, e, state, w.cannot)
	told := append(slices.Clone(w.cannot), w.ID)
	m.depart(e, state)
	verdict := m.verdict(*e)
	for _, id := range told {
		if o := m.roster.find(id); o != nil {
			m.send(o.Member, verdict)
		}
	}
	m.roster.forget()
}

// testify reports the death of a neighbour, unless it dies too often to be told.
func (m *Machine) testify(w *watch, e *entry, state HostState, seconds []HostID) {
	m.stats.Deaths++
	e.reported = true
	if e.flaps.held() {
		return
	}
	m.event(m.testimony(w, Event{Kind: Dead, State: state, SecondedBy: seconds}))
}

// depart takes a member off the circle; a verdict is passed on. The next on its side is looked at at
// once, as it may have died with it.
func (m *Machine) depart(e *entry, state HostState) {
	m.roster.remove(e, state, m.now)
	if state != lost {
		m.ready.Broadcast = append(m.ready.Broadcast, m.verdict(*e))
	}
	if e.dead() {
		e.flaps.stirred = true
		if w := m.watching(e.ID); w != nil {
			m.fallen[w.side] = min(m.fallen[w.side]+1, maxAbreast)
		}
	}
	m.rewatch(e.dead())
}

// repeat broadcasts the verdicts of the last while once more, now that a neighbour is found behind those
// who died: it may have heard of none, since broadcasts ride on heartbeats, which went to the dead.
func (m *Machine) repeat() {
	recent := m.ticks(repeatTime)
	for i := range m.roster.entries {
		if e := &m.roster.entries[i]; e.dead() && m.now-e.goneTick <= recent {
			m.ready.Broadcast = append(m.ready.Broadcast, m.verdict(*e))
		}
	}
}

// contradict tells a member that is held to be gone, and gives a sign of life, what is said of it.
// It refutes with a higher epoch, which all will see. Its neighbours alone do so: one is enough. They
// do so now and then: of two that hold each other to be dead, each would answer the other for ever.
func (m *Machine) contradict(e *entry) {
	if m.now < e.quietUntil || !m.tells(e) {
		return
	}
	e.quietUntil = m.now + uint64(m.profile.freshTicks())
	m.send(e.Member, m.verdict(*e))
}

// tells reports whether it is for this member to say what became of e.
func (m *Machine) tells(e *entry) bool {
	return e.reported || m.roster.adjacent(e.ID, m.self.ID, m.profile)
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
	farewell := v.State == ShutDown || v.State == Moved
	if w != nil && !farewell && m.fresh(w) {
		m.send(w.Member, v.relayed(m.self.ID)) // it lives, and must refute
		return
	}
	e.Boot, e.Epoch = v.Boot, v.Epoch
	if e.gone == lost {
		m.roster.restore(e)
	}
	switch {
	case w == nil || v.State == Moved: // others testify; nobody need
	case v.State == ShutDown:
		m.event(Event{Kind: Shutdown, Subject: e.Member, State: ShutDown})
	default:
		w.Member = e.Member
		m.testify(w, e, v.State, []HostID{v.From})
	}
	m.depart(e, v.State)
	m.roster.forget()
}

// refute answers a verdict on this member itself with a higher epoch. A verdict on another boot is
// not about this start of the nanoprobe.
func (m *Machine) refute(v Message) {
	if v.Boot == m.self.Boot && v.Epoch >= m.self.Epoch {
		m.stats.Refutations++
		m.raise(v.Epoch + 1)
	}
}

// raise takes a higher epoch, which all shall see.
func (m *Machine) raise(epoch uint32) {
	if epoch <= m.self.Epoch {
		return
	}
	m.self.Epoch = epoch
	m.roster.find(m.self.ID).Epoch = epoch
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
