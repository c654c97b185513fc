package ring

import "time"

const (
	// A member that comes back for the flapReturns-th time within flapWindow is flapping. Nothing is
	// told of its deaths and returns then for minHold, and twice as long each time that it goes on, up
	// to maxHold.
	flapReturns = 3
	flapWindow  = 10 * time.Minute
	minHold     = 5 * time.Minute
	maxHold     = time.Hour
)

// flaps is what a member's deaths and returns come to.
type flaps struct {
	returns   [flapReturns]uint64 // ticks of the last ones, the newest first
	count     int                 // returns since it began to flap
	holdTicks uint64              // how long its deaths and returns are not told; 0: they are
	holdUntil uint64
	stirred   bool // it died or returned since this hold began
}

func (f *flaps) held() bool { return f.holdTicks > 0 }

func (m *Machine) ticks(d time.Duration) uint64 { return uint64(d / m.profile.Tick) }

// back tells that a host returned that had not taken its leave, unless it does so too often.
func (m *Machine) back(e *entry, said Event, tells bool) {
	f := &e.flaps
	f.stirred = true
	f.count++
	copy(f.returns[1:], f.returns[:])
	f.returns[0] = m.now
	if f.held() {
		return
	}
	if tells {
		m.event(said)
	}
	oldest := f.returns[flapReturns-1]
	if oldest == 0 || m.now-oldest > m.ticks(flapWindow) {
		return
	}
	f.count = flapReturns
	m.hold(f, m.ticks(minHold))
	if tells {
		m.stats.Flaps++
		m.event(Event{Kind: Flapping, Subject: e.Member, Returns: f.count})
	}
}

// hold begins a time in which deaths and returns are not told.
func (m *Machine) hold(f *flaps, ticks uint64) {
	f.holdTicks, f.holdUntil, f.stirred = ticks, m.now+ticks, false
	m.settleBy(f.holdUntil)
}

// settleBy has settle called at tick at the latest.
func (m *Machine) settleBy(tick uint64) {
	if m.settleTick == 0 || tick < m.settleTick {
		m.settleTick = tick
	}
}

// settle looks at those whose hold is over. Who went on flapping is held again; of the others it is
// told that they settled, and as what.
func (m *Machine) settle() {
	m.settleTick = 0
	for i := range m.roster.entries {
		e := &m.roster.entries[i]
		f := &e.flaps
		switch {
		case !f.held():
		case f.holdUntil > m.now:
			m.settleBy(f.holdUntil)
		case f.stirred:
			m.hold(f, min(2*f.holdTicks, m.ticks(maxHold)))
		default:
			m.settled(e)
		}
	}
}

func (m *Machine) settled(e *entry) {
	count := e.flaps.count
	e.flaps = flaps{}
	if !m.tells(e) {
		return
	}
	m.event(Event{Kind: Settled, Subject: e.Member, Returns: count})
	switch {
	case e.gone == "":
		m.event(Event{Kind: Alive, Subject: e.Member})
	case e.dead():
		m.event(Event{Kind: Dead, Subject: e.Member, State: e.gone})
	}
}
