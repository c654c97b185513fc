package ring

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// quietLink makes up what becomes of one neighbour's heartbeats, and remembers it as a Span.
type quietLink struct {
	rng     *rand.Rand
	lossPct int
	after   int // ticks from a heartbeat to its Pong
	run     int // misses since the last answer
	rtt     time.Duration
	due     map[int]Pong // by tick
	span    Span
	heardAt int
}

// TestSkip: a machine that skipped is the same, to the last counter, as one that was ticked through the
// same heartbeats, and says the same when a neighbour then dies. The spans are of all lengths, on links
// of all kinds, and begin and end with heartbeats under way.
func TestSkip(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			ticked, skipped := formedPair(t, rng)
			links := newQuietLinks(rng, len(ticked.watches))
			now := 0
			for range 20 {
				n := rng.IntN([]int{3, 30, 2000}[rng.IntN(3)])
				for i := range links {
					links[i].span = Span{RTT: links[i].rtt}
				}
				for range n {
					now++
					tickQuietly(t, ticked, links, now)
				}
				var spans []Span
				for i := range links {
					links[i].span.SilentTicks = now - links[i].heardAt
					spans = append(spans, links[i].span)
				}
				if !skipped.Quiet() {
					t.Fatalf("not quiet: %+v", skipped)
				}
				skipped.Skip(n, spans)
				wantSame(t, skipped, ticked)
			}
			var said [2][]Event
			for range 300 { // all but one fall silent
				for i, m := range []*Machine{ticked, skipped} {
					m.Tick(1)
					r := m.Ready()
					said[i] = append(said[i], r.Events...)
					for _, p := range r.Pings {
						m.Step(Pong{To: p.To.ID, Number: p.Number, Reached: p.To.ID == ticked.roster.entries[seed%64].ID})
					}
				}
			}
			wantSame(t, skipped, ticked)
			if !reflect.DeepEqual(said[0], said[1]) {
				t.Errorf("said %+v, want %+v", said[1], said[0])
			}
			if ticked.Stats().Suspicions == 0 {
				t.Error("nobody was suspected")
			}
		})
	}
}

