package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/draw"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// viewsOf are the views of hosts that watch as the script says: "web1:web2,web3" is a host and whom it
// watches, with '!' behind the host when it holds an office.
func viewsOf(ringName string, level, members int, script string) (views []api.RingView) {
	for field := range strings.FieldsSeq(script) {
		host, watched, _ := strings.Cut(field, ":")
		name, office := strings.CutSuffix(host, "!")
		m := api.RingMember{Name: ringName, Label: ringName, Level: level, Members: members}
		if office {
			m.Office = "first"
		}
		v := api.RingView{HostID: name, Host: name, Rings: []api.RingMember{m}}
		for id := range strings.SplitSeq(watched, ",") {
			if id != "" {
				v.Watching = append(v.Watching, ring.Member{ID: ring.HostID(id), Name: id})
			}
		}
		views = append(views, v)
	}
	return views
}

func TestCircle(t *testing.T) {
	const whole = "ring north/0  level 0, of hosts, 2 members\n"
	tests := []struct {
		name, script string
		said         int
		status       map[string]string
		troubled     map[[2]string]bool
		want         string // of drawText
	}{
		{"all is well", "web1!:web2,web3 web2:web1,web5 web3!:web1,web4 web4:web3,web5 web5:web4,web2", 5, nil, nil,
			`ring north/0  level 0, of hosts, 5 members
  ╭ web2
  │ web1  (represents the ring)
  │ web3  (represents the ring)
  │ web4
  ╰ web5
`},
		{"alone", "web1:", 1, nil, nil, "ring north/0  level 0, of hosts, 1 member\n  ○ web1\n"},
		{"the others are not heard", "web1:", 5, nil, nil,
			"ring north/0  level 0, of hosts, 1 of 5 members, the others are not heard here\n  ○ web1\n"},
		{"one watches, the other does not", "web1:web2 web2:", 2, nil, nil, whole +
			"  ╭ web2\n  ╰ web1\n  ! web1 watches web2, which does not watch it\n  ! nobody watches web1\n"},
		{"and perhaps somebody else does", "web1:web2 web2:", 3, nil, nil,
			"ring north/0  level 0, of hosts, 2 of 3 members, the others are not heard here\n" +
				"  ╭ web2\n  ╰ web1\n  ! web1 watches web2, which does not watch it\n"},
		{"the watched one is dead", "web1:web2", 2, map[string]string{"web2": "dead"}, nil, whole +
			"  ╭ web2  (dead)\n  ╰ web1\n  ! web1 watches web2, which is gone\n"},
		{"the watched one has told nothing", "web1:web2", 2, map[string]string{"web2": "up"}, nil, whole +
			"  ╭ web2\n  ╰ web1\n  ! web1 watches web2, which has not told whom it watches\n"},
		{"a link that fails", "web1:web2 web2:web1", 2, nil, map[[2]string]bool{{"web1", "web2"}: true}, whole +
			"  ╭ web2\n  ╰ web1\n  ! the link between web2 and web1 fails, others reach both\n"},
		{"the other way round", "web1:web2 web2:web1", 2, nil, map[[2]string]bool{{"web2", "web1"}: true}, whole +
			"  ╭ web2\n  ╰ web1\n  ! the link between web2 and web1 fails, others reach both\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			circles := circlesOf(viewsOf("north/0", 0, tt.said, tt.script), tt.status, tt.troubled)
			if got := string(drawText(circles)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCirclesInOrder(t *testing.T) {
	views := slices.Concat(viewsOf("north/1", 0, 1, "web3:"), viewsOf("+1", 1, 2, "web1:web3 web3:web1"), viewsOf("north/0", 0, 1, "web1:"))
	var got []string
	for _, c := range circlesOf(views, nil, nil) {
		got = append(got, fmt.Sprint(c.name, " ", c.level, " ", len(c.seats)))
	}
	if want := []string{"+1 1 2", "north/0 0 1", "north/1 0 1"}; !slices.Equal(got, want) {
		t.Errorf("circles %q, want %q", got, want)
	}
	if got := circlesOf(nil, nil, nil); len(got) != 0 {
		t.Errorf("of no views: %+v", got)
	}
}

func TestTroubledLinks(t *testing.T) {
	event := func(kind ring.Kind, witness, subject string) api.EventRecord {
		return api.EventRecord{Event: ring.Event{Kind: kind, Witness: ring.HostID(witness), Subject: ring.Member{ID: ring.HostID(subject)}}}
	}
	for _, tt := range []struct {
		name   string
		events []api.EventRecord
		want   int
	}{
		{"down", []api.EventRecord{event(ring.Link, "a", "b")}, 1},
		{"up again", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.LinkUp, "a", "b")}, 0},
		{"another's is up", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.LinkUp, "c", "b")}, 1},
		{"and down once more", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.LinkUp, "a", "b"), event(ring.Link, "a", "b")}, 1},
		{"the subject died", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.Link, "a", "c"), event(ring.Dead, "x", "b")}, 1},
		{"the subject restarted", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.Restarted, "x", "b")}, 0},
		{"isolation says nothing of links", []api.EventRecord{event(ring.Link, "a", "b"), event(ring.Isolated, "b", "b")}, 1},
	} {
		if got := troubledLinks(tt.events); len(got) != tt.want {
			t.Errorf("%s: %v, want %d", tt.name, got, tt.want)
		}
	}
}

