package sim

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// What memberlist and package mesh do now and then.
const (
	probeEvery    = 6 * time.Second  // one member at random
	exchangeEvery = 60 * time.Second // all state, with one member at random
	// tryEvery times the members is how often each tries one of those it misses.
	tryEvery = 5 * time.Second
	// rejoinEvery is how often each does so while parts of the ring come together: when within the last
	// latelyFor at least as many came back as it still misses, and minReturns.
	rejoinEvery = 8 * time.Second
	latelyFor   = 30 * time.Second
	minReturns  = 3
	// doubtFor is how long a member that a probe does not reach has to refute it.
	doubtFor = 39 * time.Second
)

// What a member does now and then.
const (
	probing = iota
	exchanging
	trying
	rejoining
	rhythms
)

// doubt is memberlist's suspicion of a host. The first on each side of a partition is enough: all hear
// of it, and the host, if they reach it.
type doubt struct {
	at      time.Duration
	by      int
	subject int
	boot    uint64
}

// gossip does for h what it does now and then, each at moments that chance spreads.
func (w *world) gossip(h *host, since time.Duration) {
	if n, is := h.passed(probing, probeEvery, since, w.now); is {
		w.probe(h, h.chance.of(5).of(n))
	}
	if n, is := h.passed(exchanging, w.exchangeEvery, since, w.now); is {
		if to := w.pick(h, h.chance.of(7).of(n), func(s sighting) bool { return !s.gone }); to != nil && w.differ(h, to) {
			w.exchange(h, to) // memberlist does so anyway
		}
	}
	if n, is := h.passed(trying, time.Duration(max(1, h.known))*tryEvery, since, w.now); is {
		w.tryStranger(h, h.chance.of(9).of(n))
	}
	if n, is := h.passed(rejoining, rejoinEvery, since, w.now); is && h.rejoins(w.now) {
		w.tryStranger(h, h.chance.of(12).of(n))
	}
	if h.alone {
		if n := retries(w.now - h.started); n != retries(since-h.started) {
			w.join(h, h.chance.of(10).of(h.member.Boot).of(n))
		}
	}
}

// scaled stretches an interval as memberlist does in rings of more than 32.
func scaled(d time.Duration, members int) time.Duration {
	factor := 1
	for n := 32; n < members; n *= 2 {
		factor++
	}
	return d * time.Duration(factor)
}

// pick chooses a host at random that h's memberlist knows and that fits.
func (w *world) pick(h *host, c chance, fits func(sighting) bool) *host {
	first := c.below(len(h.table))
	for i := range h.table {
		j := (first + i) % len(h.table)
		if s := h.table[j]; j != h.index && s.incarnation > 0 && fits(s) {
			return w.hosts[j]
		}
	}
	return nil
}

// differ reports whether two members don't know the same, so that an exchange changes something.
func (w *world) differ(a, b *host) bool {
	for i := range a.table {
		if !a.table[i].same(b.table[i]) {
			return true
		}
	}
	return !slices.Equal(a.machine.Members(), b.machine.Members())
}

// probe is memberlist's own heartbeat. It falls back to TCP, so that loss does not mislead it.
func (w *world) probe(h *host, c chance) {
	to := w.pick(h, c.of(0), func(s sighting) bool { return !s.gone })
	switch {
	case to == nil:
	case w.answers(h, to):
		w.pingAndAnswer(h, to, !c.of(1).hits(w.net.missing()), c, w.net.roundTrip(c))
	case w.doubtOf(h, to.index) < 0:
		w.doubts = append(w.doubts, doubt{at: w.now, by: h.index, subject: to.index, boot: to.member.Boot})
	}
}

// doubtOf is the index of the doubt about subject that reaches h, or -1.
func (w *world) doubtOf(h *host, subject int) int {
	for i, d := range w.doubts {
		if d.subject == subject && (d.by == h.index || w.path.open(d.by, h.index)) {
			return i
		}
	}
	return -1
}

// expireDoubts makes losses of the doubts that nobody refuted.
func (w *world) expireDoubts() {
	kept := w.doubts[:0]
	for _, d := range w.doubts {
		by, subject := w.hosts[d.by], w.hosts[d.subject]
		switch {
		case subject.member.Boot != d.boot || w.answers(by, subject):
			continue
		case w.now < d.at+doubtFor:
			kept = append(kept, d)
			continue
		case !by.up: // another one that heard of it
			if by = w.witnessOf(d); by == nil {
				continue
			}
		}
		if s := by.table[d.subject]; !s.gone && s.incarnation > 0 {
			s.gone = true
			w.hear(by, &news{subject: d.subject, seen: s})
		}
	}
	w.doubts = kept
}

func (w *world) witnessOf(d doubt) *host {
	for _, h := range w.hosts {
		if h.up && h.held <= w.now && w.path.open(d.by, h.index) {
			return h
		}
	}
	return nil
}

// hear takes a rumour in and, if it is news, passes it on.
func (w *world) hear(h *host, r *news) {
	if r.isVerdict() {
		w.input(h, ring.Received{Message: r.verdict})
		return
	}
	known := &h.table[r.subject]
	if !r.seen.newer(*known) {
		return
	}
	if r.subject == h.index {
		if r.seen.gone || r.seen.member.Boot < h.member.Boot { // it is not, and says so
			known.incarnation = r.seen.incarnation + 1
			w.tell(h, news{subject: h.index, seen: *known})
		}
		return
	}
	h.note(w.now, r.subject, r.seen)
	w.tell(h, *r)
	if r.seen.gone {
		w.input(h, ring.Lost{ID: r.seen.member.ID})
	} else {
		w.input(h, ring.Joined{Member: r.seen.member})
	}
}

// rejoins reports whether h's part of the ring and another one come together.
func (h *host) rejoins(now time.Duration) bool {
	back, missed := 0, 0
	for i := range h.table {
		switch s := &h.table[i]; {
		case s.incarnation > 0 && s.gone:
			missed++
		case s.back > 0 && now-s.back <= latelyFor:
			back++
		}
	}
	return missed > 0 && back >= max(minReturns, missed)
}

// note enters a sighting.
func (h *host) note(now time.Duration, subject int, seen sighting) {
	was := h.table[subject]
	seen.back = was.back
	if was.incarnation > 0 && was.gone && !seen.gone {
		seen.back = now
	}
	if was.incarnation > 0 && !was.gone {
		h.known--
	}
	if !seen.gone {
		h.known++
	}
	h.table[subject] = seen
}

// merge takes another member's whole state in. Who is lost to the other but can be reached from here
// is told so, and refutes.
func (w *world) merge(h *host, s *state) {
	for i, seen := range s.table {
		if i != h.index && seen.gone && w.answers(h, w.hosts[i]) {
			if seen.newer(h.table[i]) {
				w.deliver(i, w.net.delay, delivery{rumours: []rumour{{news: &news{subject: i, seen: seen}}}})
			}
			continue
		}
		w.hear(h, &news{subject: i, seen: seen})
	}
	w.input(h, ring.Synced{Verdicts: s.verdicts})
}
