package ring

import "time"

// maxAbreast bounds the members that are looked at at once on one side.
const maxAbreast = 16

// watch is what a member knows of one neighbour.
type watch struct {
	Member
	link
	side        int    // on which it lies, as roster.walk counts
	silentTicks int    // since it was heard, or since the watch began
	beatTicks   int    // until the next heartbeat
	sent        uint32 // heartbeats
	excused     uint32 // heartbeats of lower numbers were sent before an outage was over: their failure is no loss
	heard       bool   // at least once
	ahead       bool   // it came into view because another died, and was not heard yet
	untold      bool   // likewise, or heard shortly before: it may not know who else died
	doubted     bool   // memberlist dropped it, and it was not heard since
	linkTold    bool   // trouble on the link was reported

	// restTicks is how long no new confirmation begins, after one that ended without a verdict;
	// restBeats how long the next rest will be. yieldTicks likewise, while another member confirms.
	restTicks, restBeats int
	yieldTicks           int
	yielded              bool // once in a silence is enough
	hearings             int  // confirmations since it was heard

	confirmation
}

// Neighbour is a member that this one watches, and that watches this one.
type Neighbour struct {
	Member
	Silent   time.Duration `json:"silent_ns"`      // since it was heard last, in ticks of the profile
	RTT      time.Duration `json:"rtt_ns"`         // of the last heartbeat it answered; 0 before the first
	RTTMin   time.Duration `json:"rtt_min_ns"`     // of the last 128 that it answered
	RTTMean  time.Duration `json:"rtt_mean_ns"`    // likewise
	RTTP99   time.Duration `json:"rtt_p99_ns"`     // likewise
	Missed   uint64        `json:"missed"`         // heartbeats without an answer, since the watch began
	Late     uint64        `json:"late"`           // answers after more than half of the profile's time
	LossPct  int           `json:"loss_pct"`       // of the last 128 heartbeats before its silence, there or back
	Patience int           `json:"patience_beats"` // missed in a row that make it suspect
	Suspect  bool          `json:"suspect"`        // being confirmed
	Link     bool          `json:"link"`           // others reach it, this member does not
}

