package ring

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func member(id HostID) Member { return Member{ID: id, Name: "host-" + string(id), Boot: 1} }

// newMachine returns the machine of self in a ring with others.
func newMachine(t *testing.T, self HostID, others ...HostID) *Machine {
	t.Helper()
	m, err := New(member(self), LAN())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range others {
		if err := m.Step(Joined{member(o)}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func roundTrip(t *testing.T, e Event) (back Event) {
	t.Helper()
	b, err := json.Marshal(e)
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestOldNews: what was said of an earlier appearance of a host changes nothing.
func TestOldNews(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	now := Member{ID: "b", Boot: 2, Epoch: 3}
	m.Step(Joined{now})
	m.Ready()
	for _, in := range []Input{
		Joined{member("b")},
		Joined{Member{ID: "b", Boot: 2, Epoch: 2}},
		Received{Message{Kind: Verdict, From: "c", Subject: "b", Boot: 1, Epoch: 9, State: HostDead}},
		Received{Message{Kind: Verdict, From: "c", Subject: "b", Boot: 2, Epoch: 2, State: ShutDown}},
		Synced{[]Message{{Kind: Verdict, From: "c", Subject: "b", Boot: 2, Epoch: 2, State: HostDead}}},
		Received{Message{Kind: Verdict, From: "c", Subject: "a", Boot: 2, State: HostDead}}, // not this boot
	} {
		m.Step(in)
		if r := m.Ready(); len(r.Events)+len(r.Send) > 0 || r.Announce || m.watching("b").Member != now {
			t.Errorf("after %+v: b is %+v, and %+v; want %+v and nothing to do", in, m.watching("b").Member, r, now)
		}
	}
}

// TestCost counts the packets of a death and of link trouble that lasts.
func TestCost(t *testing.T) {
	p := player{m: newMachine(t, "a", "b", "c"), b: member("b")}
	asks, pings := 0, 0
	for range 28 {
		p.step(t, Pong{To: "c", Reached: true})
		p.m.Tick(1)
		r := p.m.Ready()
		for _, s := range r.Send {
			if s.Message.Kind == Ask {
				p.ask = s.Message.Number
				asks++
			}
		}
		for _, ping := range r.Pings {
			if ping.To.ID == "b" {
				pings++
			}
		}
	}
	if asks != minWaves || pings != 8+minRounds {
		t.Errorf("%d questions and %d pings in 7 heartbeats and the first, want %d and %d", asks, pings, minWaves, 8+minRounds)
	}
	for range 200 {
		p.play(t, 'y')
		p.play(t, '.')
	}
	if got := p.m.Stats().Suspicions; got < 6 || got > 8 { // rests of 5, 10, 20, 40, 60, 60 heartbeats
		t.Errorf("%d confirmations in 200 heartbeats of link trouble, want 6 to 8", got)
	}
}

// TestWitnessIsTold of the verdict at once, so that it testifies too.
func TestWitnessIsTold(t *testing.T) {
	p := player{m: newMachine(t, "a", "b", "c"), b: member("b")}
	for _, what := range "......n" {
		p.play(t, what)
	}
	p.step(t, Pong{To: "c", Reached: true})
	p.m.Tick(1)
	p.m.Tick(1)
	p.m.Tick(1)
	p.m.Tick(1)
	want := Envelope{To: member("c"), Message: Message{Kind: Verdict, From: "a", Subject: "b", Boot: 1, State: HostDead}}
	if sent := p.m.Ready().Send; !slices.Contains(sent, want) {
		t.Errorf("sent %+v, want %+v among them", sent, want)
	}
}

// TestNoEcho: of two that hold each other to be dead, neither answers all that the other says.
func TestNoEcho(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	m.Step(Received{Message{Kind: Verdict, From: "c", Subject: "b", Boot: 1, State: HostDead}})
	m.Ready()
	sent := 0
	for range 4 * m.profile.freshTicks() {
		m.Step(Received{Message{Kind: Verdict, From: "b", Subject: "a", Boot: 1, State: HostDead}})
		m.Step(Received{Message{Kind: Verdict, From: "b", Subject: "a", Boot: 1, State: HostDead}})
		m.Tick(1)
		for _, s := range m.Ready().Send {
			if s.To.ID == "b" {
				sent++
			}
		}
	}
	if sent != 4 {
		t.Errorf("told b %d times in 8 heartbeats, want 4", sent)
	}
}

// TestAnswers: a question is answered with what its ping found, unless that comes too late or the
// member was held up in between.
func TestAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		reached bool
		ticks   []int
		want    int
	}{
		"reached":     {true, nil, 1},
		"not reached": {false, []int{1, 1}, 1},
		"too late":    {false, []int{1, 1, 1, 1, 1}, 0},
		"held up":     {false, []int{9}, 0},
	} {
		m := newMachine(t, "a", "b", "c")
		m.Ready()
		m.Step(Received{Message{Kind: Ask, From: "c", Subject: "b", Number: 5}})
		ping := m.Ready().Pings[0]
		for _, n := range tt.ticks {
			m.Tick(n)
		}
		m.Ready()
		m.Step(Pong{To: "b", Number: ping.Number, Reached: tt.reached})
		want := Message{Kind: Answer, From: "a", Subject: "b", Number: 5, Reached: tt.reached}
		if sent := m.Ready().Send; len(sent) != tt.want || tt.want == 1 && (sent[0].Message != want || sent[0].To.ID != "c") {
			t.Errorf("%s: sent %+v, want %d times %+v", name, sent, tt.want, want)
		}
	}
}

// TestReturnIsTold by those beside the host, who ask it to refute as well.
func TestReturnIsTold(t *testing.T) {
	for at := range 11 {
		m := newMachine(t, simID(0))
		for i := 1; i < 12; i++ {
			m.Step(Joined{member(simID(i))})
		}
		x := m.roster.nearest(simID(0))[at]
		from := m.roster.nearest(simID(0))[(at+1)%11].ID
		if err := m.Step(Received{Message{Kind: Verdict, From: from, Subject: x.ID, Boot: 1, State: HostDead}}); err != nil {
			t.Fatal(err)
		}
		m.Ready()
		m.Step(Joined{x}) // it lives, and must refute
		if asked := len(m.Ready().Send) == 1; asked != (at < 2) {
			t.Errorf("the %d. nearest was asked to refute: %v", at+1, asked)
		}
		x.Boot = 2
		m.Step(Joined{x})
		if told := slices.ContainsFunc(m.Ready().Events, func(e Event) bool { return e.Kind == Alive }); told != (at < 2) {
			t.Errorf("the return of the %d. nearest was told: %v", at+1, told)
		}
	}
}

func TestStallThreshold(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	m.Tick(8) // two heartbeats late is not held up
	if m.Tick(9); m.Stats().Stalls != 1 {
		t.Errorf("%d stalls, want 1", m.Stats().Stalls)
	}
}

// TestAlone is a ring of two: there is nobody to ask, and the event says so.
func TestAlone(t *testing.T) {
	m := newMachine(t, "a", "b")
	for range 28 {
		m.Tick(1)
	}
	want := Event{Kind: Dead, Subject: member("b"), Witness: "a", State: HostDead, SilentMS: 7000}
	events := m.Ready().Events
	if len(events) != 1 || events[0].ID() != want.ID() || events[0].SilentMS != want.SilentMS || events[0].SecondedBy != nil {
		t.Errorf("events %+v, want %+v", events, want)
	}
}

// TestLookAhead: whoever comes into view because another died is pinged at once, and suspect if it
// does not answer that.
func TestLookAhead(t *testing.T) {
	m := newMachine(t, simID(0))
	for i := 1; i < 9; i++ {
		m.Step(Joined{member(simID(i))})
	}
	m.Ready()
	before := m.Watching()
	m.Step(Received{Message{Kind: Verdict, From: before[1].ID, Subject: before[0].ID, Boot: 1, State: HostDead}})
	pings := m.Ready().Pings
	if len(pings) == 0 || m.watching(pings[0].To.ID) == nil {
		t.Fatalf("pings %+v, want the new neighbour in %+v", pings, m.Watching())
	}
	deadline := m.profile.AnswerTicks + 1
	for range deadline {
		m.Tick(1)
	}
	if !m.watching(pings[0].To.ID).suspect {
		t.Errorf("%s did not answer for %d ticks and is not suspect", pings[0].To.ID, deadline)
	}
}

func TestStepRefuses(t *testing.T) {
	m := newMachine(t, "a", "b")
	for name, tt := range map[string]struct {
		in   Input
		want error
	}{
		"a stranger":       {Received{Message{Kind: Ask, From: "mallory", Subject: "b"}}, ErrStranger},
		"about a stranger": {Received{Message{Kind: Ask, From: "b", Subject: "mallory"}}, ErrStranger},
		"my own id":        {Received{Message{Kind: Ask, From: "a", Subject: "b"}}, ErrStranger},
	} {
		if err := m.Step(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	for i := 2; i < MaxMembers; i++ {
		if err := m.Step(Joined{member(simID(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Step(Joined{member("last")}); !errors.Is(err, ErrFull) {
		t.Errorf("member %d: %v, want ErrFull", MaxMembers+1, err)
	}
	for _, bad := range []Member{{}, {ID: "b"}, {ID: HostID(strings.Repeat("b", 65)), Boot: 1}} {
		if m.Step(Joined{bad}) == nil {
			t.Errorf("joined %+v, want an error", bad)
		}
	}
}

// TestQuestionsAreBounded: a flood of questions makes at most maxAsked pings.
func TestQuestionsAreBounded(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	m.Ready()
	for i := range 100 {
		m.Step(Received{Message{Kind: Ask, From: "c", Subject: "b", Number: uint32(i)}})
	}
	if r := m.Ready(); len(r.Pings) != maxAsked || m.Stats().Unanswered != 100-maxAsked {
		t.Errorf("%d pings and %d unanswered, want %d and %d", len(r.Pings), m.Stats().Unanswered, maxAsked, 100-maxAsked)
	}
}

func TestLeave(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	m.Ready()
	m.Leave(ShutDown)
	r := m.Ready()
	if len(r.Send) != 2 || r.Send[0].Message.State != ShutDown || len(r.Broadcast) != 1 {
		t.Errorf("leaving: %+v, want a farewell to b and c, and one to all", r)
	}
	m.Tick(1000)
	m.Step(Joined{member("d")})
	if r := m.Ready(); len(r.Events)+len(r.Send)+len(r.Pings) > 0 {
		t.Errorf("after leaving: %+v, want nothing", r)
	}
}

// TestLeaveReachesBeyondNeighbours: those may be going as well.
func TestLeaveReachesBeyondNeighbours(t *testing.T) {
	m := newMachine(t, simID(0))
	for i := 1; i < 40; i++ {
		m.Step(Joined{member(simID(i))})
	}
	m.Ready()
	near := m.roster.nearest(simID(0))
	m.Leave(ShutDown)
	var told, want []HostID
	for _, s := range m.Ready().Send {
		told = append(told, s.To.ID)
	}
	for _, o := range near[:2*farewellsPerSide] {
		want = append(want, o.ID)
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want the nearest, %q", told, want)
	}
}

// TestAbreast: after a death the next is looked at, after another two, and so on, until one answers
// and is left alone with what lies beyond it.
func TestAbreast(t *testing.T) {
	m := newMachine(t, simID(0))
	for i := 1; i < 40; i++ {
		m.Step(Joined{member(simID(i))})
	}
	near := m.roster.nearest(simID(0)) // near[0], near[2], near[4] ... lie on one side
	die := func(id HostID) {
		m.Step(Received{Message{Kind: Verdict, From: near[1].ID, Subject: id, Boot: 1, State: HostDead}})
	}
	onSide := func() (watched []HostID) {
		for _, w := range m.watches {
			if w.side == 0 {
				watched = append(watched, w.ID)
			}
		}
		return watched
	}
	want := func(from, n int) {
		t.Helper()
		var ids []HostID
		for i := range n {
			ids = append(ids, near[2*(from+i)].ID)
		}
		if got := onSide(); !slices.Equal(got, ids) {
			t.Errorf("watches %q, want %q", got, ids)
		}
	}
	want(0, 1)
	die(near[0].ID)
	want(1, 2)
	die(near[2].ID)
	want(2, 3)
	m.Step(Pong{To: near[6].ID, Reached: true})
	want(2, 2) // the one that answered, and the silent one before it
	m.Step(Pong{To: near[4].ID, Reached: true})
	want(2, 1)
	for _, n := range near[2:] { // all but near[1] are dead
		if n.ID != near[4].ID {
			die(n.ID)
		}
	}
	if len(onSide()) > maxAbreast || len(m.watches) > 2*maxAbreast {
		t.Errorf("%d watches, at most %d a side", len(m.watches), maxAbreast)
	}
}

// TestIsolationTakesItsTime: others are asked in three waves before a member takes itself for isolated,
// and the last of them gets the time of an answer too.
func TestIsolationTakesItsTime(t *testing.T) {
	m := newMachine(t, "a", "b", "c")
	p := m.profile
	want := p.suspectTicks(p.DeadBeats) + minWaves*(p.AnswerTicks+1) + 1
	for tick := 1; ; tick++ {
		m.Tick(1)
		if events := m.Ready().Events; len(events) > 0 {
			if tick != want || events[0].Kind != Isolated {
				t.Errorf("tick %d: %+v, want isolation in tick %d", tick, events, want)
			}
			break
		}
	}
}

// TestTestimony is what a witness says of a death beside the fact.
func TestTestimony(t *testing.T) {
	p := player{m: newMachine(t, "a", "b", "c"), b: member("b")}
	for range 10 {
		p.play(t, '.')
		p.play(t, 'b')
	}
	p.step(t, Pong{To: "b"}) // a lost heartbeat
	p.play(t, 'b')
	for _, what := range "......rn" {
		p.play(t, what)
	}
	var events []Event
	for i := 0; len(events) == 0 && i < 8; i++ {
		p.m.Tick(1)
		events = p.m.Ready().Events
	}
	if len(events) != 1 {
		t.Fatalf("events %+v, want a death", events)
	}
	e := events[0]
	if e.Kind != Dead || e.State != NanoprobeDown || e.Dial != "refused" || !slices.Equal(e.Asked, []HostID{"c"}) ||
		!slices.Equal(e.SecondedBy, []HostID{"c"}) || e.SilentMS != 7000 || e.RTTMicros != 2000 || e.LossPct != 6 {
		t.Errorf("%+v", e)
	}
}

// TestMoved: who moved is not missing and not held against anybody.
func TestMoved(t *testing.T) {
	b := newMachine(t, "b", "a", "c")
	b.Ready()
	b.Leave(Moved)
	m := newMachine(t, "a", "b", "c")
	for _, s := range b.Ready().Send {
		if s.To.ID == "a" {
			m.Step(Received{s.Message})
		}
	}
	if len(m.Members()) != 2 || len(m.Missing()) != 0 || len(m.Verdicts()) != 0 || len(m.Ready().Events) != 0 {
		t.Errorf("members %q, missing %q, verdicts %+v", ids(m.Members()), ids(m.Missing()), m.Verdicts())
	}
}
