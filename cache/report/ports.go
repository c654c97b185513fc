package report

import (
	"cmp"
	"slices"
	"strings"
)

// maxPortHosts bounds the links that a report of ports holds.
const maxPortHosts = 2_000_000

// PortsPaths are the paths that Ports reads.
func PortsPaths() []string { return []string{linksPath} }

// PortsReport says which hosts hang on which ports of which switches.
type PortsReport struct {
	Hosts    int          `json:"hosts"` // with at least one link
	Ports    []Port       `json:"ports"` // by site, switch and port
	Switches []SwitchLoad `json:"switches"`
	Sites    []SiteLoad   `json:"sites"`
	LeftOut  int          `json:"left_out,omitempty"`
	Problems Problems     `json:"problems"`
}

// Port is a port of a switch, with the hosts that see it; there is more than one where something that
// passes LLDP on stands between them.
type Port struct {
	Site   string     `json:"site"`
	Switch string     `json:"switch"`
	Port   string     `json:"port"`
	Hosts  []PortHost `json:"hosts"` // by name
}

// PortHost is the end of a link at a host.
type PortHost struct {
	Place
	Interface string `json:"interface"`
}

// SwitchLoad is a switch, with the statistics of links over the ports that are in use.
type SwitchLoad struct {
	Site   string     `json:"site"`
	Switch string     `json:"switch"`
	Hosts  int        `json:"hosts"`
	Links  Statistics `json:"links_per_port"`
}

// SiteLoad is a site, with statistics over its switches and their ports.
type SiteLoad struct {
	Site           string     `json:"site"`
	Switches       int        `json:"switches"`
	HostsPerSwitch Statistics `json:"hosts_per_switch"`
	PortsPerSwitch Statistics `json:"ports_per_switch"`
	LinksPerPort   Statistics `json:"links_per_port"`
}

// Ports gathers the links of hosts.
type Ports struct {
	switches   []string
	percentile float64
	report     PortsReport
	ports      map[groupKey][]PortHost // key is the port
	held       int
}

// NewPorts returns a report on the switches that one of the globs matches, without globs on all.
// percentile is 0 to 100.
func NewPorts(switches []string, percentile float64) *Ports {
	return &Ports{switches: switches, percentile: percentile, ports: map[groupKey][]PortHost{}}
}

// Add takes a host. One without links is passed over.
func (p *Ports) Add(h *Host) {
	counted := false
	for _, l := range p.report.Problems.links(h) {
		k := groupKey{h.Site, l.Switch, l.Port}
		hosts, known := p.ports[k]
		switch {
		case len(p.switches) > 0 && !matchesAny(l.Switch, p.switches):
			continue
		case p.held == maxPortHosts, !known && len(p.ports) == maxGroups:
			p.report.LeftOut++
			continue
		}
		p.ports[k] = append(hosts, PortHost{Place: h.Place, Interface: l.Interface})
		p.held++
		counted = true
	}
	if counted {
		p.report.Hosts++
	}
}

// Report returns ports, switches and sites, each in the order of their names.
func (p *Ports) Report() PortsReport {
	r := p.report
	for k, hosts := range p.ports {
		r.Ports = append(r.Ports, Port{Site: k.site, Switch: k.switchName, Port: k.key, Hosts: hosts})
	}
	slices.SortFunc(r.Ports, func(a, b Port) int {
		return cmp.Or(strings.Compare(a.Site, b.Site), strings.Compare(a.Switch, b.Switch), strings.Compare(a.Port, b.Port))
	})
	sameSwitch := func(a, b Port) bool { return a.Site == b.Site && a.Switch == b.Switch }
	sameSite := func(a, b Port) bool { return a.Site == b.Site }
	for _, ports := range runs(r.Ports, sameSwitch) {
		r.Switches = append(r.Switches, p.switchLoad(ports))
	}
	at := 0
	for _, ports := range runs(r.Ports, sameSite) {
		n := len(runs(ports, sameSwitch))
		r.Sites = append(r.Sites, p.siteLoad(r.Switches[at:at+n], ports))
		at += n
	}
	return r
}

// runs cuts a sorted slice into parts of equal elements.
func runs[T any](sorted []T, same func(a, b T) bool) [][]T {
	var parts [][]T
	for start := 0; start < len(sorted); {
		end := start + 1
		for end < len(sorted) && same(sorted[start], sorted[end]) {
			end++
		}
		parts = append(parts, sorted[start:end])
		start = end
	}
	return parts
}

func (p *Ports) switchLoad(ports []Port) SwitchLoad {
	hosts := map[string]bool{}
	for _, port := range ports {
		for _, h := range port.Hosts {
			hosts[h.Host] = true
		}
	}
	return SwitchLoad{Site: ports[0].Site, Switch: ports[0].Switch, Hosts: len(hosts), Links: p.linksPerPort(ports)}
}

func (p *Ports) siteLoad(switches []SwitchLoad, ports []Port) SiteLoad {
	var hosts, used []float64
	for _, s := range switches {
		hosts, used = append(hosts, float64(s.Hosts)), append(used, float64(s.Links.Count))
	}
	return SiteLoad{
		Site: ports[0].Site, Switches: len(switches), LinksPerPort: p.linksPerPort(ports),
		HostsPerSwitch: describe(hosts, p.percentile), PortsPerSwitch: describe(used, p.percentile),
	}
}

func (p *Ports) linksPerPort(ports []Port) Statistics {
	counts := make([]float64, len(ports))
	for i, port := range ports {
		counts[i] = float64(len(port.Hosts))
	}
	return describe(counts, p.percentile)
}
