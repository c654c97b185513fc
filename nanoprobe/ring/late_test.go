package ring

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestLateAnswer: an answer to a heartbeat that comes when its time is over counts as late, as a sign of
// life, and ends the confirmation that was begun meanwhile.
func TestLateAnswer(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	for m.watching("b").hearings == 0 {
		m.Tick(1)
	}
	if err := m.Step(Pong{To: "b", Number: 2, Reached: true, RTT: m.profile.LateAnswer()}); err != nil {
		t.Fatal(err)
	}
	w, s := m.watching("b"), m.Stats()
	if w.suspect || w.silentTicks != 0 || s.Cleared != 1 || s.Late != 1 || s.Missed != 0 || w.late != 1 {
		t.Errorf("%+v, %+v: want it heard, late", w, s)
	}
}

// TestOutageIsExcused: the heartbeats that were under way when an outage ended may fail after it; that is
// no loss, and the failure of the next is.
func TestOutageIsExcused(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	for range 8 * m.profile.BeatTicks {
		m.Tick(1)
	}
	newest := 2 * m.watching("b").sent
	m.Step(Pong{To: "b", Number: newest, Reached: true})
	for number := newest - 6; number < newest; number += 2 {
		m.Step(Pong{To: "b", Number: number})
	}
	m.Step(Pong{To: "b", Number: newest + 4, Reached: true})
	if w := m.watching("b"); w.lost() != 0 || w.missed != 3 {
		t.Errorf("%d lost of 128, %d missed; want 0 and 3", w.lost(), w.missed)
	}
	m.Step(Pong{To: "b", Number: newest + 2})
	m.Step(Pong{To: "b", Number: newest + 6, Reached: true})
	if w := m.watching("b"); w.lost() != measured/16 || w.missed != 4 {
		t.Errorf("%d lost of 128, %d missed; want %d, as 1 of 16, and 4", w.lost(), w.missed, measured/16)
	}
}

// TestBeatsTogether: whenever neighbours come, their heartbeats go out in one tick from the second on.
func TestBeatsTogether(t *testing.T) {
	m := newMachine(t, "a")
	for i, id := range []HostID{"b", "c", "d"} {
		m.Step(Joined{member(id)})
		if n := len(m.Ready().Pings); n != 1 {
			t.Errorf("%d heartbeats at once to a new neighbour", n)
		}
		m.Tick(1)
		if n := len(m.Ready().Pings); n != 0 {
			t.Errorf("%d heartbeats a tick after it, with %d neighbours", n, i+1)
		}
	}
	for tick := 4; tick < 20; tick++ {
		m.Tick(1)
		want := 0
		if tick%m.profile.BeatTicks == 0 {
			want = 3
		}
		if n := len(m.Ready().Pings); n != want {
			t.Errorf("%d heartbeats in tick %d, want %d", n, tick, want)
		}
	}
}

// TestIdle: a machine that is told of its ticks when Idle says, or when something comes, does the same
// in the same ticks as one that is told of each.
func TestIdle(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 5))
			each, some := newMachine(t, "a", "b", "c", "d", "e", "f", "g", "h"), newMachine(t, "a", "b", "c", "d", "e", "f", "g", "h")
			last, calls := 0, 0
			for tick := 1; tick <= 3000; tick++ {
				each.Tick(1)
				if tick == last+some.Idle() {
					some.Tick(tick - last)
					last = tick
					calls++
				}
				wantSameReady(t, tick, some, each)
				for in := randomInput(rng, each); in != nil; in = randomInput(rng, each) {
					some.Tick(tick - last)
					last = tick
					each.Step(in)
					some.Step(in)
					wantSameReady(t, tick, some, each)
				}
			}
			if s := each.Stats(); calls > 2000 || s.Suspicions == 0 || s.Deaths == 0 {
				t.Errorf("%d calls in 3000 ticks, %+v", calls, s)
			}
		})
	}
}

// randomInput makes up something that comes to m, nil at times. For 300 ticks each one host is silent.
func randomInput(rng *rand.Rand, m *Machine) Input {
	silent, of := HostID(rune('b'+m.now/300%7)), HostID(rune('b'+rng.IntN(7)))
	switch rng.IntN(400) {
	default:
		if w := m.watching(of); w != nil && of != silent {
			return Pong{To: of, Number: 2 * w.sent, Reached: true, RTT: time.Millisecond}
		}
	case 0:
		return Received{Message{Kind: Ask, From: of, Subject: silent, Number: 1}}
	case 1, 2, 3, 4, 5:
		if w := m.watching(silent); w != nil && w.suspect {
			return Received{Message{Kind: Answer, From: of, Subject: silent, Number: w.number, Reached: rng.IntN(4) == 0}}
		}
	case 6:
		if e := m.roster.find(of); e.gone != "" && of != silent {
			return Joined{Member{ID: of, Name: "host-" + string(of), Boot: e.Boot + 1}}
		}
	case 7:
		return Lost{silent}
	}
	return nil
}

func wantSameReady(t *testing.T, tick int, got, want *Machine) {
	t.Helper()
	g, w := got.Ready(), want.Ready()
	if len(g.Pings)+len(g.Send)+len(g.Broadcast)+len(g.Events)+len(g.Dials) != len(w.Pings)+len(w.Send)+len(w.Broadcast)+len(w.Events)+len(w.Dials) ||
		len(w.Pings)+len(w.Send)+len(w.Events) > 0 && !reflect.DeepEqual([]any{g.Pings, g.Send, g.Events}, []any{w.Pings, w.Send, w.Events}) {
		t.Fatalf("in tick %d: %+v, want %+v", tick, g, w)
	}
}

// TestVerdictsAreRepeated: whoever is found behind the dead, be it one that was heard just before, may know of
// no death, and is told of the new ones once more.
func TestVerdictsAreRepeated(t *testing.T) {
	for _, said := range []bool{false, true} {
		m := newMachine(t, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
		near := m.roster.nearest("a")
		m.Tick(1)
		if said {
			m.Step(Received{Message{Kind: Answer, From: near[2].ID, Subject: near[0].ID}})
		}
		m.Step(Received{Message{Kind: Verdict, From: near[4].ID, Subject: near[0].ID, Boot: 1, State: HostDead}})
		m.Ready()
		for i, want := range []int{1, 0} {
			m.Step(Pong{To: near[2].ID, Number: 2, Reached: true})
			if got := m.Ready().Broadcast; len(got) != want || want > 0 && got[0].Subject != near[0].ID {
				t.Errorf("spoke before: %t; answer %d: broadcasts %+v, want %d", said, i+1, got, want)
			}
		}
	}
}
