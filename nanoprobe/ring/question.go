package ring

import "slices"

// maxAsked bounds the questions of others that wait for the answer to a ping: a member is asked about
// its two neighbours' other sides by few, and about many when many died at once.
const maxAsked = 64

// asked is a question of another member that waits for the answer to a ping.
type asked struct {
	by       HostID
	subject  HostID
	number   uint32 // of the question
	ping     uint32 // number of our ping
	ageTicks int
}

// answer takes another member's question whether this one can reach subject. Of one that is dead, or
// was heard just now, it says so at once.
func (m *Machine) answer(q Message, by, subject *entry) {
	if subject.dead() {
		m.send(by.Member, m.verdict(*subject))
		return
	}
	w := m.watching(q.Subject)
	if w != nil && m.fresh(w) {
		m.send(by.Member, Message{Kind: Answer, From: m.self.ID, Subject: q.Subject, Number: q.Number, Reached: true})
		return
	}
	if len(m.asked) == maxAsked {
		m.stats.Unanswered++
		return
	}
	a := asked{by: q.From, subject: q.Subject, number: q.Number}
	if w != nil {
		a.ping = w.ping // if one is under way
		m.yield(w, by.ID)
	}
	if a.ping == 0 {
		a.ping = m.ping(subject.Member)
	}
	m.asked = append(m.asked, a)
}

// yield leaves the confirmation of w to the member that asked about it, so that two witnesses do not
// both go to all the trouble. Of two that ask each other the one with the lower id goes on. Should
// nothing come of it, this member confirms after all.
func (m *Machine) yield(w *watch, to HostID) {
	if w.yielded || w.suspect && m.self.ID < to {
		return
	}
	w.yielded = true
	w.confirmation = confirmation{}
	w.yieldTicks = w.rounds()*m.profile.AnswerTicks + m.profile.AnswerTicks + 2
}

// pass answers whoever asked for the ping that p ends.
func (m *Machine) pass(p Pong) {
	if len(m.asked) == 0 || heartbeat(p.Number) {
		return
	}
	for _, a := range m.asked {
		if by := m.roster.find(a.by); a.ping == p.Number && by != nil {
			m.send(by.Member, Message{Kind: Answer, From: m.self.ID, Subject: a.subject, Number: a.number, Reached: p.Reached})
		}
	}
	m.asked = slices.DeleteFunc(m.asked, func(a asked) bool { return a.ping == p.Number })
}

// ageQuestions drops those whose answer would come too late.
func (m *Machine) ageQuestions(n int) {
	if len(m.asked) == 0 {
		return
	}
	for i := range m.asked {
		m.asked[i].ageTicks += n
	}
	m.asked = slices.DeleteFunc(m.asked, func(a asked) bool { return a.ageTicks > 2*m.profile.AnswerTicks })
}
