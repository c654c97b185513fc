package ring

import (
	"fmt"
	"time"
)

// Idle is how many ticks may pass in one Tick as well as one by one, if nothing comes meanwhile: 1 to
// BeatTicks, as nothing happens by itself before the last of them.
func (m *Machine) Idle() int {
	idle := m.untilBeat()
	if len(m.asked) > 0 {
		return 1
	}
	if m.settleTick > m.now {
		idle = min(idle, int(m.settleTick-m.now))
	}
	for i := range m.watches {
		w := &m.watches[i]
		if w.suspect || w.doubted || w.restTicks+w.yieldTicks > 0 {
			return 1
		}
		idle = min(idle, m.suspectTicks(w)-w.silentTicks)
	}
	return max(1, idle)
}

// Quiet reports whether nothing but heartbeats is going on: no suspicion, question, rest after one,
// flapping or other thing that a Tick would move on, and no work that Ready would hand over. Misses
// in a row that are too few for a suspicion don't disturb the quiet.
func (m *Machine) Quiet() bool {
	r := &m.ready
	if m.isolated || m.left || len(m.asked) > 0 || m.settleTick > 0 || m.fallen != [2]int{} || r.Announce || r.SyncWith.ID != "" ||
		len(r.Pings)+len(r.Dials)+len(r.Send)+len(r.Broadcast)+len(r.Events) > 0 {
		return false
	}
	for i := range m.watches {
		w := &m.watches[i]
		if !w.heard || w.suspect || w.doubted || w.linkTold || w.hearings+w.restTicks+w.yieldTicks > 0 || w.yielded || w.untold || w.excuses() {
			return false
		}
	}
	return true
}

// excuses reports whether heartbeats may still be under way that are excused. None is when the third
// after them is sent.
func (w *watch) excuses() bool { return w.excused > 0 && w.sent < w.excused+2 }

// Pace is how a watch on one neighbour stands.
type Pace struct {
	To           HostID
	BeatTicks    int // until the Tick that sends the next heartbeat, at least 1
	SilentTicks  int // since it was heard
	SuspectTicks int // of silence that make it suspect, as of the loss measured now
	// LeastTicks is the least that SuspectTicks can be, whatever was or will be measured. Silence of
	// fewer ticks than that comes to nothing.
	LeastTicks int
}

// Paces appends the Pace of each watch to paces, in the order in which Skip takes Spans.
func (m *Machine) Paces(paces []Pace) []Pace {
	for i := range m.watches {
		w := &m.watches[i]
		paces = append(paces, Pace{
			To: w.ID, BeatTicks: w.beatTicks, SilentTicks: w.silentTicks, SuspectTicks: m.suspectTicks(w),
			LeastTicks: m.profile.suspectTicks(m.profile.DeadBeats),
		})
	}
	return paces
}

// Span is what became of the heartbeats to one neighbour in a Skip, as their Pongs told it. What was
// under way at the beginning and ended in the span counts; what was still under way at its end does
// not.
type Span struct {
	Pongs       int           // that came: answers, and ends without one
	Missed      int           // of these, how many were no answers
	Outcomes    [2]uint64     // of the newest 128: bit 0 of the first is the newest; 1 is a miss
	SilentTicks int           // at the end, since the last answer; not looked at if there was none
	RTT         time.Duration // of each answer
}

// Skip lets n ticks pass in which nothing came to this member but the Pongs of its heartbeats, spans[i]
// from the i-th of Paces, and in which no neighbour was silent for SuspectTicks. It leaves the Machine
// just as n calls of Tick(1), with these Pongs in between, and of Ready would; its cost hardly depends
// on n. It panics if the Machine is not Quiet.
func (m *Machine) Skip(n int, spans []Span) {
	if n < 0 || len(spans) != len(m.watches) || !m.Quiet() {
		panic(fmt.Sprintf("ring: skip %d ticks with %d spans of %d watches, quiet: %v", n, len(spans), len(m.watches), m.Quiet()))
	}
	m.now += uint64(n)
	for i := range m.watches {
		m.skipWatch(&m.watches[i], n, &spans[i])
	}
}

func (m *Machine) skipWatch(w *watch, n int, s *Span) {
	w.beatTicks -= n
	if w.beatTicks <= 0 {
		beats := -w.beatTicks/m.profile.BeatTicks + 1
		w.beatTicks += beats * m.profile.BeatTicks
		w.sent += uint32(beats)
		m.stats.Beats += uint64(beats)
	}
	w.silentTicks += n
	if s.Pongs == 0 {
		return
	}
	w.record(s.Outcomes, s.Pongs)
	w.missed += uint64(s.Missed)
	m.stats.Missed += uint64(s.Missed)
	answers := s.Pongs - s.Missed
	if answers == 0 {
		return
	}
	w.silentTicks = s.SilentTicks
	w.note(s.RTT, answers)
	if m.profile.late(s.RTT) {
		w.late += uint64(answers)
		m.stats.Late += uint64(answers)
	}
}
