package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/report"
)

// networkOptions are the flags of the network report.
type networkOptions struct {
	*reportOptions
	query report.NetworkQuery
	by    string
	stat  string
	sort  string
	ports bool
}

func newNetworkReport(shared *reportOptions) *cobra.Command {
	o := &networkOptions{reportOptions: shared}
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Network counters and switch ports, with their statistics",
		Long: `Compares the network counters of all hosts (@netcounters, or @netstat-s), and with --ports what hangs on
which port of which switch, as the linkdiscovery documents tell.

--by site and --by switch print statistics over the hosts of each; with --stat they are sorted by that
statistic. --by host prints the values themselves; with --stat only those above that statistic of
their site. Counters count from the start of the host.`,
		Example: `  assim report network
  assim report network --keys 'Tcp.Retrans*,TcpExt.*Drop*' --percentile 99 --stat percentile
  assim report network --by host --stat percentile --sort switch
  assim report network --ports --by switch`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return reportNetwork(cmd, o) },
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.query.Keys, "keys", nil, "counters that match one of these globs, separated by commas; '*' is all (default those that show first when a network is not well)")
	f.StringVar(&o.by, "by", "site", "what a row is: site, switch, host")
	f.StringVar(&o.stat, "stat", "", "mean, median, deviation, min, max or percentile: what to sort by, or to be above")
	f.Float64Var(&o.query.Percentile, "percentile", 95, "which percentile, 0 to 100")
	f.StringArrayVar(&o.query.Switches, "switch", nil, "only switches that match this glob; repeat for more")
	f.StringVar(&o.sort, "sort", "value", "with --by host, the order of a counter's rows: value, host, switch")
	f.BoolVar(&o.ports, "ports", false, "switch ports in place of counters")
	return cmd
}

func (o *networkOptions) check() error {
	o.query.By = report.By(o.by)
	switch {
	case o.stat != "" && !slices.Contains(report.StatNames(), o.stat):
		return fmt.Errorf("--stat %q: one of %s", o.stat, strings.Join(report.StatNames(), ", "))
	case !slices.Contains([]string{"value", "host", "switch"}, o.sort):
		return fmt.Errorf("--sort %q: one of value, host, switch", o.sort)
	case o.ports && (o.stat != "" || len(o.query.Keys) > 0):
		return errors.New("--ports goes with neither --keys nor --stat")
	}
	return o.query.Validate()
}

func reportNetwork(cmd *cobra.Command, o *networkOptions) error {
	if err := o.check(); err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	if o.ports {
		return reportPorts(cmd, o)
	}
	network := report.NewNetwork(o.query)
	found, err := o.scan(cmd, report.NetworkPaths(), network.Add)
	if err != nil {
		return err
	}
	r := network.Report()
	if r.Hosts == 0 && len(found.Missing) == 0 && len(o.query.Switches) == 0 {
		return fmt.Errorf("report network: @netcounters: %w", errNotKept)
	}
	if o.stat != "" && o.query.By == report.ByHost {
		r.Values = r.Above(o.stat)
	} else if o.stat != "" {
		slices.SortStableFunc(r.Groups, func(a, b report.Group) int {
			return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(b.Named(o.stat), a.Named(o.stat)))
		})
	}
	o.sortValues(r.Values)
	f := finding{whole: r, problems: r.Problems, leftOut: r.LeftOut}
	if o.query.By == report.ByHost {
		f.header, f.rows = []string{"KEY", "VALUE", "HOST", "SITE", "LINKS", "AGE"}, valueRows(r.Values)
	} else {
		f.header = append([]string{"SITE", "SWITCH", "KEY"}, o.statHeader("HOSTS")...)
		for _, g := range r.Groups {
			f.rows = append(f.rows, append([]string{g.Site, g.Switch, g.Key}, statCells(g.Statistics)...))
		}
	}
	return o.print(cmd, f, found)
}

// sortValues sorts the rows of hosts: by counter, and those of each as the flag says.
func (o *networkOptions) sortValues(values []report.Value) {
	slices.SortStableFunc(values, func(a, b report.Value) int {
		byKey, byHost := cmp.Compare(a.Key, b.Key), cmp.Compare(a.Host, b.Host)
		switch o.sort {
		case "host":
			return cmp.Or(byKey, byHost)
		case "switch":
			return cmp.Or(byKey, cmp.Compare(linksCell(a.Links), linksCell(b.Links)), byHost)
		}
		return cmp.Or(byKey, cmp.Compare(b.Value, a.Value), byHost)
	})
}

func valueRows(values []report.Value) (rows [][]string) {
	for _, v := range values {
		rows = append(rows, []string{v.Key, number(v.Value), v.Host, v.Site, linksCell(v.Links), ageCell(v.Place)})
	}
	return rows
}

func linksCell(links []report.Link) string {
	var ends []string
	for _, l := range links {
		ends = append(ends, l.Switch+" "+l.Port)
	}
	return strings.Join(ends, ", ")
}

// statHeader heads what statCells prints; count is what is counted.
func (o *networkOptions) statHeader(count string) []string {
	return []string{count, "MEAN", "MEDIAN", "DEVIATION", "MIN", "MAX", "P" + number(o.query.Percentile)}
}

func statCells(s report.Statistics) []string {
	cells := []string{strconv.Itoa(s.Count)}
	for _, v := range []float64{s.Mean, s.Median, s.Deviation, s.Min, s.Max, s.Percentile} {
		cells = append(cells, number(v))
	}
	return cells
}

// number is v with at most two digits behind the point.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