func formedPair(t *testing.T, rng *rand.Rand) (a, b *Machine) {
	t.Helper()
	var members []Member
	for i := range 64 {
		members = append(members, member(simID(i)))
	}
	c, err := NewCircle(members)
	if err != nil {
		t.Fatal(err)
	}
	profile := []Profile{LAN(), Local(), WAN()}[rng.IntN(3)]
	profile.PerSide = 1 + rng.IntN(2)
	phase := 1 + rng.IntN(profile.BeatTicks)
	for _, m := range []**Machine{&a, &b} {
		if *m, err = c.Form(simID(5), profile, phase); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

func newQuietLinks(rng *rand.Rand, n int) []quietLink {
	links := make([]quietLink, n)
	for i := range links {
		links[i] = quietLink{
			rng: rng, lossPct: []int{0, 2, 19, 51}[rng.IntN(4)], after: rng.IntN(3),
			rtt: time.Duration(rng.IntN(400)) * time.Millisecond, due: map[int]Pong{},
		}
	}
	return links
}

// tickQuietly ticks m and gives it the Pongs that are due, with too few misses in a row for suspicion.
func tickQuietly(t *testing.T, m *Machine, links []quietLink, now int) {
	t.Helper()
	m.Tick(1)
	for _, p := range m.Ready().Pings {
		for i := range links {
			if l := &links[i]; m.watches[i].ID == p.To.ID {
				l.due[now+l.after] = Pong{To: p.To.ID, Number: p.Number, RTT: l.rtt, Reached: l.run == m.profile.DeadBeats-2 || l.rng.IntN(100) >= l.lossPct}
				l.run++
				if l.due[now+l.after].Reached {
					l.run = 0
				}
			}
		}
	}
	for i := range links {
		l := &links[i]
		p, due := l.due[now]
		if !due {
			continue
		}
		delete(l.due, now)
		m.Step(p)
		s := &l.span
		s.Pongs++
		s.Outcomes[1] = s.Outcomes[1]<<1 | s.Outcomes[0]>>63
		s.Outcomes[0] <<= 1
		if p.Reached {
			l.heardAt = now
		} else {
			s.Missed++
			s.Outcomes[0] |= 1
		}
	}
	if m.stats.Suspicions > 0 {
		t.Fatalf("tick %d: suspicion %+v", now, m.watches)
	}
}

func wantSame(t *testing.T, got, want *Machine) {
	t.Helper()
	g, w := *got, *want
	same := reflect.DeepEqual(fmt.Sprintf("%+v", g.ready), fmt.Sprintf("%+v", w.ready))
	g.ready, w.ready, g.handed, w.handed = Ready{}, Ready{}, Ready{}, Ready{}
	if !same || !reflect.DeepEqual(g, w) {
		g.roster, w.roster = roster{}, roster{}
		t.Fatalf("got  %+v\nwant %+v", g, w)
	}
}

// TestPaces: a neighbour that falls silent is suspect when its Pace says so, and not before.
func TestPaces(t *testing.T) {
	m, _ := formedPair(t, rand.New(rand.NewPCG(1, 1)))
	for range 7 {
		m.Tick(1)
	}
	pace := m.Paces(nil)[0]
	if pace.LeastTicks > pace.SuspectTicks {
		t.Errorf("%+v: suspect before the least time", pace)
	}
	for range pace.SuspectTicks - pace.SilentTicks - 1 {
		m.Tick(1)
		m.Ready()
		if !m.Quiet() {
			t.Fatalf("%+v: not quiet at %+v", pace, m.Paces(nil)[0])
		}
	}
	if m.Tick(1); m.Stats().Suspicions == 0 || m.Quiet() {
		t.Errorf("%+v: not suspect after %d ticks", pace, pace.SuspectTicks)
	}
}

func TestFormRefuses(t *testing.T) {
	if _, err := NewCircle([]Member{member("a"), member("b"), member("a")}); err == nil {
		t.Error("a circle with a member twice")
	}
	if _, err := NewCircle([]Member{{ID: "a"}}); err == nil {
		t.Error("a circle with a member without boot")
	}
	if _, err := NewCircle(make([]Member, MaxMembers+1)); err == nil {
		t.Error("a circle too large")
	}
	c, err := NewCircle([]Member{member("a"), member("b")})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []struct {
		self  HostID
		phase int
	}{{"z", 1}, {"a", 0}, {"a", 5}} {
		if _, err := c.Form(bad.self, LAN(), bad.phase); err == nil {
			t.Errorf("Form(%+v) took it", bad)
		}
	}
	if _, err := c.Form("a", Profile{}, 1); err == nil {
		t.Error("Form took an empty profile")
	}
}

// TestFormed: a formed machine is what a ring comes to by itself.
func TestFormed(t *testing.T) {
	m, err := formed(member("a"), []Member{member("b"), member("c"), member("a")}, LAN())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Members()) != 3 || len(m.Watching()) != 2 || !m.Quiet() {
		t.Errorf("members %q, watching %+v, quiet: %v", ids(m.Members()), m.Watching(), m.Quiet())
	}
	if m.Tick(1); len(m.Ready().Pings) != 2 {
		t.Error("no heartbeats in the first tick")
	}
}

// BenchmarkForm is the cost of one machine of a ring of 64.
func BenchmarkForm(b *testing.B) {
	var members []Member
	for i := range 64 {
		members = append(members, member(simID(i)))
	}
	c, err := NewCircle(members)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Form(simID(9), LAN(), 1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSkip is the cost of skipping from one lost heartbeat in 50 to the next, on either side.
func BenchmarkSkip(b *testing.B) {
	m, err := formed(member("a"), []Member{member("b"), member("c")}, LAN())
	if err != nil {
		b.Fatal(err)
	}
	spans := []Span{{Pongs: 50, Missed: 1, Outcomes: [2]uint64{1 << 9}, SilentTicks: 4}, {Pongs: 50, SilentTicks: 4}}
	b.ReportAllocs()
	for b.Loop() {
		m.Skip(200, spans)
	}
}

// formed returns the Machine of self in a ring with members: that of NewCircle and Form, in phase 1.
func formed(self Member, members []Member, profile Profile) (*Machine, error) {
	all := []Member{self}
	for _, m := range members {
		if m.ID != self.ID {
			all = append(all, m)
		}
	}
	c, err := NewCircle(all)
	if err != nil {
		return nil, err
	}
	return c.Form(self.ID, profile, 1)
}
