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
	if probes, events := s.answer(30, true); probes != 1 || len(events) > 0 {
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
