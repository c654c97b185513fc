package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
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

// TestPicturesAreWellFormed: whatever hosts are called, SVG and Graphviz's language hold it.
func TestPicturesAreWellFormed(t *testing.T) {
	for _, name := range []string{"web1", `<script>"&'`, "a\x1b[2J\nb", "\xff", `back\slash"`, strings.Repeat("long", 40)} {
		views := []api.RingView{{HostID: name, Host: name, Rings: []api.RingMember{{Name: name}}, Watching: []ring.Member{{ID: "other", Name: name}}}}
		circles := circlesOf(views, map[string]string{"other": "dead"}, nil)
		elements, err := countElements(string(drawSVG(circles)))
		if err != nil || elements["svg"] != 1 || elements["script"] != 0 {
			t.Errorf("%q: elements %v, %v", name, elements, err)
		}
		for line := range strings.Lines(string(drawDot(circles))) {
			unescaped := strings.NewReplacer(`\\`, "", `\"`, "").Replace(line)
			if strings.Count(unescaped, `"`)%2 != 0 {
				t.Errorf("%q: a string without an end in %q", name, line)
			}
		}
	}
}

func countElements(text string) (map[string]int, error) {
	elements := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, nil
		}
		if err != nil {
			return nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
}

// TestSVG: every member is a dot with its name, every watch a line, and all of it inside the picture.
func TestSVG(t *testing.T) {
	text := string(drawSVG(circlesOf(viewsOf("north", 0, 5, "web1:web2,web3 web2:web1,web5 web3:web1,web4 web4:web3,web5 web5:web4,web2"), nil, nil)))
	elements, err := countElements(text)
	const legendDots, legendLines, legendTexts, legendHeads = 5, 4, 9, 3
	if err != nil || elements["circle"] != 5+legendDots || elements["g"] != 5+legendLines || elements["text"] != 5+1+legendTexts ||
		elements["path"] != elements["g"]+legendHeads {
		t.Errorf("elements %v, %v\n%s", elements, err, text)
	}
	for _, want := range []string{"<title>web2 and web1 watch each other</title>", "<title>web2\nhost id web2</title>", ">web3</text>"} {
		if !strings.Contains(text, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

func TestShorten(t *testing.T) {
	for name, want := range map[string]string{
		"web1": "web1", strings.Repeat("é", maxLabel): strings.Repeat("é", maxLabel), strings.Repeat("é", maxLabel+1): strings.Repeat("é", maxLabel-1) + "…",
	} {
		if got := shorten(name); got != want {
			t.Errorf("shorten(%q) = %q, want %q", name, got, want)
		}
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
