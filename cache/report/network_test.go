package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

const procCounters = `Ip: Forwarding DefaultTTL InReceives
Ip: 1 64 18446744073709551615
Icmp: InMsgs
Icmp: 5
Tcp: RtoAlgorithm MaxConn RetransSegs
Tcp: 1 -1 7
TcpExt: TCPTimeouts Odd
TcpExt: 3
Udp: A
Udp: many
`

const netstatCounters = `Ip:
    Forwarding: 1
    18 total packets received
Icmp:
    ICMP input histogram:
        destination unreachable: 4
Tcp:
    7 segments retransmitted
TcpExt:
    Detected reordering 5 times using SACK
    TCPTimeouts: 3
    -2
garbage
`

func TestParseCounters(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{procCounters, `
Icmp.InMsgs 5
Ip.DefaultTTL 64
Ip.Forwarding 1
Ip.InReceives 1.8446744073709552e+19
Tcp.MaxConn -1
Tcp.RetransSegs 7
Tcp.RtoAlgorithm 1
8: 1 values for 2 names
10: A is "many", no number`},
		{netstatCounters, `
Icmp.destination unreachable 4
Ip.Forwarding 1
Ip.total packets received 18
Tcp.segments retransmitted 7
TcpExt.Detected reordering times using SACK 5
TcpExt.TCPTimeouts 3
13: "garbage" is neither a section nor a counter`},
		{"Tcp: A\nTcp: 1\nTcp: A\nTcp: 2\n", "Tcp.A 3"},
		{"", ""},
	} {
		counters, bad := parseCounters(tt.text)
		var got []string
		for _, key := range slices.Sorted(maps.Keys(counters)) {
			got = append(got, fmt.Sprint(key, " ", counters[key]))
		}
		for _, b := range bad {
			got = append(got, fmt.Sprint(b.line, ": ", b.what))
		}
		checkLines(t, "counters", got, tt.want)
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		values     []float64
		percentile float64
		want       Statistics
	}{
		{[]float64{4}, 95, Statistics{Count: 1, Mean: 4, Median: 4, Min: 4, Max: 4, Percentile: 4}},
		{[]float64{9, 2, 4, 4, 5, 4, 7, 5}, 100, Statistics{8, 5, 4.5, 2, 2, 9, 9}},
		{[]float64{1, 2, 3, 4}, 0, Statistics{4, 2.5, 2.5, math.Sqrt(1.25), 1, 4, 1}},
		{[]float64{10, 20, 30, 40, 50}, 90, Statistics{5, 30, 30, math.Sqrt(200), 10, 50, 46}},
	} {
		if got := describe(slices.Clone(tt.values), tt.percentile); fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%v: %+v, want %+v", tt.values, got, tt.want)
		}
	}
	s := Statistics{9, 1, 2, 3, 4, 5, 6}
	for i, name := range StatNames() {
		if got := s.Named(name); got != float64(i+1) {
			t.Errorf("%s: %v, want %d", name, got, i+1)
		}
	}
}

// links is a document with an interface a switch and port.
func links(ends ...string) string {
	var parts []string
	for i, end := range ends {
		name, port, _ := strings.Cut(end, "/")
		parts = append(parts, fmt.Sprintf(`"eth%d": {"ChassisId": "id of %s", "SystemName": %q, "PortId": %q}`, i, name, name, port))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// counted is a host of a site with a counter.
func counted(site, name string, value int, link string) *Host {
	h := hostOf(name, "@netcounters", fmt.Sprintf("Tcp: RetransSegs Other\nTcp: %d 1\n", value), linksPath, link)
	h.Site = site
	return h
}

func networkOf(q NetworkQuery) NetworkReport {
	n := NewNetwork(q)
	n.Add(counted("north", "a", 10, links("sw1/1", "sw2/1")))
	n.Add(counted("north", "b", 20, links("sw1/2")))
	n.Add(counted("north", "c", 60, links("sw1/3", "sw1/4")))
	n.Add(counted("south", "d", 5, "[]"))
	n.Add(hostOf("e"))
	return n.Report()
}

func TestNetwork(t *testing.T) {
	for _, tt := range []struct {
		query NetworkQuery
		hosts int
		want  string
	}{
		{NetworkQuery{By: BySite, Percentile: 75}, 4, "north  Tcp.RetransSegs 3 30 20 40\nsouth  Tcp.RetransSegs 1 5 5 5"},
		{NetworkQuery{By: BySite, Keys: []string{"Tcp.O*"}}, 4, "north  Tcp.Other 3 1 1 1\nsouth  Tcp.Other 1 1 1 1"},
		{NetworkQuery{By: BySwitch, Percentile: 50}, 4, "north sw1 Tcp.RetransSegs 3 30 20 20\nnorth sw2 Tcp.RetransSegs 1 10 10 10"},
		{NetworkQuery{By: BySite, Switches: []string{"*2"}}, 1, "north  Tcp.RetransSegs 1 10 10 10"},
	} {
		r := networkOf(tt.query)
		var got []string
		for _, g := range r.Groups {
			got = append(got, fmt.Sprint(g.Site, " ", g.Switch, " ", g.Key, " ", g.Count, " ", g.Mean, " ", g.Median, " ", g.Percentile))
		}
		checkLines(t, fmt.Sprint(tt.query), got, tt.want)
		if r.Hosts != tt.hosts || r.Problems.Count != 1 {
			t.Errorf("%v: %d hosts, problems %v, want %d and that of the links", tt.query, r.Hosts, r.Problems.First, tt.hosts)
		}
	}
	r := networkOf(NetworkQuery{By: ByHost})
	above := r.Above("median")
	if len(r.Values) != 4 || len(above) != 1 || above[0].Host != "c" || len(above[0].Links) != 2 {
		t.Errorf("%+v, above the median %+v, want c", r.Values, above)
	}
	if above := r.Above("min"); len(above) != 2 {
		t.Errorf("above the least: %+v, want b and c", above)
	}
}

func TestNetworkQuery(t *testing.T) {
	for _, tt := range []struct {
		query NetworkQuery
		want  string
	}{
		{NetworkQuery{By: BySite, Percentile: 100}, ""},
		{NetworkQuery{By: "rack"}, `by "rack": one of`},
		{NetworkQuery{By: BySite, Percentile: 100.5}, "percentile 100.5: it is 0 to 100"},
		{NetworkQuery{By: BySite, Percentile: -1}, "percentile -1"},
		{NetworkQuery{By: BySite, Percentile: math.NaN()}, "percentile NaN"},
		{NetworkQuery{By: BySite, Keys: []string{"["}}, `"[": syntax error in pattern`},
		{NetworkQuery{By: BySite, Switches: []string{"["}}, `"[": syntax error in pattern`},
	} {
		err := tt.query.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.query, err, tt.want)
		}
	}
}

