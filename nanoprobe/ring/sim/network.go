package sim

import "time"

// network is what happens to a datagram on its way, wherever it goes.
type network struct {
	loss, duplicate, reorder float64 // of datagrams, 0 to 1
	delay                    time.Duration
	answer                   time.Duration // how long the answer to a ping may take
	wait                     time.Duration // how long that to a heartbeat is waited for
	beats                    Beats
	beatMiss                 rarity // a heartbeat that is not answered
}

func newNetwork(cfg Config) network {
	n := network{
		loss: cfg.Loss, duplicate: cfg.Duplicate, reorder: cfg.Reorder,
		delay: cfg.Delay, answer: cfg.Profile.Answer(), beats: cfg.Beats,
	}
	if n.beats == OneWay {
		n.wait = n.answer
		n.beatMiss = rarityOf(1 - (1-n.loss)*(1-n.reorder))
		return n
	}
	n.wait = cfg.Profile.LateAnswer()
	n.beatMiss = rarityOf(1 - (1-n.loss)*(1-n.loss)*(1-n.late(n.wait)))
	return n
}

// missing is how likely a ping that is no heartbeat, and its answer, don't both arrive in time. What is
// overtaken by later datagrams comes too late.
func (n network) missing() float64 {
	arrives := (1 - n.loss) * (1 - n.reorder)
	return 1 - arrives*arrives*(1-n.late(n.answer))
}

// late is how likely two delays, each uniform in [delay/2, 3*delay/2), take longer than limit together:
// the area of a triangle's corner.
func (n network) late(limit time.Duration) float64 {
	if n.delay == 0 {
		return 0
	}
	x := float64(limit)/float64(n.delay) - 1 // what both may take above their least, in delays
	switch {
	case x <= 0:
		return 1
	case x >= 2:
		return 0
	case x <= 1:
		return 1 - x*x/2
	}
	return (2 - x) * (2 - x) / 2
}

// oneWay is how long a datagram takes.
func (n network) oneWay(c chance) time.Duration { return n.delay/2 + c.span(n.delay) }

// overtaken is how much longer a datagram takes that later ones overtake.
func (n network) overtaken(c chance) time.Duration { return n.answer/2 + c.span(2*n.answer) }

// roundTrip is how long a ping takes that is answered in time.
func (n network) roundTrip(c chance) time.Duration {
	return min(n.oneWay(c.of(1))+n.oneWay(c.of(2)), n.answer)
}

// arrival is how long after a heartbeat of that number its answer comes, or the neighbour's own. An answer
// may be late; it comes all the same.
func (n network) arrival(c chance, number uint64) time.Duration {
	if c = c.of(number); n.beats == OneWay {
		return min(n.oneWay(c), n.wait)
	}
	after := n.oneWay(c.of(1)) + n.oneWay(c.of(2))
	if n.reorder > 0 {
		for way := range uint64(2) {
			if c.of(3 + way).hits(n.reorder) {
				after += n.overtaken(c.of(5 + way))
			}
		}
	}
	return min(after, n.wait)
}

// slowest is the longest that an arrival takes.
func (n network) slowest() time.Duration {
	if n.reorder > 0 {
		return n.wait
	}
	return min(3*n.delay, n.wait)
}

// roundTripOf is what that heartbeat tells of the link: nothing, if it is not answered.
func (n network) roundTripOf(c chance, number uint64) time.Duration {
	if n.beats == OneWay {
		return 0
	}
	return n.arrival(c, number)
}

// link is the way of one member's pings to another, numbered from the first. Which of them miss is
// drawn as the gaps between them, so that a thousand answered ones cost nothing.
type link struct {
	to       int // index of the host
	chance   chance
	pings    uint64 // sent
	nextMiss uint64 // number of the next that is not answered
	misses   uint64 // drawn
	base     int64  // what a machine's number of its heartbeat has more than the link's
}

func newLink(to int, c chance, miss rarity) link {
	return link{to: to, chance: c, nextMiss: miss.gap(c.of(0))}
}

// send numbers a ping and reports whether it is answered.
func (l *link) send(miss rarity) bool {
	answered := l.pings != l.nextMiss
	if !answered {
		l.draw(miss)
	}
	l.pings++
	return answered
}

// named notes by which number a machine knows the heartbeat that it sent last: twice the count of those
// that it sent to this neighbour since it watches it.
func (l *link) named(number uint32) { l.base = int64(number/2) - int64(l.pings) }

// nameOf is a machine's number of the heartbeat that has that number here, and numberOf the reverse.
func (l *link) nameOf(number uint64) uint32 { return 2 * uint32(int64(number)+1+l.base) }

func (l *link) numberOf(name uint32) uint64 { return uint64(int64(name/2) - 1 - l.base) }

// draw takes the next miss after one.
func (l *link) draw(miss rarity) {
	l.misses++
	l.nextMiss += 1 + min(miss.gap(l.chance.of(l.misses)), never-l.nextMiss-1)
}

// fate is when the copies of a datagram arrive after it was sent: none, one or two.
func (n network) fate(c chance) []time.Duration {
	if c.of(0).hits(n.loss) {
		return nil
	}
	arrivals := []time.Duration{n.oneWay(c.of(1))}
	if c.of(2).hits(n.reorder) {
		arrivals[0] += n.overtaken(c.of(3))
	}
	if c.of(4).hits(n.duplicate) {
		arrivals = append(arrivals, arrivals[0]+n.oneWay(c.of(5)))
	}
	return arrivals
}

// path says which hosts hear which: all, but for the faults of the moment.
type path struct {
	side []int8   // of a partition, by host; hosts of different sides hear nothing of each other
	deaf [][2]int // pairs (from, to): to hears nothing of from
}

// open reports whether what from sends can reach to.
func (p *path) open(from, to int) bool {
	if p.side != nil && p.side[from] != p.side[to] {
		return false
	}
	for _, d := range p.deaf {
		if d == [2]int{from, to} {
			return false
		}
	}
	return true
}
