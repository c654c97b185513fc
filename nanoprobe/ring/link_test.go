package ring

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
	"time"
)

// TestPatience: how long a link is waited for, by the heartbeats of 128 that it lost.
func TestPatience(t *testing.T) {
	for lost := range measured + 1 {
		p := float64(lost) / measured
		for name, tt := range map[string]struct {
			table  [measured + 1]uint8
			chance float64
			most   int
		}{"patience": {patienceOf, 1e-6, maxPatience}, "rounds": {roundsOf, 1e-3, maxRounds}} {
			n := int(tt.table[lost])
			enough := math.Pow(p, float64(n)) <= tt.chance
			fewer := n > 1 && math.Pow(p, float64(n-1)) <= tt.chance
			if n > tt.most || !enough && n < tt.most || fewer {
				t.Errorf("%s at %d lost of 128: %d", name, lost, n)
			}
		}
	}
	for _, tt := range []struct {
		profile          Profile
		lost             int
		patience, rounds int
	}{
		{LAN(), 0, 5, 3}, {LAN(), 3, 5, 3}, {LAN(), 8, 5, 3}, {LAN(), 9, 6, 3}, {LAN(), 12, 6, 3}, {LAN(), 13, 7, 4},
		{LAN(), 24, 9, 5}, {LAN(), 65, 21, 11}, {LAN(), 127, 30, 15}, {Local(), 0, 3, 3}, {Local(), 1, 3, 3}, {Local(), 2, 4, 3},
	} {
		l := linkOf(tt.lost)
		if l.lost() != tt.lost || l.patience(tt.profile) != tt.patience || l.rounds() != tt.rounds {
			t.Errorf("%d lost of 128: %d lost, patience %d, %d rounds; want %d and %d",
				tt.lost, l.lost(), l.patience(tt.profile), l.rounds(), tt.patience, tt.rounds)
		}
	}
}

// linkOf returns a link that lost so many of 128 heartbeats; the last were answered.
func linkOf(lost int) *link {
	var l link
	for i := range measured {
		if i < lost {
			l.miss(false)
		} else {
			l.answer(time.Millisecond, false)
		}
	}
	return &l
}

// TestSilenceIsNoLoss before it ends, nor is an outage after it: a death does not change the patience.
func TestSilenceIsNoLoss(t *testing.T) {
	var l link
	for i := range measured {
		if l.answer(time.Millisecond, false); i%10 == 0 {
			l.miss(false)
			l.answer(time.Millisecond, false)
		}
	}
	for i := range 2 * measured {
		if l.miss(i >= 5); l.lost() < 10 || l.lost() > 12 {
			t.Fatalf("%d lost of 128 after %d misses", l.lost(), i+1)
		}
	}
	l.forgive()
	l.answer(time.Millisecond, false)
	if l.lost() < 10 || l.lost() > 12 || l.missed != 13+2*measured {
		t.Errorf("%d lost, %d missed after an outage", l.lost(), l.missed)
	}
}

// TestLossIsARate of what was measured, the silence not counted.
func TestLossIsARate(t *testing.T) {
	var l link
	for range 20 {
		l.miss(false)
		l.answer(time.Millisecond, false)
	}
	for range 5 {
		if l.lost() != measured/2 || l.lossPct() != 50 {
			t.Errorf("%d lost of 128, %d %%; want half", l.lost(), l.lossPct())
		}
		l.miss(false)
	}
}

// TestNewLink: a link of which little is known forgives one loss, and takes more as they are.
func TestNewLink(t *testing.T) {
	var l link
	for i, want := range []int{5, 5, 5, 9, 9} {
		if got := l.patience(LAN()); got != want {
			t.Errorf("step %d: patience %d, want %d", i, got, want)
		}
		l.miss(false)
		if i%2 == 0 {
			l.answer(time.Millisecond, false)
		}
	}
}

