package ring

import (
	"slices"
	"strings"
	"testing"
)

func ids(ms []Member) string {
	var all []string
	for _, m := range ms {
		all = append(all, string(m.ID))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestNeighbours: each is watched by those it watches; small rings have two on either side.
func TestNeighbours(t *testing.T) {
	for size, want := range map[int]int{1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 7: 4, 8: 2, 9: 2, 64: 2} {
		machines := map[HostID]*Machine{}
		for i := range size {
			m := newMachine(t, simID(i))
			for j := range size {
				m.Step(Joined{member(simID(j))})
			}
			machines[simID(i)] = m
		}
		for id, m := range machines {
			if len(m.watches) != want {
				t.Errorf("%d members: %s watches %+v, want %d", size, id, m.Watching(), want)
			}
			for _, w := range m.Watching() {
				if w.ID == id || machines[w.ID].watching(id) == nil {
					t.Errorf("%d members: %s watches %s, which does not watch it", size, id, w.ID)
				}
			}
			for other := range machines {
				if adjacent := m.roster.adjacent(other, id, m.profile); adjacent != (m.watching(other) != nil) {
					t.Errorf("%d members: %s and %s adjacent: %v", size, id, other, adjacent)
				}
			}
		}
	}
}

// TestGoneAreBounded: the memory of those that died keeps the latest.
func TestGoneAreBounded(t *testing.T) {
	m := newMachine(t, "a", "b")
	for i := range maxGone + 10 {
		m.Step(Joined{member(simID(i))})
		m.Tick(1)
		m.Step(Received{Message{Kind: Verdict, From: "b", Subject: simID(i), Boot: 1, State: HostDead}})
	}
	if got := len(m.Missing()); got != maxGone {
		t.Errorf("%d missing, want %d", got, maxGone)
	}
	if m.roster.find(simID(9)) != nil || m.roster.find(simID(10)) == nil {
		t.Error("forgot others than the first to go")
	}
}

func TestProfiles(t *testing.T) {
	for _, name := range []string{"local", "lan", "wan"} {
		if p, err := NamedProfile(name); err != nil || p.Validate() != nil {
			t.Errorf("%s: %+v, %v, %v", name, p, err, p.Validate())
		}
	}
	if _, err := NamedProfile("van"); err == nil || !strings.Contains(err.Error(), `"van"`) {
		t.Errorf("van: %v, want an error that names it", err)
	}
	for i, spoil := range []func(*Profile){
		func(p *Profile) { p.Tick = 0 }, func(p *Profile) { p.BeatTicks = 0 }, func(p *Profile) { p.DeadBeats = 1 },
		func(p *Profile) { p.AnswerTicks = 0 }, func(p *Profile) { p.PerSide = 3 }, func(p *Profile) { p.PerSide = 0 },
	} {
		p := LAN()
		if spoil(&p); p.Validate() == nil {
			t.Errorf("%d: %+v is taken", i, p)
		}
		if _, err := New(member("a"), p); err == nil {
			t.Errorf("%d: New takes %+v", i, p)
		}
	}
}

// TestLost: memberlist's word alone closes the circle over a member that is not watched, without a
// verdict, and opens it again.
func TestLost(t *testing.T) {
	m := newMachine(t, simID(0))
	for i := 1; i < 12; i++ {
		m.Step(Joined{member(simID(i))})
	}
	far := m.roster.nearest(simID(0))[5]
	m.Step(Lost{far.ID})
	if len(m.Members()) != 11 || len(m.Verdicts()) != 0 || ids(m.Missing()) != string(far.ID) {
		t.Errorf("lost: members %q, missing %q, verdicts %+v", ids(m.Members()), ids(m.Missing()), m.Verdicts())
	}
	m.Step(Joined{far})
	if len(m.Members()) != 12 || len(m.Ready().Events) != 0 {
		t.Errorf("back: members %q, want all 12 and no event", ids(m.Members()))
	}
}

// TestAskedAround: successive confirmations that nobody answers reach every member.
func TestAskedAround(t *testing.T) {
	m := newMachine(t, simID(0))
	for i := 1; i < 40; i++ {
		m.Step(Joined{member(simID(i))})
	}
	w := &m.watches[0]
	m.suspect(w)
	if first := w.questioned; len(first) != 1 || first[0] != m.roster.nearest(w.ID)[0].ID && first[0] != m.roster.nearest(w.ID)[1].ID {
		t.Errorf("the first wave asks %q, want the other neighbour of %s", first, w.ID)
	}
	asked := map[HostID]bool{}
	for w.hearings = range 8 {
		w.ticks = 2 * (m.profile.AnswerTicks + 1)
		m.question(w)
		if len(w.questioned) != maxQuestioned {
			t.Errorf("the last wave asks %d, want %d", len(w.questioned), maxQuestioned)
		}
		for _, id := range w.questioned {
			asked[id] = true
		}
	}
	if len(asked) != 37 || asked[w.ID] || asked[simID(0)] {
		t.Errorf("asked %d, want all 40 but the watcher and its neighbours, which are silent", len(asked))
	}
}

// nearest lists the other present members, those closest to id first.
func (r *roster) nearest(id HostID) []Member {
	near := make([]Member, 0, r.present)
	r.walk(id, func(e *entry, _ int) bool {
		near = append(near, e.Member)
		return true
	})
	return near
}
