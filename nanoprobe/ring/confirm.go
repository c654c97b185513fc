package ring

import "slices"

const (
	// maxRounds is how often a suspect is pinged and others are asked: at 10 % loss each way a live
	// one misses all three once in 150 times, and its witness must miss it too.
	maxRounds = 3
	// A confirmation that ended in isolation rests so many heartbeats before the next, and one that
	// ended in link trouble twice as many each time, up to the second: the watcher may be one of
	// only two.
	firstRestBeats = 5
	maxRestBeats   = 60
)

// confirmation is one hearing of a suspect.
type confirmation struct {
	suspect    bool
	number     uint32 // of its questions and its dial
	round      int    // rounds ended; maxRounds is the time for the verdict
	roundTicks int    // left in this round
	cannot     []HostID
	can        []HostID
	dial       DialOutcome
}

// suspect begins a confirmation.
func (m *Machine) suspect(w *watch) {
	m.stats.Suspicions++
	m.number++
	w.hearings++
	w.confirmation = confirmation{suspect: true, number: m.number}
	m.ready.Dials = append(m.ready.Dials, Dial{To: w.Member, Number: w.number})
	m.askRound(w)
}

func (m *Machine) tickConfirmation(w *watch, n int) {
	if w.roundTicks -= n; w.roundTicks > 0 {
		return
	}
	if w.round++; w.round < maxRounds {
		m.askRound(w)
	}
}

// askRound pings the suspect and asks others about it.
func (m *Machine) askRound(w *watch) {
	w.roundTicks = m.profile.AnswerTicks
	m.ping(w.Member)
	question := Message{Kind: Ask, From: m.self.ID, Subject: w.ID, Number: w.number}
	for _, witness := range m.witnesses(w) {
		if !slices.Contains(w.can, witness.ID) { // who could not may have lost a packet
			m.send(witness, question)
		}
	}
}

// witnesses lists whom to ask in this round of w: the one nearest to it first; later the two nearest
// and one further, another one at each confirmation, so that somebody who lives is found when many
// died at once. It is asked in the second round already, since a witness that reaches nobody takes
// all the time of an answer to know it: what it says to a question of the last round comes too late.
func (m *Machine) witnesses(w *watch) []Member {
	const closest = 2
	near := slices.DeleteFunc(m.roster.nearest(w.ID), func(o Member) bool { return o.ID == m.self.ID })
	if w.round == 0 || len(near) <= closest {
		return near[:min(w.round+1, len(near))]
	}
	far := near[closest:]
	return append(near[:closest:closest], far[w.hearings%len(far)])
}

// conclude ends a confirmation whose rounds are over.
func (m *Machine) conclude(w *watch) {
	alone := m.roster.present() == 2 // there was nobody to ask
	switch {
	case len(w.can) > 0:
		m.linkTrouble(w)
	case len(w.cannot) > 0 || alone:
		m.declare(w)
		return // w is no longer watched
	case !m.hearsAny():
		m.isolate()
		w.restTicks = firstRestBeats * m.profile.BeatTicks
	}
	w.confirmation = confirmation{}
}

func (m *Machine) linkTrouble(w *watch) {
	if !w.linkTold {
		w.linkTold = true
		m.event(Event{Kind: Link, Subject: w.Member, SecondedBy: w.can,
			SilentMS: m.ms(w.silentTicks), RTTMicros: w.rtt.Microseconds()})
	}
	m.rest(w)
}

func (m *Machine) rest(w *watch) {
	w.restBeats = min(max(firstRestBeats, 2*w.restBeats), maxRestBeats)
	w.restTicks = w.restBeats * m.profile.BeatTicks
}

// hearsAny reports whether another neighbour gave a fresh sign of life.
func (m *Machine) hearsAny() bool {
	return slices.ContainsFunc(m.watches, func(w watch) bool {
		return w.heard && w.silentTicks <= m.profile.freshTicks()
	})
}

func (m *Machine) isolate() {
	if !m.isolated {
		m.isolated = true
		m.event(Event{Kind: Isolated, Subject: m.self})
	}
}

// declare is the verdict: the suspect is dead. Whoever could not reach it either is told at once, so
// that it testifies too, and so is the suspect: were it alive after all, it could refute.
func (m *Machine) declare(w *watch) {
	state := HostDead
	if w.dial != Silence {
		state = NanoprobeDown
	}
	e := m.roster.find(w.ID)
	e.gone = state
	verdict := m.verdict(*e)
	for _, id := range w.cannot {
		if witness := m.roster.find(id); witness != nil {
			m.send(witness.Member, verdict)
		}
	}
	m.send(w.Member, verdict)
	m.testify(w, state, w.cannot)
	m.depart(w.ID, state)
}

// testify reports the death of a neighbour.
func (m *Machine) testify(w *watch, state HostState, seconds []HostID) {
	m.stats.Deaths++
	m.roster.find(w.ID).reported = true
	m.event(Event{Kind: Dead, Subject: w.Member, State: state, SecondedBy: seconds,
		SilentMS: m.ms(w.silentTicks), RTTMicros: w.rtt.Microseconds()})
}

func (m *Machine) dialled(d Dialled) {
	if w := m.watching(d.To); w != nil && w.suspect && w.number == d.Number {
		w.dial = d.Outcome
	}
}

// answered takes another member's answer about a suspect. Answers to questions of an earlier
// confirmation count for nothing.
func (m *Machine) answered(a Message, by Member) {
	m.connected(by)
	w := m.watching(a.Subject)
	if w == nil || !w.suspect || w.number != a.Number {
		return
	}
	switch {
	case slices.Contains(w.can, a.From):
	case a.Reached:
		w.can = append(w.can, a.From)
	case !slices.Contains(w.cannot, a.From):
		w.cannot = append(w.cannot, a.From)
	}
}