// TestRingPicture: every member is a box with its state, every watch a line that looks as it stands.
func TestRingPicture(t *testing.T) {
	circles := circlesOf(viewsOf("north/0", 0, 4, "web1!:web2,web3 web2:web1 web3: web4:web5,web1"),
		map[string]string{"web3": "shutdown", "web5": "dead"}, map[[2]string]bool{{"web4", "web1"}: true})
	p := ringPicture(circles)
	for _, b := range p.Boxes {
		want := map[string]draw.State{"web1": draw.Up, "web2": draw.Up, "web3": draw.Shutdown, "web4": draw.Up, "web5": draw.Dead}[b.Title]
		if b.State != want || b.Rimmed != (b.Title == "web1") {
			t.Errorf("%s: state %v, rim %v, want %v and a rim at web1 only", b.Title, b.State, b.Rimmed, want)
		}
	}
	var edges []string
	for _, e := range p.Edges {
		edges = append(edges, e.Details[0]+": "+e.Text)
	}
	slices.Sort(edges)
	want := []string{
		"the link between web4 and web1 fails, others reach both: link fails",
		"web1 watches web3, which is gone: watches who is gone",
		"web2 and web1 watch each other: watch each other",
		"web4 watches web5, which is gone: watches who is gone",
	}
	if len(p.Boxes) != 5 || len(p.Circles) != 1 || !slices.Equal(edges, want) {
		t.Errorf("%d boxes on %d circles, edges %q; want 5, 1 and %q", len(p.Boxes), len(p.Circles), edges, want)
	}
}

// TestWatchInSeveralRings: two that meet in two rings watch each other in those where they are neighbours.
func TestWatchInSeveralRings(t *testing.T) {
	views := viewsOf("north", 0, 7, "a: b: c: d: e: f: g:")
	seats := circlesOf(views, nil, nil)[0].seats
	at := func(seat int) *api.RingView {
		return &views[slices.IndexFunc(views, func(v api.RingView) bool { return v.HostID == seats[seat].id })]
	}
	for apart, want := range map[int]int{1: 1, 2: 1, 3: 0, 4: 0, 5: 1, 6: 1} {
		first, other := at(0), at(apart)
		for _, v := range []*api.RingView{first, other} {
			v.Rings = append(v.Rings, api.RingMember{Name: "+1", Label: "+1", Level: 1, Members: 2})
		}
		first.Watching = []ring.Member{{ID: ring.HostID(other.HostID), Name: other.Host}}
		circles := circlesOf(views, nil, nil)
		if above, below := len(circles[0].watches), len(circles[1].watches); above != 1 || below != want {
			t.Errorf("%d apart of 7: %d watches above and %d below, want 1 and %d", apart, above, below, want)
		}
		first.Rings, other.Rings, first.Watching = first.Rings[:1], other.Rings[:1], nil
	}
}
