package sim

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// stroll is a heartbeat link in a time in which nothing comes over it but answers. Its rounds are
// those of its watcher's ticks; "before round r" is the moment just before the r-th tick.
type stroll struct {
	link    link
	next    int64  // round of the next heartbeat
	heard   int64  // what came last came after the tick of that round: the silence after tick r is r-heard
	least   int64  // silence of fewer ticks comes to nothing
	pending bool   // a heartbeat is under way
	sent    int64  // in that round
	missed  bool   // and is not answered in time
	comes   int64  // and ends after the tick of that round
	last    uint64 // number of the newest that was answered
	span    ring.Span
}

// lane is what all strolls of a world have in common.
type lane struct {
	net         network
	tick        time.Duration
	prompt      bool  // every answer comes before the next tick
	beat, reply int64 // ticks between heartbeats, and that the answer to one may take
}

func newLane(n network, p ring.Profile) *lane {
	slowest := 3 * n.delay // there and back
	return &lane{
		net: n, tick: p.Tick, prompt: slowest <= p.Tick, beat: int64(p.BeatTicks), reply: int64(p.AnswerTicks),
	}
}

// after is how many ticks pass between a heartbeat and its answer.
func (l *lane) after(s *stroll, number uint64) int64 {
	if l.prompt {
		return 0
	}
	d := l.net.arrival(s.link.chance, number)
	return max(0, int64((d+l.tick-1)/l.tick)-1)
}

// walk follows s to before round to, or to where its silence reaches what may be too much. It returns
// where it stopped.
func (l *lane) walk(s *stroll, to int64) int64 {
	for {
		stop := min(to, s.heard+s.least)
		switch {
		case s.pending && s.comes >= stop, !s.pending && s.next >= stop:
			return stop
		case s.pending:
			l.land(s)
		case s.link.pings == s.link.nextMiss:
			s.send(true, s.next+l.reply-1, l.beat)
			s.link.draw(l.net.beatMiss)
		default:
			if s.next+l.reply <= stop {
				l.stride(s, to)
			}
			s.send(false, s.next+l.after(s, s.link.pings), l.beat)
		}
	}
}

// stride takes all answered heartbeats up to the next miss or round to at once, but for the last.
func (l *lane) stride(s *stroll, to int64) {
	n := min(s.link.nextMiss-s.link.pings, uint64((to-1-s.next)/l.beat)+1) - 1
	if n == 0 {
		return
	}
	s.link.pings += n
	s.next += int64(n) * l.beat
	s.last = s.link.pings - 1
	s.heard = s.next - l.beat + l.after(s, s.last)
	s.record(false, int(min(n, 1<<30)))
}

// send puts the next heartbeat on its way.
func (s *stroll) send(missed bool, comes, beat int64) {
	s.pending, s.sent, s.missed, s.comes = true, s.next, missed, comes
	s.next += beat
	s.link.pings++
}

// land ends the heartbeat that is under way.
func (l *lane) land(s *stroll) {
	s.pending = false
	s.record(s.missed, 1)
	if !s.missed {
		s.heard, s.last = s.comes, s.number(l.beat)
	}
}

// number is that of the heartbeat under way.
func (s *stroll) number(beat int64) uint64 {
	return s.link.pings - uint64((s.next-s.sent)/beat)
}

// record notes n outcomes of one kind.
func (s *stroll) record(missed bool, n int) {
	s.span.Pongs += n
	o := &s.span.Outcomes
	switch {
	case n >= 128:
		*o = [2]uint64{}
	case n >= 64:
		*o = [2]uint64{0, o[0] << (n - 64)}
	default:
		*o = [2]uint64{o[0] << n, o[1]<<n | o[0]>>(64-n)}
	}
	if missed { // one at a time
		s.span.Missed++
		o[0] |= 1
	}
}

// trip is a host on its way through quiet time: where its machine is, and where its links are that
// were walked ahead of it.
type trip struct {
	host  *host
	lane  *lane
	at    int64 // before this round the machine is
	stop  int64 // before this round the links are; one of them needs a look there, or all is well
	start []stroll
	now   []stroll
	paces []ring.Pace
	spans []ring.Span
}

// ahead walks the links on, up to the first that needs a look, or to before round to.
func (t *trip) ahead(to int64) {
	t.now = append(t.now[:0], t.start...)
	if t.stop = to; !t.calm() {
		t.stop = t.at
		return
	}
	for i := range t.now {
		if r := t.lane.walk(&t.now[i], t.stop); r < t.stop {
			t.stop = r
			for j := range t.now[:i] {
				t.now[j] = t.start[j]
				t.lane.walk(&t.now[j], r)
			}
		}
	}
}

// follow takes the machine to where the links are.
func (t *trip) follow() {
	t.spans = t.spans[:0]
	for i := range t.now {
		s := &t.now[i]
		s.span.SilentTicks = int(t.stop - 1 - s.heard)
		if s.span.Pongs > s.span.Missed {
			s.span.RTT = t.lane.net.roundTripOf(s.link.chance, s.last)
		}
		t.spans = append(t.spans, s.span)
		s.span = ring.Span{}
	}
	t.host.machine.Skip(int(t.stop-t.at), t.spans)
	t.at = t.stop
	t.start = append(t.start[:0], t.now...)
}

// troubled reports whether the next tick makes a neighbour suspect.
func (t *trip) troubled() bool {
	t.paces = t.host.machine.Paces(t.paces[:0])
	return slices.ContainsFunc(t.paces, func(p ring.Pace) bool { return p.SilentTicks+1 >= p.SuspectTicks })
}

// calm reports whether the silence of no neighbour needs a look.
func (t *trip) calm() bool {
	return !slices.ContainsFunc(t.start, func(s stroll) bool { return t.at-s.heard >= s.least })
}

// one takes machine and links through one round.
func (t *trip) one() {
	for i := range t.start {
		s := &t.start[i]
		least := s.least
		s.least = 1 << 62 // it is being looked at
		t.lane.walk(s, t.at+1)
		s.least = least
	}
	t.now = append(t.now[:0], t.start...)
	t.stop = t.at + 1
	t.follow()
}
