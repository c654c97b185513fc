package ring

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

const (
	// measured is how many heartbeats a link is judged by: two minutes' worth in profile lan.
	measured = 128
	// maxPatience bounds the heartbeats that a neighbour on a bad link may miss, and maxRounds the
	// pings of its confirmation.
	maxPatience, minRounds, maxRounds = 30, 3, 15
)

// patienceOf and roundsOf give, for each number of heartbeats lost of 128, how many in a row must be
// missed so that chance alone does it once in a million times, and how many pings of a confirmation
// so that it does it once in a thousand. Up to 5 and 9 % of loss, 5 and 3 are enough.
var (
	patienceOf = tabulate(1e-6, maxPatience)
	roundsOf   = tabulate(1e-3, maxRounds)
)

// tabulate lists the least n for which (lost/128)^n is at most chance, n being at most most.
func tabulate(chance float64, most int) (table [measured + 1]uint8) {
	for lost := range table {
		n := 1
		for p := float64(lost) / measured; n < most && math.Pow(p, float64(n)) > chance; {
			n++
		}
		table[lost] = uint8(n)
	}
	return table
}

// outcomes are those of the last 128 heartbeats, the newest in bit 0 of the first word; 1 is a miss.
type outcomes [2]uint64

// before is o without its n newest, and with n answers in front of its oldest.
func (o outcomes) before(n int) outcomes {
	if n >= 64 {
		return outcomes{o[1] >> (n - 64)}
	}
	return outcomes{o[0]>>n | o[1]<<(64-n), o[1] >> n}
}

// then is o followed by the n newest of next.
func (o outcomes) then(next outcomes, n int) outcomes {
	switch {
	case n >= measured:
		return next
	case n >= 64:
		return outcomes{next[0], o[0]<<(n-64) | next[1]&(1<<(n-64)-1)}
	}
	return outcomes{o[0]<<n | next[0]&(1<<n-1), o[1]<<n | o[0]>>(64-n)}
}

// run is how many heartbeats were missed since the last that was answered.
func (o outcomes) run() int {
	if n := bits.TrailingZeros64(^o[0]); n < 64 {
		return n
	}
	return 64 + bits.TrailingZeros64(^o[1])
}

// link is what the heartbeats to a neighbour tell of the way to it and back.
type link struct {
	outcomes
	seen         int    // heartbeats among outcomes, at most 128
	missed, late uint64 // since the watch began
	answers      uint64 // likewise
	rttMicros    [measured]uint32
}

// lost is how many heartbeats of 128 the link loses, as far as it is known. The misses since the last
// answer are no loss before the neighbour answers again: a death must not buy itself patience.
func (l *link) lost() int {
	const few = 16 // outcomes at least: 1 lost of these is within what every link is forgiven
	run := l.run()
	o := l.before(run)
	return (bits.OnesCount64(o[0]) + bits.OnesCount64(o[1])) * measured / max(l.seen-run, few)
}

// expect gives a link that is not measured yet the outcomes of another.
func (l *link) expect(o *link) {
	run := o.run()
	l.outcomes, l.seen = o.before(run), max(0, o.seen-run)
}

// record appends n outcomes.
func (l *link) record(o outcomes, n int) {
	l.outcomes = l.then(o, n)
	l.seen = min(l.seen+n, measured)
}

// forgive takes the misses since the last answer out of the outcomes.
func (l *link) forgive() { l.expect(l) }

func (l *link) lossPct() int { return l.lost() * 100 / measured }

// patience is how many heartbeats in a row this link may lose before its neighbour is suspect.
func (l *link) patience(p Profile) int { return max(p.DeadBeats, int(patienceOf[l.lost()])) }

// rounds is how many pings a confirmation over this link sends.
func (l *link) rounds() int { return max(minRounds, int(roundsOf[l.lost()])) }

func (l *link) answer(rtt time.Duration, late bool) {
	l.record(outcomes{0}, 1)
	l.note(rtt, 1)
	if late {
		l.late++
	}
}

// miss notes a heartbeat that was not answered; during an outage it is no loss.
func (l *link) miss(outage bool) {
	l.missed++
	if !outage {
		l.record(outcomes{1}, 1)
	}
}

// note remembers the round-trip time of n answers.
func (l *link) note(rtt time.Duration, n int) {
	micros := uint32(min(max(0, rtt.Microseconds()), math.MaxUint32))
	skip := max(0, n-measured)
	l.answers += uint64(skip)
	for n -= skip; n > 0; {
		run := l.rttMicros[l.answers%measured:]
		run = run[:min(n, len(run))]
		for i := range run {
			run[i] = micros
		}
		l.answers += uint64(len(run))
		n -= len(run)
	}
}

// rtt is the round-trip time of the last answer, 0 before the first.
func (l *link) rtt() time.Duration {
	return time.Duration(l.rttMicros[(l.answers-1)%measured]) * time.Microsecond
}

// rtts are the least, the mean, and the 99th percentile of the last 128 round-trip times.
func (l *link) rtts() (least, mean, p99 time.Duration) {
	n := min(l.answers, measured)
	if n == 0 {
		return 0, 0, 0
	}
	sorted, sum := l.rttMicros, uint64(0) // a copy
	slices.Sort(sorted[:n])
	for _, micros := range sorted[:n] {
		sum += uint64(micros)
	}
	at := func(micros uint64) time.Duration { return time.Duration(micros) * time.Microsecond }
	return at(uint64(sorted[0])), at(sum / n), at(uint64(sorted[(99*n+99)/100-1]))
}
