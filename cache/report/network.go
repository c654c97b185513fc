package report

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	// maxValues bounds the values that a network report holds, 8 bytes each, and maxHostValues those that
	// it holds with their hosts, some 150 bytes each.
	maxValues     = 20_000_000
	maxHostValues = 1_000_000
	// maxGroups bounds the sets of values that it tells apart, and the ports.
	maxGroups = 200_000
)

// By says what a row of a network report stands for.
type By string

// The rows of a network report.
const (
	BySite   By = "site"
	BySwitch By = "switch"
	ByHost   By = "host"
)

// NetworkQuery says what a network report is to have.
type NetworkQuery struct {
	By         By
	Keys       []string // globs of counters' names; none: BasicKeys
	Switches   []string // globs: only hosts that hang on one of them; none: all hosts
	Percentile float64  // 0 to 100
}

// BasicKeys are the counters that show first when a network is not well.
func BasicKeys() []string {
	return []string{
		"Tcp.RetransSegs", "Tcp.InErrs", "Tcp.OutRsts", "Tcp.AttemptFails", "Udp.InErrors", "Udp.RcvbufErrors", "Udp.SndbufErrors",
		"Ip.InDiscards", "Ip.OutDiscards", "TcpExt.ListenOverflows", "TcpExt.TCPTimeouts", "TcpExt.TCPLostRetransmit",
		"Tcp.segments retransmitted", "Udp.packet receive errors", "Udp.receive buffer errors",
	}
}

// NetworkPaths are the paths that Network reads.
func NetworkPaths() []string {
	return append([]string{linksPath}, counterPaths()...)
}

// counterPaths are where counters may be: as the default list of a nanoprobe has them, and as the output
// of netstat -s. The first that a host has counts.
func counterPaths() []string { return []string{"@netcounters", "@netstat-s"} }

// Validate refuses a query that means nothing.
func (q NetworkQuery) Validate() error {
	for _, glob := range slices.Concat(q.Keys, q.Switches) {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("%q: %w", glob, err)
		}
	}
	switch {
	case !slices.Contains([]By{BySite, BySwitch, ByHost}, q.By):
		return fmt.Errorf("by %q: one of %q, %q, %q", q.By, BySite, BySwitch, ByHost)
	case !(q.Percentile >= 0 && q.Percentile <= 100): // nor is NaN a percentile
		return fmt.Errorf("percentile %v: it is 0 to 100", q.Percentile)
	}
	return nil
}

// NetworkReport has the counters of a fleet.
type NetworkReport struct {
	Hosts    int      `json:"hosts"` // whose counters were read
	Groups   []Group  `json:"groups,omitempty"`
	Values   []Value  `json:"values,omitempty"` // of each host, with ByHost
	LeftOut  int      `json:"left_out,omitempty"`
	Problems Problems `json:"problems"`
}

// Group are the statistics of a counter over the hosts of a site, or of a switch of it.
type Group struct {
	Site   string `json:"site"`
	Switch string `json:"switch,omitempty"`
	Key    string `json:"key"`
	Statistics
}

// Value is a counter of one host.
type Value struct {
	Place
	Key   string  `json:"key"`
	Value float64 `json:"value"`
	Links []Link  `json:"links,omitempty"`
}

type groupKey struct{ site, switchName, key string }

// Network compares the network counters of hosts.
type Network struct {
	query  NetworkQuery
	report NetworkReport
	groups map[groupKey][]float64
	held   int // values in groups
}

// NewNetwork returns a report for a query that is valid.
func NewNetwork(q NetworkQuery) *Network {
	if len(q.Keys) == 0 {
		q.Keys = BasicKeys()
	}
	return &Network{query: q, groups: map[groupKey][]float64{}}
}

// Add takes a host. One without counters in the cache, or not on a switch that was asked for, is passed
// over.
func (n *Network) Add(h *Host) {
	links := n.report.Problems.links(h)
	if !onSwitch(links, n.query.Switches) {
		return
	}
	for _, at := range counterPaths() {
		text, ok := n.report.Problems.content(h, at)
		if !ok {
			continue
		}
		counters, bad := parseCounters(text)
		n.report.Problems.addBad(h, at, bad)
		n.report.Hosts++
		maps.DeleteFunc(counters, func(key string, _ float64) bool { return !matchesAny(key, n.query.Keys) })
		for _, key := range slices.Sorted(maps.Keys(counters)) {
			n.value(h, links, key, counters[key])
		}
		return
	}
}

func (n *Network) value(h *Host, links []Link, key string, value float64) {
	if n.query.By == ByHost {
		if len(n.report.Values) == maxHostValues {
			n.report.LeftOut++
			return
		}
		n.report.Values = append(n.report.Values, Value{Place: h.Place, Key: key, Value: value, Links: links})
	}
	if n.query.By != BySwitch {
		n.group(groupKey{h.Site, "", key}, value)
		return
	}
	for _, name := range switchesOf(links) {
		n.group(groupKey{h.Site, name, key}, value)
	}
}

func (n *Network) group(k groupKey, value float64) {
	values, known := n.groups[k]
	if n.held == maxValues || !known && len(n.groups) == maxGroups {
		n.report.LeftOut++
		return
	}
	n.groups[k] = append(values, value)
	n.held++
}

// Report returns the groups in the order of site, switch and key, and the values of hosts as they came.
// With ByHost the groups are those of the sites.
func (n *Network) Report() NetworkReport {
	r := n.report
	for k, values := range n.groups {
		r.Groups = append(r.Groups, Group{Site: k.site, Switch: k.switchName, Key: k.key, Statistics: describe(values, n.query.Percentile)})
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(strings.Compare(a.Site, b.Site), strings.Compare(a.Switch, b.Switch), strings.Compare(a.Key, b.Key))
	})
	return r
}

// Above returns the values that are above the statistic of their site.
func (r NetworkReport) Above(stat string) []Value {
	limits := map[groupKey]float64{}
	for _, g := range r.Groups {
		limits[groupKey{g.Site, g.Switch, g.Key}] = g.Named(stat)
	}
	return slices.DeleteFunc(slices.Clone(r.Values), func(v Value) bool { return v.Value <= limits[groupKey{v.Site, "", v.Key}] })
}

// links reads the host's document of links; without one there are none.
func (p *Problems) links(h *Host) []Link {
	text, ok := p.content(h, linksPath)
	if !ok {
		return nil
	}
	links, err := parseLinks(text)
	if err != nil {
		p.add(h, linksPath, 0, "no document of links: %v", err)
	}
	return links
}

// onSwitch reports whether one of the links ends at a switch that one of the globs matches.
func onSwitch(links []Link, globs []string) bool {
	return len(globs) == 0 || slices.ContainsFunc(links, func(l Link) bool { return matchesAny(l.Switch, globs) })
}

// switchesOf are the switches at the end of links, each once.
func switchesOf(links []Link) []string {
	var names []string
	for _, l := range links {
		if !slices.Contains(names, l.Switch) {
			names = append(names, l.Switch)
		}
	}
	return names
}

// matchesAny reports whether one of the globs, which are valid, matches name.
func matchesAny(name string, globs []string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		if !strings.ContainsAny(glob, globBytes+`\`) {
			return glob == name
		}
		ok, _ := path.Match(glob, name)
		return ok
	})
}
