package ring

import "slices"

const (
	// A confirmation that ended without a verdict, in isolation or in link trouble, rests so many
	// heartbeats before the next, and twice as many each time, up to the second: the watcher may be
	// one of only two.
	firstRestBeats = 5
	maxRestBeats   = 60

	// maxQuestioned bounds who is asked about one suspect: one, then two further ones, then as many
	// as are left to this. A ring of which half died at once has a living one among them all but
	// once in 60,000 times.
	maxQuestioned = 16
	// minWaves is how often others are asked before the silence of all of them counts as isolation.
	minWaves = 3
	// Where it is known that this member's link is at fault, its own silence says nothing: three
	// others must fail to reach the suspect, in so many rounds.
	linkWitnesses, linkRounds = 3, 5
)

// confirmation is one hearing of a suspect.
type confirmation struct {
	suspect    bool
	number     uint32 // of its questions and its dial
	ticks      int    // since it began
	askedTicks int    // when others were asked last
	pings      int    // that it sends, one in each time of an answer
	ping       uint32 // number of the newest one while it is under way, else 0
	questioned []HostID
	cannot     []HostID
	can        []HostID
	dial       DialOutcome
}

func (c *confirmation) answered() bool { return len(c.can)+len(c.cannot) > 0 }

// suspect begins a confirmation.
func (m *Machine) suspect(w *watch) {
	m.stats.Suspicions++
	w.hearings++
	w.confirmation = confirmation{suspect: true, number: m.nextNumber(), pings: w.rounds()}
	if w.linkTold {
		w.pings = max(w.pings, linkRounds)
	}
	m.ready.Dials = append(m.ready.Dials, Dial{To: w.Member, Number: w.number})
	w.ping = m.ping(w.Member)
	m.question(w)
}

// tickConfirmation lets one tick pass, were it late or not: what came in meanwhile has not been read.
// Others are asked a tick after the answer of those asked before was due, since a witness that
// reaches nobody needs all of that time to know it.
func (m *Machine) tickConfirmation(w *watch) {
	w.ticks++
	if w.ticks%m.profile.AnswerTicks == 0 && w.ticks < w.pings*m.profile.AnswerTicks {
		w.ping = m.ping(w.Member)
	}
	if wave := m.profile.AnswerTicks + 1; w.ticks%wave == 0 && w.ticks < max(minWaves*wave, w.pings*m.profile.AnswerTicks) {
		m.question(w)
	}
}

// over reports whether a confirmation has heard all it will: its pings are over, and somebody answered
// a question, and nobody else will.
func (m *Machine) over(w *watch) bool {
	wave := m.profile.AnswerTicks + 1
	switch {
	case !w.suspect || w.ticks < w.pings*m.profile.AnswerTicks:
		return false
	case len(w.can) > 0 || m.alone():
		return true
	case len(w.cannot) > 0:
		return w.ticks >= w.askedTicks+wave || w.askedTicks <= wave && !m.asksAgain(w)
	}
	return w.ticks > minWaves*wave
}

// asksAgain reports whether those who can't reach w either are asked again, since they may have lost a
// packet too: on a link that loses much, or is known to be at fault.
func (m *Machine) asksAgain(w *watch) bool { return w.linkTold || w.pings > minRounds }

// alone reports whether there is nobody but the suspect to ask.
func (m *Machine) alone() bool { return m.roster.present == 2 }

// question asks others about a suspect: one, then two further ones, then many more, until somebody has
// answered. An isolated member does not go on to many.
func (m *Machine) question(w *watch) {
	if len(w.can) > 0 || len(w.cannot) > 0 && !m.asksAgain(w) {
		return
	}
	bound := maxQuestioned
	switch wave := w.ticks / (m.profile.AnswerTicks + 1); {
	case wave == 0 && !w.linkTold:
		bound = 1
	case wave <= 1 || m.isolated || w.answered():
		bound = linkWitnesses
	}
	ask := Message{Kind: Ask, From: m.self.ID, Subject: w.ID, Number: w.number}
	w.askedTicks = w.ticks
	w.questioned = w.questioned[:0]
	for _, witness := range m.witnesses(w) {
		if len(w.questioned) == bound {
			break
		}
		w.questioned = append(w.questioned, witness.ID)
		m.send(witness, ask)
	}
}

// witnesses lists whom to ask about w in this order: the one nearest to it, which watches it too; this
// member's own other neighbours, which are known to live; the second nearest; and then others from all
// around the circle, further ones at each confirmation, so that somebody who lives is found when many
// died at once. Whoever was not heard for a while is asked when there is nobody else.
func (m *Machine) witnesses(w *watch) []Member {
	var near, own, doubtful []Member
	m.roster.walk(w.ID, func(e *entry, _ int) bool {
		switch o := m.watching(e.ID); {
		case e.ID == m.self.ID:
		case o == nil || len(near) == 0 && m.fresh(o):
			near = append(near, e.Member)
		case m.fresh(o):
			own = append(own, e.Member)
		default:
			doubtful = append(doubtful, e.Member)
		}
		return true
	})
	first := min(1, len(near))
	if w.ahead { // the one nearest to it may have died with it
		first = 0
	}
	return slices.Concat(near[:first], own, around(near[first:], w.hearings), doubtful)
}

// around lists the nearest of members, and then the others in steps of an eighth of the circle.
func around(members []Member, start int) []Member {
	const steps = 8
	if len(members) <= steps {
		return members
	}
	rest := members[1:]
	all := members[:1:1]
	for offset := 0; len(all) < len(members); offset++ {
		for k := range steps {
			if i := k*len(rest)/steps + offset; i < (k+1)*len(rest)/steps {
				all = append(all, rest[(start+i)%len(rest)])
			}
		}
	}
	return all
}

// conclude ends a confirmation that is over.
func (m *Machine) conclude(w *watch) {
	switch {
	case len(w.can) > 0:
		m.linkTrouble(w)
	case len(w.cannot) > 0 || m.alone():
		m.declare(w)
		return // w is no longer watched
	case !m.hearsAny():
		m.isolate()
		m.rest(w)
	}
	w.confirmation = confirmation{}
}

func (m *Machine) linkTrouble(w *watch) {
	if !w.linkTold {
		w.linkTold = true
		m.stats.Links++
		m.event(m.testimony(w, Event{Kind: Link, SecondedBy: w.can}))
	}
	m.rest(w)
}

func (m *Machine) rest(w *watch) {
	w.doubted = false
	w.restBeats = min(max(firstRestBeats, 2*w.restBeats), maxRestBeats)
	w.restTicks = w.restBeats * m.profile.BeatTicks
}

// hearsAny reports whether another neighbour gave a fresh sign of life.
func (m *Machine) hearsAny() bool {
	for i := range m.watches {
		if m.fresh(&m.watches[i]) {
			return true
		}
	}
	return false
}

func (m *Machine) isolate() {
	if !m.isolated {
		m.isolated = true
		m.stats.Isolations++
		m.event(Event{Kind: Isolated, Subject: m.self})
	}
}

// testimony fills in what the witness knows of a neighbour that e is about.
func (m *Machine) testimony(w *watch, e Event) Event {
	e.Subject = w.Member
	e.SilentMS, e.RTTMicros, e.LossPct = m.ms(w.silentTicks), w.rtt().Microseconds(), w.lossPct()
	if w.suspect {
		e.Asked, e.Dial = w.questioned, w.dial.String()
	}
	return e
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
	said := &w.cannot
	if a.Reached {
		said = &w.can
	}
	if !slices.Contains(*said, a.From) && len(*said) < maxQuestioned {
		*said = append(*said, a.From)
	}
}