// TestOutcomes holds the shifts against a plain slice.
func TestOutcomes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var o outcomes
	var plain [measured]uint64 // the newest first
	for range 20_000 {
		n := rng.IntN(160)
		next := outcomes{rng.Uint64() | rng.Uint64(), rng.Uint64()}
		if n < 64 {
			next = outcomes{next[0] & (1<<n - 1)}
		}
		o = o.then(next, n)
		shifted := plain
		for i := range plain {
			switch {
			case i < n:
				plain[i] = next[i/64] >> (i % 64) & 1
			default:
				plain[i] = shifted[i-n]
			}
		}
		cut := rng.IntN(measured)
		for i := range plain {
			if o[i/64]>>(i%64)&1 != plain[i] {
				t.Fatalf("after %d outcomes %x: %x, want %v", n, next, o, plain)
			}
			if rest := o.before(cut); i+cut < measured && rest[i/64]>>(i%64)&1 != plain[i+cut] {
				t.Fatalf("%x without the newest %d: %x", o, cut, rest)
			}
		}
		if rest := o.before(cut); bits.LeadingZeros64(rest[1]) < min(cut, 64) {
			t.Fatalf("%x without the newest %d: %x has more", o, cut, rest)
		}
		run := 0
		for run < measured && plain[run] == 1 {
			run++
		}
		if o.run() != run {
			t.Fatalf("%x: %d misses in a row, want %d", o, o.run(), run)
		}
	}
}

func TestRoundTrips(t *testing.T) {
	var l link
	if least, mean, p99 := l.rtts(); least+mean+p99 != 0 || l.rtt() != 0 {
		t.Errorf("before the first answer: %v, %v, %v", least, mean, p99)
	}
	for i := range 300 {
		l.answer(time.Duration(300-i)*time.Millisecond, false)
	}
	least, mean, p99 := l.rtts() // of 1 to 128 ms
	if least != time.Millisecond || mean != 64500*time.Microsecond || p99 != 127*time.Millisecond || l.rtt() != time.Millisecond {
		t.Errorf("least %v, mean %v, p99 %v, last %v", least, mean, p99, l.rtt())
	}
}

// lossy returns the machine of a in a ring with b, to which it loses every other heartbeat, c and d.
func lossy(t *testing.T) *Machine {
	t.Helper()
	m := newMachine(t, "a", "b", "c", "d")
	for range 20 {
		m.Step(Pong{To: "b"})
		m.Step(Pong{To: "b", Reached: true})
		m.Step(Pong{To: "c", Reached: true})
	}
	return m
}

// TestNewLinkIsExpected to be as bad as the worst that the member has.
func TestNewLinkIsExpected(t *testing.T) {
	m := lossy(t)
	m.Step(Joined{member("e")})
	if e, c := m.watching("e"), m.watching("c"); e.lossPct() != 50 || c.lossPct() != 0 {
		t.Errorf("loss to e %d %%, to c %d %%, want 50 and 0", e.lossPct(), c.lossPct())
	}
}

// TestAsksAgain those who can't reach the suspect, where packets are lost.
func TestAsksAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		m    *Machine
		once bool
	}{"good link": {newMachine(t, "a", "b", "c", "d"), true}, "bad link": {lossy(t), false}} {
		for range 40 * tt.m.profile.BeatTicks {
			tt.m.Tick(1)
			for _, s := range tt.m.Ready().Send {
				if s.Message.Kind == Ask && s.Message.Subject == "b" {
					tt.m.Step(Received{Message{Kind: Answer, From: s.To.ID, Subject: "b", Number: s.Message.Number}})
				}
			}
			for _, id := range []HostID{"c", "d"} {
				tt.m.Step(Pong{To: id, Reached: true})
			}
		}
		if s := tt.m.Stats(); s.Deaths != 1 || s.Asks == 1 != tt.once {
			t.Errorf("%s: %d deaths, %d questions", name, s.Deaths, s.Asks)
		}
	}
}
