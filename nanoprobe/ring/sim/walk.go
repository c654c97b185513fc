package sim

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// inAir is how many heartbeats of one link may be under way in quiet time: an answer is waited for until
// the second after it is sent, and those to a new neighbour may follow each other at once.
const inAir = 4

// stroll is a heartbeat link in a time in which nothing comes over it but answers. Its rounds are
// those of its watcher's ticks; "before round r" is the moment just before the r-th tick. Its moments
// count from the tick of round 0.
type stroll struct {
	link   link
	next   int64 // round of the next heartbeat
	heard  int64 // what came last came after the tick of that round: the silence after tick r is r-heard
	least  int64 // silence of fewer ticks comes to nothing
	air    [inAir]flying
	flying int           // of air
	lastAt time.Duration // when the answer came that came last; 0: before this walk
	last   uint64        // the number of that
	span   ring.Span
}

// flying is a heartbeat under way.
type flying struct {
	ends   time.Duration // when its answer comes, or is waited for no more
	number uint64
	missed bool // it is not answered
}

// lane is what all strolls of a world have in common.
type lane struct {
	net        network
	tick       time.Duration
	prompt     bool  // every answer comes before the next tick
	beat, wait int64 // ticks between heartbeats, and until the answer to one is waited for no more
}

func newLane(n network, p ring.Profile) *lane {
	return &lane{
		net: n, tick: p.Tick, prompt: n.slowest() <= p.Tick, beat: int64(p.BeatTicks), wait: int64(n.wait / p.Tick),
	}
}

// ends is when a heartbeat ends that is sent in a round. Of prompt answers it is enough to know that they come
// after that round's tick.
func (l *lane) ends(s *stroll, round int64, number uint64, missed bool) time.Duration {
	at := time.Duration(round) * l.tick
	switch {
	case missed:
		return at + l.net.wait
	case l.prompt:
		return at + 1
	}
	return at + max(1, l.net.arrival(s.link.chance, number))
}

// roundOf is the round after whose tick something comes, and not after that of the next.
func (l *lane) roundOf(at time.Duration) int64 { return int64((at - 1) / l.tick) }

// walk follows s to before round to, or to where its silence reaches what may be too much. It returns
// where it stopped.
func (l *lane) walk(s *stroll, to int64) int64 {
	for {
		stop := min(to, s.heard+s.least)
		lands := int64(1) << 62
		if s.flying > 0 {
			lands = l.roundOf(s.air[0].ends)
		}
		switch {
		case min(lands, s.next) >= stop:
			return stop
		case lands < s.next:
			l.land(s)
		case !l.stride(s, to):
			missed := s.link.pings == s.link.nextMiss
			s.launch(flying{ends: l.ends(s, s.next, s.link.pings, missed), number: s.link.pings, missed: missed})
			if missed {
				s.link.draw(l.net.beatMiss)
			}
			s.link.pings++
			s.next += l.beat
		}
	}
}

// stride takes all answered heartbeats up to the next miss at once, as far as they end before round to. It
// reports whether there were any.
func (l *lane) stride(s *stroll, to int64) bool {
	room := to - l.wait - s.next // rounds in which a heartbeat may be sent
	if s.flying > 0 || room <= 0 || s.least <= l.beat+l.wait {
		return false
	}
	n := min(s.link.nextMiss-s.link.pings, uint64((room-1)/l.beat)+1)
	if n == 0 {
		return false
	}
	s.link.pings += n
	s.next += int64(n) * l.beat
	s.record(false, int(min(n, 1<<30)))
	back := uint64(1) // of the newest, those that may be the last to come
	if !l.prompt {
		back = uint64((l.wait + l.beat - 1) / l.beat)
	}
	for i := uint64(1); i <= min(back, n); i++ {
		number := s.link.pings - i
		l.hear(s, flying{ends: l.ends(s, s.next-int64(i)*l.beat, number, false), number: number})
	}
	return true
}

// hear notes an answer, unless a later one has come.
func (l *lane) hear(s *stroll, f flying) {
	if f.ends > s.lastAt {
		s.lastAt, s.last, s.heard = f.ends, f.number, l.roundOf(f.ends)
	}
}

// launch puts a heartbeat into the air, in the order in which they end. There has to be room.
func (s *stroll) launch(f flying) {
	i := s.flying
	for ; i > 0 && s.air[i-1].ends > f.ends; i-- {
		s.air[i] = s.air[i-1]
	}
	s.air[i] = f
	s.flying++
}

// land ends the heartbeat that ends first.
func (l *lane) land(s *stroll) {
	f := s.air[0]
	copy(s.air[:], s.air[1:])
	s.flying--
	s.air[s.flying] = flying{}
	s.record(f.missed, 1)
	if !f.missed {
		l.hear(s, f)
	}
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
