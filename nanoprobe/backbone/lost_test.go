package backbone

import (
	"slices"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// witness sits in a ring above beside b and c, who stand for one ring of dc2, and has the list of that.
func witness(t *testing.T, others string) (*script, Ring, []Peer) {
	t.Helper()
	lost := Ring{Prefix: KeyOf("dc2", "").prefix(groupBits), Generation: 1}
	s, _, top := founded(t)
	all := peers("bc"+others, func(id string) Note {
		if id == "b" || id == "c" {
			return Note{Stands: Stands{Ring: lost, Size: 4, Stamp: 1, Entry: addrNamed(id)}}
		}
		return Note{Stands: Stands{Ring: Ring{Prefix: KeyOf("of "+id, "").prefix(groupBits), Generation: 1}, Stamp: 1, Entry: addrNamed(id)}}
	})
	s.step(View{Ring: top, Heard: true, Peers: all})
	pulled := false
	for _, p := range s.wait(2).Pulls {
		if p.Ring == lost {
			pulled = true
			s.step(Pulled{Ring: lost, List: List{Ring: lost, Group: "dc2", Members: []ring.Member{hostNamed("b"), hostNamed("c"), hostNamed("d")}}})
		}
	}
	if !pulled && len(others) < 2 {
		t.Fatal("it does not ask for the list of its neighbours' ring")
	}
	return s, lost, all
}

// bury takes members out of the ring above, as dead or having left.
func (s *script) bury(all []Peer, dead bool, ids ...string) []Peer {
	top := s.seats[1].now.ring
	for _, id := range ids {
		if dead {
			s.step(Died{Ring: top, Member: hostNamed(id)})
		}
		all = slices.DeleteFunc(slices.Clone(all), func(p Peer) bool { return string(p.ID) == id })
	}
	s.step(View{Ring: top, Heard: true, Peers: all})
	return all
}

// answer lets so many seconds pass, in which probes are answered or not.
func (s *script) answer(seconds int, answered bool) (probes int, events []ring.Event) {
	for range seconds {
		r := s.wait(1)
		events = append(events, r.Events...)
		for _, p := range r.Probes {
			probes++
			events = append(events, s.step(Probed{Ring: p.Ring, Answered: answered}).Events...)
		}
	}
	return probes, events
}

func TestRingLost(t *testing.T) {
	s, lost, all := witness(t, "e")
	all = s.bury(all, true, "b")
	if probes, events := s.answer(10, false); probes > 0 || len(events) > 0 {
		t.Fatalf("one representative of two died: %d probes, events %v", probes, events)
	}
	s.bury(all, true, "c")
	probes, events := s.answer(8, false)
	if probes != probeRounds || len(events) != 1 || events[0].Kind != ring.RingLost {
		t.Fatalf("both died: %d probes, events %+v", probes, events)
	}
	if e := events[0]; e.Ring != "dc2" || len(e.Members) != 3 || e.Witness != "a" || e.Incident != lost.Label()+"/1" {
		t.Errorf("told as %+v", e)
	}
	if probes, events := s.answer(maxReprobe, false); len(events) > 0 || probes > 10 {
		t.Errorf("in the next half hour %d probes, events %+v", probes, events)
	}
	if _, events := s.answer(2*maxReprobe, true); len(events) != 1 || events[0].Kind != ring.Restored || events[0].Incident != lost.Label()+"/1" {
		t.Errorf("a member answers: %+v", events)
	}
}

func TestRingNotLost(t *testing.T) {
	s, _, all := witness(t, "e")
	s.bury(all, true, "b", "c")
	if probes, events := s.answer(30, true); probes != 2 || len(events) > 0 {
		t.Errorf("its members answer: %d probes, events %+v", probes, events)
	}
	if len(s.seats[1].doubts) == 0 {
		t.Error("its members are not told the way")
	}

	s, _, all = witness(t, "e")
	s.bury(all, false, "b", "c")
	if probes, events := s.answer(30, false); probes > 0 || len(events) > 0 {
		t.Errorf("its representatives moved: %d probes, events %+v", probes, events)
	}

	s, _, all = witness(t, "e")
	all = s.bury(all, true, "b")
	s.wait(1)
	s.bury(all, false, "c")
	if probes, events := s.answer(30, false); probes > 0 || len(events) > 0 {
		t.Errorf("its last representative took its leave: %d probes, events %+v", probes, events)
	}
}

// TestIsolated loses three rings at once, of four that it saw beside its own.
func TestIsolated(t *testing.T) {
	for lose, want := range map[string][]ring.Kind{"bce": nil, "bcef": {ring.Isolated}} {
		s, _, all := witness(t, "ef")
		whole := all
		ids := []string{}
		for _, id := range lose {
			ids = append(ids, string(id))
		}
		s.bury(all, true, ids...)
		var got []ring.Kind
		_, events := s.answer(10, false)
		for _, e := range events {
			if e.Kind != ring.RingLost {
				got = append(got, e.Kind)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d members lost: %q, want %q", len(lose), got, want)
		}
		if want == nil {
			continue
		}
		s.step(View{Ring: s.seats[1].now.ring, Heard: true, Peers: whole})
		if _, events := s.answer(3, false); len(events) != 1 || events[0].Kind != ring.Rejoined {
			t.Errorf("all are back: %+v", events)
		}
	}
}

// instead lets b and c stand for another ring.
func instead(all []Peer, r Ring) []Peer {
	all = slices.Clone(all)
	for i, p := range all {
		if p.ID == "b" || p.ID == "c" {
			all[i].Note.Stands.Ring = r
		}
	}
	return all
}

// TestRingDiesInAMerge buries the representatives of a ring, whose place another has taken: those who were
// in it have not come along.
func TestRingDiesInAMerge(t *testing.T) {
	for answered, want := range map[bool]int{true: 0, false: 1} {
		s, lost, all := witness(t, "e")
		all = s.bury(all, true, "b", "c")
		wider := peers("f", func(string) Note {
			return Note{Stands: Stands{Ring: Ring{Prefix: lost.Prefix, Generation: 2}, Entry: addrNamed("f")}}
		})
		s.step(View{Ring: s.seats[1].now.ring, Heard: true, Peers: append(all, wider...)})
		probes, events := s.answer(goneSeconds, answered)
		if len(events) != want || probes == 0 {
			t.Errorf("members answer %t: %d probes, events %+v", answered, probes, events)
		}
		if probes, _ := s.answer(300, true); answered && probes > 0 {
			t.Errorf("%d probes of a ring that goes by another name", probes)
		}
	}
}

// TestBest puts the list of a ring together from those of the rings around it.
func TestBest(t *testing.T) {
	parent := Ring{Prefix: KeyOf("dc2", "d").prefix(groupBits), Generation: 1}
	child := Ring{Prefix: KeyOf("dc2", "d").prefix(groupBits + 1), Generation: 2}
	var all, within []ring.Member
	for id := 'b'; id <= 'z'; id++ {
		o := hostNamed(string(id))
		if all = append(all, o); child.Prefix.Holds(KeyOf("dc2", o.ID)) {
			within = append(within, o)
		}
	}
	if len(within) < 2 || len(within) == len(all) {
		t.Fatalf("%d of %d are in the child", len(within), len(all))
	}
	old := watched{ring: parent, list: List{Ring: parent, Group: "dc2", Members: all}}
	young := watched{ring: child, list: List{Ring: child, Group: "dc2", Members: within[1:2]}, stamp: 1, latest: 1}
	for name, tt := range map[string]struct {
		watched []watched
		want    int
		fresh   bool
	}{
		"none":         {nil, 0, false},
		"its own":      {[]watched{young}, 1, true},
		"its parent's": {[]watched{old}, len(within), false},
		"both":         {[]watched{old, young}, len(within), true},
	} {
		v := vigil{watched: tt.watched}
		list, fresh := v.best(child)
		if len(list.Members) != tt.want || fresh != tt.fresh || list.Ring != child {
			t.Errorf("%s: %d members of %s, fresh %t; want %d, %t", name, len(list.Members), list.Ring.Label(), fresh, tt.want, tt.fresh)
		}
	}
}

// TestRingStrays lets a ring split, and one half of it never come up.
func TestRingStrays(t *testing.T) {
	s, lost, all := witness(t, "e")
	key := KeyOf("dc2", "d")
	var half Ring // without d
	for bit := uint8(groupBits + 1); half.Generation == 0; bit++ {
		if p := key.prefix(bit).Sibling(); p.Holds(KeyOf("dc2", "b")) || p.Holds(KeyOf("dc2", "c")) {
			half = Ring{Prefix: p, Generation: lost.Generation + 1}
		}
	}
	s.step(View{Ring: s.seats[1].now.ring, Heard: true, Peers: instead(all, half)})
	if probes, _ := s.answer(strandSeconds-1, false); probes > 0 {
		t.Errorf("%d probes before %d s", probes, strandSeconds)
	}
	_, events := s.answer(maxLossWindow, false)
	if len(events) != 1 || !slices.ContainsFunc(events[0].Members, func(o ring.Member) bool { return o.ID == "d" }) {
		t.Fatalf("half a ring is never seen again: %+v", events)
	}
	for _, o := range events[0].Members {
		if half.Prefix.Holds(KeyOf("dc2", o.ID)) {
			t.Errorf("%s is listed, who is in the half that is seen", o.ID)
		}
	}
}

// TestRingLostAgain buries a ring that was founded anew, by others, after it was called lost.
func TestRingLostAgain(t *testing.T) {
	s, lost, all := witness(t, "e")
	s.bury(all, true, "b", "c")
	_, first := s.answer(10, false)
	young := slices.Clone(all)
	for i := range young {
		young[i].Boot = 2
	}
	s.step(View{Ring: s.seats[1].now.ring, Heard: true, Peers: young})
	s.answer(2*goneSeconds, false)
	s.step(Pulled{Ring: lost, List: List{Ring: lost, Group: "dc2", Members: []ring.Member{hostNamed("b"), hostNamed("c")}}})
	s.bury(young, true, "b", "c")
	_, second := s.answer(10, false)
	if len(first) != 1 || len(second) != 1 || first[0].ID() == second[0].ID() {
		t.Errorf("a ring is lost twice: %+v, then %+v", first, second)
	}
}

// TestPull asks for a list until it has come, and then when the stamp is new; it keeps an older list for
// the case that the latest can't be had, but gives others time to come up.
func TestPull(t *testing.T) {
	s, lost, all := witness(t, "e")
	pulls := func(seconds int) (n int) {
		for _, p := range s.wait(seconds).Pulls {
			if p.Ring == lost {
				n++
			}
		}
		return n
	}
	if n := pulls(60); n != 0 {
		t.Errorf("asks %d times more for a list that it has", n)
	}
	for i := range all {
		all[i].Note.Stands.Stamp = 2
	}
	s.step(View{Ring: s.seats[1].now.ring, Heard: true, Peers: all})
	if n := pulls(12 * pullSeconds); n != 12 {
		t.Errorf("asks %d times in %d s for a list that does not come", n, 12*pullSeconds)
	}
	s.bury(all, true, "b", "c")
	if probes, events := s.answer(staleSeconds-1, false); probes > 0 || len(events) > 0 {
		t.Errorf("judges by an old list at once: %d probes, events %+v", probes, events)
	}
	if _, events := s.answer(10, false); len(events) != 1 || len(events[0].Members) != 3 {
		t.Errorf("by an old list: %+v", events)
	}
}