// Watching lists the neighbours, nearest on the circle first. While many die at once they are more
// than four.
func (m *Machine) Watching() []Neighbour {
	neighbours := make([]Neighbour, 0, len(m.watches))
	for i := range m.watches {
		w := &m.watches[i]
		n := Neighbour{
			Member: w.Member, Missed: w.missed, Late: w.late,
			Silent: time.Duration(w.silentTicks) * m.profile.Tick, RTT: w.rtt(),
			LossPct: w.lossPct(), Patience: w.patience(m.profile), Suspect: w.suspect, Link: w.linkTold,
		}
		n.RTTMin, n.RTTMean, n.RTTP99 = w.rtts()
		neighbours = append(neighbours, n)
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

// rewatch makes the watches agree with the circle, and sends whoever is new among them a heartbeat.
// After a death those have just that one to answer.
func (m *Machine) rewatch(death bool) {
	m.chooseWatches(death)
	for i := range m.watches {
		if w := &m.watches[i]; w.beatTicks == 0 {
			m.beat(w)
		}
	}
}

// chooseWatches takes those that are next on each side, and as many
// beyond them as have just died in a row, until one that lives is among them. So 1, 2, 4, 8 and so on
// are looked at abreast when many died together, and none in vain when one did.
func (m *Machine) chooseWatches(death bool) {
	perSide := m.roster.perSide(m.profile)
	old := m.watches
	m.watches = make([]watch, 0, max(cap(old), 2*perSide))
	var taken, fresh [2]int
	m.roster.walk(m.self.ID, func(e *entry, side int) bool {
		m.watches = append(m.watches, m.watchOf(e, side, death, old))
		taken[side]++
		if m.fresh(&m.watches[len(m.watches)-1]) {
			fresh[side]++
		}
		return fresh[side] < perSide && taken[side] < min(perSide+m.fallen[side], max(perSide, maxAbreast))
	})
	for side := range m.fallen {
		if fresh[side] == taken[side] {
			m.fallen[side] = 0
		}
	}
}

// watchOf is the watch of e among old ones, or a new one. A new link is taken to be as bad as the
// worst that this member has, until it is measured. Whoever comes into view because another died has
// one heartbeat to answer, as it may be dead as well; unless it has just said something.
func (m *Machine) watchOf(e *entry, side int, ahead bool, old []watch) watch {
	w := watch{Member: e.Member, side: side, ahead: ahead, untold: ahead}
	worst := 0
	for i := range old {
		o := &old[i]
		if o.ID == e.ID {
			known := *o
			known.Member, known.side = e.Member, side
			return known
		}
		if lost := o.lost(); lost > worst {
			worst = lost
			w.expect(&o.link)
		}
	}
	if silent := m.now - e.heardTick; e.heardTick > 0 && silent <= uint64(m.profile.freshTicks()) {
		w.heard, w.ahead, w.silentTicks, w.beatTicks = true, false, int(silent), m.untilBeat()
	}
	return w
}

// fresh reports whether a neighbour gave a sign of life just now.
func (m *Machine) fresh(w *watch) bool { return w.heard && w.silentTicks <= m.profile.freshTicks() }

// untilBeat is how many ticks from now the next heartbeats go out: those to all neighbours together, so
// that a host has to wake up for them once.
func (m *Machine) untilBeat() int {
	return m.profile.BeatTicks - int(m.now%uint64(m.profile.BeatTicks))
}

// beat sends a heartbeat.
func (m *Machine) beat(w *watch) {
	w.beatTicks = m.untilBeat()
	w.sent++
	m.ready.Pings = append(m.ready.Pings, Ping{To: w.Member, Number: 2 * w.sent})
	m.stats.Beats++
	if w.ahead {
		m.stats.Looks++
	}
}

// suspectTicks is how long w may be silent before it is suspect.
func (m *Machine) suspectTicks(w *watch) int {
	if w.ahead {
		return m.profile.AnswerTicks + 1
	}
	return m.profile.suspectTicks(w.patience(m.profile))
}

// age lets n ticks pass.
func (w *watch) age(n int) {
	w.silentTicks += n
	w.beatTicks -= n
	w.restTicks = max(0, w.restTicks-n)
	w.yieldTicks = max(0, w.yieldTicks-n)
}

// tickWatch does what is due. Who else was heard how long ago counts in it, so all have aged before.
func (m *Machine) tickWatch(w *watch) {
	if w.beatTicks <= 0 {
		m.beat(w)
	}
	switch {
	case w.suspect:
		m.tickConfirmation(w)
	case w.restTicks > 0 || w.yieldTicks > 0:
	case w.doubted || w.silentTicks > m.profile.AnswerTicks && w.silentTicks >= m.suspectTicks(w):
		m.suspect(w)
	}
}

// pong takes the end of a ping, be it a heartbeat, of a confirmation or for another member.
func (m *Machine) pong(p Pong) {
	w := m.watching(p.To)
	if w != nil && p.Reached && w.hearings > 0 {
		w.excuse()
	}
	if w != nil && heartbeat(p.Number) {
		m.measure(w, p)
	}
	if w != nil && p.Number == w.ping {
		w.ping = 0
	}
	m.pass(p)
	if w != nil && p.Reached {
		m.hear(w)
	}
}

// measure notes what became of a heartbeat. Of a silence that gave rise to suspicion, which is an
// outage and not loss, nothing stays among the outcomes.
func (m *Machine) measure(w *watch, p Pong) {
	if !p.Reached {
		w.miss(w.hearings > 0 || p.Number/2 < w.excused)
		m.stats.Missed++
		return
	}
	late := m.profile.late(p.RTT)
	w.answer(p.RTT, late)
	if late {
		m.stats.Late++
	}
}

// excuse takes an outage that is over out of what is known of the link: the misses since the last
// answer, and those of heartbeats that are still under way.
func (w *watch) excuse() {
	w.forgive()
	w.excused = w.sent + 1
}

// hear notes a sign of life. The watches may be others afterwards.
func (m *Machine) hear(w *watch) {
	if w.suspect {
		m.stats.Cleared++
	}
	if w.linkTold {
		m.event(Event{Kind: LinkUp, Subject: w.Member, SilentMS: m.ms(w.silentTicks),
			RTTMicros: w.rtt().Microseconds(), LossPct: w.lossPct()})
	}
	if w.untold {
		m.repeat()
	}
	w.silentTicks, w.heard, w.ahead, w.untold, w.doubted, w.linkTold = 0, true, false, false, false, false
	w.restTicks, w.restBeats, w.yieldTicks, w.yielded, w.hearings = 0, 0, 0, false, 0
	w.confirmation = confirmation{}
	m.connected(w.Member)
	if m.fallen != [2]int{} {
		m.rewatch(false)
	}
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
	m.asked = m.asked[:0]
	for i := range m.watches {
		w := &m.watches[i]
		w.excuse()
		w.silentTicks, w.ahead, w.doubted, w.confirmation = 0, false, false, confirmation{}
	}
	if len(m.watches) > 0 {
		m.ready.SyncWith = m.watches[0].Member
	}
}

func (m *Machine) ms(ticks int) int64 {
	return (time.Duration(ticks) * m.profile.Tick).Milliseconds()
}
