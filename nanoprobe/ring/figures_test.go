package ring

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// newRing64 is a world of 64 that run well.
func newRing64(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{rng: rand.New(rand.NewPCG(seed, 0)), prompt: true}
	var members []Member
	for i := range 64 {
		members = append(members, Member{ID: simID(i), Name: string(simID(i)), Boot: 1})
	}
	c, err := NewCircle(members)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range members {
		m, err := c.Form(o.ID, LAN(), 1+w.rng.IntN(4))
		if err != nil {
			t.Fatal(err)
		}
		w.nodes = append(w.nodes, &simNode{id: o.ID, boot: 1, Machine: m, up: true, reported: map[Kind]int{}})
	}
	return w
}

// messages counts what the members have sent beside heartbeats, and the heartbeats that looked ahead
// with their answers.
func (w *world) messages() int {
	sum := 0
	for _, n := range w.nodes {
		s := n.Stats()
		sum += int(s.Pings + s.Asks + s.Answers + s.Verdicts + 2*s.Looks)
	}
	return sum
}

// TestFigureDeath holds what one death costs, and how long it takes to be told.
func TestFigureDeath(t *testing.T) {
	const deaths = 16
	var took []int
	sent := 0
	for seed := range uint64(deaths) {
		w := newRing64(t, seed)
		victim := w.pick(1)[0]
		w.run(t, w.rng.IntN(3))
		for range w.rng.IntN(4) {
			w.tick(t)
		}
		before, killed := w.messages(), w.now
		w.kill(victim)
		for victim.reported[Dead] == 0 && w.now < killed+100 {
			w.tick(t)
		}
		took = append(took, w.now-killed)
		w.run(t, 20)
		sent += w.messages() - before
		w.isWhole(t)
	}
	slices.Sort(took)
	median, worst := float64(took[deaths/2])/4, float64(took[deaths-1])/4
	t.Logf("told %.2f s after the death, at worst %.2f; %.1f messages a death", median, worst, float64(sent)/deaths)
	if median >= 7 || worst >= 8 || sent > 13*deaths {
		t.Error("want less than 7 and 8 s, and at most 13 messages")
	}
}

// TestFigureManyDeaths: half of 64 die at once, side by side or here and there.
func TestFigureManyDeaths(t *testing.T) {
	for name, adjacent := range map[string]bool{"adjacent": true, "scattered": false} {
		worst, isolated, messages := 0, 0, 0
		const runs = 2
		for seed := range uint64(runs) {
			w := newRing64(t, seed)
			victims := w.pick(32)
			if adjacent {
				victims = w.inOrder(rand.New(rand.NewPCG(seed, 5)).IntN(64), 32)
			}
			before, killed := w.messages(), w.now
			w.kill(victims...)
			untold := func(n *simNode) bool { return n.reported[Dead] == 0 }
			for slices.ContainsFunc(victims, untold) && w.now < killed+200 {
				w.tick(t)
			}
			worst = max(worst, w.now-killed)
			w.run(t, 20)
			messages += w.messages() - before
			w.isWhole(t)
			for _, n := range w.nodes {
				isolated += n.reported[Isolated]
			}
		}
		t.Logf("%s: all 32 told after %.2f s at worst, %d messages a death, %d isolated", name, float64(worst)/4, messages/32/runs, isolated)
		if worst > 4*20 || isolated > 0 {
			t.Errorf("%s: want all told within 20 s and nobody isolated", name)
		}
	}
}
