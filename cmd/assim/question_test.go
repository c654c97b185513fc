package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
)

func TestMeant(t *testing.T) {
	host := func(key, name string) depend.Thing {
		return depend.Thing{Kind: "host", Label: "Host", Key: key, Name: name, Host: name, State: "up"}
	}
	service := func(key, name, on string) depend.Thing {
		return depend.Thing{Kind: "service", Label: "Process", Key: key, Name: name, Host: on, State: "up"}
	}
	client := service("p3", "redis", "db1")
	client.Kind = "client"
	box := depend.Thing{Kind: "container", Label: "Container", Key: "h1|docker|7", Name: "web1", Host: "web1"}
	boxed := depend.Thing{Kind: "container", Label: "Host", Key: "h1|docker|8", Name: "shop", Host: "web1"}
	boxed2 := boxed
	boxed2.Key = "h1|docker|9"
	tests := []struct {
		what   string
		things []depend.Thing
		want   string // labels, or candidates
	}{
		{"web1", []depend.Thing{host("h1", "web1")}, "Host"},
		{"redis@db1", []depend.Thing{service("p1", "redis", "db1"), service("p2", "redis", "db1")}, "Process Process"},
		{"redis@db1", []depend.Thing{client, service("p1", "redis", "db1")}, "Process Process"},
		{"redis", []depend.Thing{service("p1", "redis", "db1"), service("p2", "redis", "db2")}, "redis@db1 redis@db2"},
		{"web1", []depend.Thing{host("h1", "web1"), box}, "h1 web1/web1"},
		{"shop", []depend.Thing{boxed, service("p1", "shop", "web1/shop")}, "web1/shop shop@web1/shop"},
		{"web1/shop", []depend.Thing{boxed, boxed2}, "Host Host"},
		{"sw", []depend.Thing{{Kind: "switch", Label: "Switch", Key: "c1", Name: "sw"}, host("h1", "sw")}, "c1 h1"},
		{"web1", []depend.Thing{host("h1", "web1"), service("p1", "web1", "web1")}, "h1 web1@web1"},
		{"192.0.2.1", []depend.Thing{{Kind: "ip", Label: "IP", Key: "site|192.0.2.1", Name: "192.0.2.1", Host: "web1"}}, "IP"},
		{"web1", []depend.Thing{box}, "Host"},
	}
	for _, tt := range tests {
		s, err := meant(tt.what, tt.things)
		var got []string
		var ambiguous *ambiguousError
		switch {
		case errors.As(err, &ambiguous):
			for _, c := range ambiguous.candidates {
				got = append(got, c.name)
			}
		case s.name != tt.what:
			t.Errorf("%q is asked for as %q", tt.what, s.name)
		default:
			for _, thing := range s.things {
				got = append(got, thing.Label)
			}
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.what, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"db1", "nginx@web1", "redis-server@db1", "redis-server@web1", "redis-server"}
	for what, want := range map[string]string{
		"db2": "db1", "ngixn@web1": "nginx@web1",
		"redis": "redis-server@db1", "redis@web1": "redis-server@web1", "red@db1": "redis-server@db1",
		"re@web1": "", "redis@app1": "", "redis-server@db1": "redis-server@db1", "postgres@db1": "",
	} {
		if got := nearest(what, known); got != want {
			t.Errorf("the nearest of %q is %q, want %q", what, got, want)
		}
	}
}

// TestEdgeInOneLine: one of one is no group.
func TestEdgeInOneLine(t *testing.T) {
	e := edge{From: depend.Thing{Kind: "host", Name: "web1"}, To: depend.Thing{Kind: "switch", Name: "sw1"}, Type: "DEPENDS_ON", Group: "switches of bond0"}
	for of, want := range map[int]string{1: "web1 DEPENDS_ON sw1, switches of bond0", 2: "web1 DEPENDS_ON sw1, one of 2 switches of bond0"} {
		if e.Of = of; e.String() != want {
			t.Errorf("%q, want %q", e, want)
		}
	}
}

func TestAmbiguousIsBounded(t *testing.T) {
	e := &ambiguousError{what: "sshd"}
	for i := range maxCandidates {
		e.candidates = append(e.candidates, candidate{fmt.Sprint("sshd@h", i), "service", "up"})
	}
	if text := e.Error(); strings.Contains(text, "more") || strings.Count(text, "\n") != maxCandidates {
		t.Errorf("of as many as are shown: %s", text)
	}
	e.candidates = append(e.candidates, candidate{"sshd@last", "service", ""})
	if text := e.Error(); !strings.HasSuffix(text, "\n  and 1 more") || strings.Contains(text, "last") {
		t.Errorf("of one more: %s", text)
	}
}

func TestSummary(t *testing.T) {
	row := func(kind, name, host, risk string) impactRow {
		return impactRow{thingRow: thingRow{Thing: depend.Thing{Kind: kind, Name: name, Host: host}}, Risk: risk}
	}
	risk := row("host", "x", "x", riskAtRisk)
	tests := []struct {
		a    impactAnswer
		want string
	}{
		{impactAnswer{AtRisk: []impactRow{risk, risk}}, "nothing falls, 2 are at risk"},
		{impactAnswer{Falls: []impactRow{row("host", "db1", "db1", riskFalls)}, AtRisk: []impactRow{risk}}, "1 host falls, 1 is at risk"},
		{impactAnswer{Falls: []impactRow{row("service", "a", "web1", riskFalls)}}, "1 service on 1 host falls"},
		{impactAnswer{Falls: []impactRow{
			row("service", "a", "web1", riskFalls), row("process", "b", "web2", riskFalls), row("process", "c", "web2", riskFalls),
			row("switch", "s", "", riskFalls), row("switch", "t", "", riskFalls), row("container", "box", "web1", riskFalls)}},
			"1 container, 2 processes, 1 service and 2 switches on 2 hosts fall"},
	}
	for _, tt := range tests {
		if got := tt.a.summary(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

func TestDecodeRows(t *testing.T) {
	rows := api.Rows{Columns: []string{"name", "distance", "new", "state", "chain"}}
	add := func(cells ...string) {
		row := make([]json.RawMessage, len(cells))
		for i, c := range cells {
			row[i] = json.RawMessage(c)
		}
		rows.Rows = append(rows.Rows, row)
	}
	add(`"a\u001b\"b"`, `3`, `{"k": 1}`, `null`, `["x", "y"]`)
	add(`"é"`, `0`, `null`, `"up"`, `[]`)
	got, err := decodeRows[whyRow](rows)
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	if g := got[0]; g.Name != "a\x1b\"b" || g.Distance != 3 || g.State != "" || strings.Join(g.Chain, "-") != "x-y" {
		t.Errorf("first row %+v", g)
	}
	if g := got[1]; g.Name != "é" || g.Distance != 0 || g.State != "up" {
		t.Errorf("second row %+v", g)
	}
	for _, cell := range []string{`7`, `["a"]`, `true`} { // in place of a text
		rows.Rows = rows.Rows[:0]
		add(cell, `1`)
		if _, err := decodeRows[whyRow](rows); !errors.Is(err, api.ErrBadAnswer) || !strings.Contains(err.Error(), `"name"`) {
			t.Errorf("%s: error %v, want one that names the column", cell, err)
		}
	}
}

func TestStateOfNodes(t *testing.T) {
	for _, tt := range []struct {
		node areaThing
		want string
	}{
		{areaThing{Labels: []string{"Host"}}, "up"},
		{areaThing{Labels: []string{"Host"}, OwnStatus: "dead"}, "dead"},
		{areaThing{Labels: []string{"Host", "Container"}, Host: "web1", HostStatus: "dead"}, "dead"},
		{areaThing{Labels: []string{"Process"}, Host: "web1"}, "up"},
		{areaThing{Labels: []string{"Process"}, Host: "web1", HostStatus: "dead", Failed: true}, "failed"},
		{areaThing{Labels: []string{"Endpoint"}}, ""},
		{areaThing{Labels: []string{"Switch"}, OwnStatus: "up"}, "up"},
	} {
		if got := tt.node.state(); got != tt.want {
			t.Errorf("%+v is %q, want %q", tt.node, got, tt.want)
		}
	}
}

func TestEndpointNames(t *testing.T) {
	got := endpointNames([]string{"site|192.0.2.1|80|tcp", "host:x|::1|53|udp", "odd"})
	if want := "192.0.2.1:80/tcp [::1]:53/udp odd"; strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPainted: colours stand around the text alone, and no line ends in blanks.
func TestPainted(t *testing.T) {
	var b bytes.Buffer
	err := printPainted(&b, []string{"A", "STATE", "B"}, [][]string{{"x", "dead", "y"}, {"long", "", ""}, {"", "up", ""}}, func(row, column int) (string, string) {
		if row == 0 && column == 1 {
			return "<", ">"
		}
		return "", ""
	})
	want := "A     STATE  B\nx     <dead>   y\nlong\n      up\n"
	if err != nil || b.String() != want {
		t.Errorf("%q, want %q (%v)", b.String(), want, err)
	}
	for state, want := range map[string]string{"up": "", "": "", "dead": red, "failed": red, "down": red, "at risk": yellow, "unknown": yellow, "shutdown": yellow} {
		if got := colourOf(state); got != want {
			t.Errorf("colour of %q is %q", state, got)
		}
	}
}

func TestAtMost(t *testing.T) {
	for n, want := range map[int]bool{0: false, 2: false, 3: false, 4: true} {
		if rows, cut := atMost(make([]int, n), 3); cut != want || len(rows) != min(n, 3) {
			t.Errorf("of %d: %d rows, cut %v", n, len(rows), cut)
		}
	}
}

// TestWays: what a host's processes use is read only if services are followed.
func TestWays(t *testing.T) {
	for _, c := range []struct {
		label   string
		reverse bool
		follow  []string
		want    int
	}{
		{graph.Host, false, depend.AllKinds(), 2},
		{graph.Host, false, []string{depend.Network, depend.Services}, 2},
		{graph.Host, false, []string{depend.Network, depend.DNS}, 1},
		{graph.Process, false, depend.AllKinds(), 1},
		{graph.Host, true, depend.AllKinds(), 1},
	} {
		got := ways(c.label, depend.Options{Reverse: c.reverse, Follow: c.follow}, hopsPerLevel)
		if len(got) != c.want {
			t.Errorf("%s, reverse %v, following %q: %q, want %d ways", c.label, c.reverse, c.follow, got, c.want)
		}
	}
}
