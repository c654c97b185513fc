package ring

import (
	"slices"
	"time"
)

// watch is what a member knows of one neighbour.
type watch struct {
	Member
	silentTicks int // since it was heard, or since the watch began
	beatTicks   int // until the next heartbeat
	rtt         time.Duration
	heard       bool // at least once
	linkTold    bool // trouble on the link was reported

	// restTicks is how long no new confirmation begins, after one that ended without a verdict;
	// restBeats how long the next rest will be.
	restTicks, restBeats int
	hearings             int // confirmations since it was heard

	confirmation
}

// Neighbour is a member that this one watches, and that watches this one.
type Neighbour struct {
	Member
	Silent  time.Duration `json:"silent_ns"` // since it was heard last, in ticks of the profile
	RTT     time.Duration `json:"rtt_ns"`    // of the last heartbeat it answered; 0 before the first
	Suspect bool          `json:"suspect"`   // being confirmed
	Link    bool          `json:"link"`      // others reach it, this member does not
}

// Watching lists the neighbours, nearest on the circle first.
func (m *Machine) Watching() []Neighbour {
	neighbours := make([]Neighbour, 0, len(m.watches))
	for _, w := range m.watches {
		neighbours = append(neighbours, Neighbour{
			Member: w.Member, RTT: w.rtt, Suspect: w.suspect, Link: w.linkTold,
			Silent: time.Duration(w.silentTicks) * m.profile.Tick,
		})
	}
	return neighbours
}

func (m *Machine) watching(id HostID) *watch {
	for i := range m.watches {
		if m.watches[i].ID == id {
			return &m.watches[i]
		}
	}
	return nil
}

// rewatch makes the watches agree with the circle. A neighbour that comes into view because another
// died is looked at at once and has one heartbeat to answer: it may be dead as well.
func (m *Machine) rewatch(afterDeath bool) {
	neighbours := m.roster.neighbours(m.self.ID, m.profile.PerSide)
	watches := make([]watch, 0, len(neighbours))
	for _, n := range neighbours {
		w := watch{Member: n}
		if known := m.watching(n.ID); known != nil {
			w = *known
			w.Member = n
		} else if afterDeath {
			w.silentTicks = m.profile.suspectTicks() - m.profile.BeatTicks
		}
		watches = append(watches, w)
	}
	m.watches = watches
	for i := range m.watches {
		if w := &m.watches[i]; w.beatTicks == 0 {
			m.beat(w)
		}
	}
}

func (m *Machine) beat(w *watch) {
	w.beatTicks = m.profile.BeatTicks
	m.ping(w.Member)
	m.stats.Beats++
}

func (m *Machine) tickWatch(w *watch, n int) {
	w.silentTicks += n
	w.restTicks = max(0, w.restTicks-n)
	if w.beatTicks -= n; w.beatTicks <= 0 {
		m.beat(w)
	}
	switch {
	case w.suspect:
		m.tickConfirmation(w, n)
	case w.silentTicks >= m.profile.suspectTicks() && w.restTicks == 0:
		m.suspect(w)
	}
}

// hear notes a sign of life.
func (m *Machine) hear(w *watch, rtt time.Duration) {
	if w.suspect {
		m.stats.Cleared++
	}
	if w.linkTold {
		m.event(Event{Kind: LinkUp, Subject: w.Member, SilentMS: m.ms(w.silentTicks), RTTMicros: rtt.Microseconds()})
	}
	*w = watch{Member: w.Member, beatTicks: w.beatTicks, rtt: rtt, heard: true}
	m.connected(w.Member)
}

// connected ends isolation: with has answered.
func (m *Machine) connected(with Member) {
	if !m.isolated {
		return
	}
	m.isolated = false
	m.event(Event{Kind: Rejoined, Subject: m.self})
	m.ready.SyncWith = with // it may have been found dead meanwhile, and must hear of it to refute
}

// forgive is for a watcher that was held up itself: the silence was its own.
func (m *Machine) forgive() {
	m.stats.Stalls++
	m.asked = nil
	for i := range m.watches {
		w := &m.watches[i]
		w.silentTicks, w.confirmation = 0, confirmation{}
	}
	if len(m.watches) > 0 {
		m.ready.SyncWith = m.watches[0].Member
	}
}

func (m *Machine) pong(p Pong) {
	if w := m.watching(p.To); w != nil {
		if p.Reached {
			m.hear(w, p.RTT)
		} else {
			m.stats.Missed++
		}
	}
	i := slices.IndexFunc(m.asked, func(a asked) bool { return a.ping == p.Number })
	if i < 0 {
		return
	}
	a := m.asked[i]
	m.asked = slices.Delete(m.asked, i, i+1)
	if by := m.roster.find(a.by); by != nil {
		m.send(by.Member, Message{Kind: Answer, From: m.self.ID, Subject: a.subject, Number: a.number, Reached: p.Reached})
	}
}

// answer takes another member's question whether this one can reach subject.
func (m *Machine) answer(q Message, subject Member) {
	if len(m.asked) == maxAsked {
		m.stats.Unanswered++
		return
	}
	m.asked = append(m.asked, asked{by: q.From, subject: q.Subject, number: q.Number, ping: m.ping(subject)})
}

func (m *Machine) ms(ticks int) int64 {
	return (time.Duration(ticks) * m.profile.Tick).Milliseconds()
}
