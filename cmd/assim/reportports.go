package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/report"
)

func reportPorts(cmd *cobra.Command, o *networkOptions) error {
	ports := report.NewPorts(o.query.Switches, o.query.Percentile)
	found, err := o.scan(cmd, report.PortsPaths(), ports.Add)
	if err != nil {
		return err
	}
	r := ports.Report()
	if r.Hosts == 0 && len(found.Missing) == 0 && len(o.query.Switches) == 0 {
		return fmt.Errorf("report network: @linkdiscovery: %w", errNotKept)
	}
	f := finding{whole: r, problems: r.Problems, leftOut: r.LeftOut}
	switch o.query.By {
	case report.BySite:
		f.header, f.rows = append([]string{"SITE", "WHAT"}, o.statHeader("COUNT")...), siteLoadRows(r)
	case report.BySwitch:
		f.header, f.rows = append([]string{"SITE", "SWITCH", "HOSTS"}, o.statHeader("PORTS")...), switchLoadRows(r)
	case report.ByHost:
		f.header, f.rows = []string{"HOST", "INTERFACE", "SITE", "SWITCH", "PORT", "AGE"}, portRows(r, o.sort)
	}
	return o.print(cmd, f, found)
}

func siteLoadRows(r report.PortsReport) (rows [][]string) {
	for _, s := range r.Sites {
		rows = append(rows,
			append([]string{s.Site, "hosts per switch"}, statCells(s.HostsPerSwitch)...),
			append([]string{s.Site, "ports per switch"}, statCells(s.PortsPerSwitch)...),
			append([]string{s.Site, "links per port"}, statCells(s.LinksPerPort)...))
	}
	return rows
}

func switchLoadRows(r report.PortsReport) (rows [][]string) {
	for _, s := range r.Switches {
		rows = append(rows, append([]string{s.Site, s.Switch, strconv.Itoa(s.Hosts)}, statCells(s.Links)...))
	}
	return rows
}

// portRows are the ends of links, in the order of switches and ports, or of hosts.
func portRows(r report.PortsReport, order string) (rows [][]string) {
	for _, p := range r.Ports {
		for _, h := range p.Hosts {
			rows = append(rows, []string{h.Host, h.Interface, p.Site, p.Switch, p.Port, ageCell(h.Place)})
		}
	}
	if order == "host" {
		slices.SortStableFunc(rows, func(a, b []string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	}
	return rows
}