func TestPorts(t *testing.T) {
	p := NewPorts(nil, 50)
	for _, h := range []*Host{
		counted("north", "a", 0, links("sw1/1", "sw2/1")), counted("north", "b", 0, links("sw1/1")), counted("north", "c", 0, links("sw1/2")),
		counted("south", "d", 0, links("sw1/1")), counted("south", "e", 0, `{"eth0": {"ChassisId": "00-01", "PortId": "7"}, "lo": {}}`),
		counted("south", "f", 0, `{}`),
	} {
		p.Add(h)
	}
	r := p.Report()
	var got []string
	for _, port := range r.Ports {
		line := port.Site + " " + port.Switch + " " + port.Port + ":"
		for _, h := range port.Hosts {
			line += " " + h.Host + "/" + h.Interface
		}
		got = append(got, line)
	}
	for _, s := range r.Switches {
		got = append(got, fmt.Sprint(s.Site, " ", s.Switch, " hosts ", s.Hosts, " ports ", s.Links.Count, " mean ", s.Links.Mean))
	}
	for _, s := range r.Sites {
		got = append(got, fmt.Sprint(s.Site, " switches ", s.Switches, " hosts ", s.HostsPerSwitch.Mean, " ports ", s.PortsPerSwitch.Mean, " links ", s.LinksPerPort.Max))
	}
	checkLines(t, "ports", got, `
north sw1 1: a/eth0 b/eth0
north sw1 2: c/eth0
north sw2 1: a/eth1
south 00-01 7: e/eth0
south sw1 1: d/eth0
north sw1 hosts 3 ports 2 mean 1.5
north sw2 hosts 1 ports 1 mean 1
south 00-01 hosts 1 ports 1 mean 1
south sw1 hosts 1 ports 1 mean 1
north switches 2 hosts 2 ports 1.5 links 2
south switches 2 hosts 1 ports 1 links 1`)
	if r.Hosts != 5 {
		t.Errorf("%d hosts, want the 5 with links", r.Hosts)
	}
	only := NewPorts([]string{"sw2"}, 50)
	only.Add(counted("north", "a", 0, links("sw1/1", "sw2/1")))
	if r := only.Report(); len(r.Ports) != 1 || r.Ports[0].Switch != "sw2" {
		t.Errorf("%+v, want sw2 alone", r.Ports)
	}
}

func FuzzNetwork(f *testing.F) {
	f.Add([]byte(procCounters), []byte(links("sw1/1")))
	f.Add([]byte(netstatCounters), []byte("{}"))
	f.Fuzz(func(t *testing.T, counters, links []byte) {
		h := hostOf("a", "@netcounters", string(counters), linksPath, string(links))
		for _, by := range []By{BySite, BySwitch, ByHost} {
			n := NewNetwork(NetworkQuery{By: by, Keys: []string{"*"}, Percentile: 50})
			n.Add(h)
			for _, g := range n.Report().Groups {
				if g.Count != 1 || g.Min != g.Max || g.Median != g.Mean {
					t.Errorf("%q: %+v", counters, g)
				}
			}
		}
		p := NewPorts(nil, 50)
		p.Add(h)
		p.Report()
	})
}
