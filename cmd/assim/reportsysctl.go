package main

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/report"
)

func newSysctlReport(o *reportOptions) *cobra.Command {
	var keys []string
	var by string
	cmd := &cobra.Command{
		Use:   "sysctl",
		Short: "Where kernels are not set as their hosts' files say",
		Long: `Compares the live settings of each host (@sysctl) with /etc/sysctl.conf and the sysctl.d directories,
read in the order of 'sysctl --system'. By key: a row for each difference, with how many hosts have
it and some of them. By host: a row for each host and key, with the line that sets it in vain.`,
		Example: `  assim report sysctl
  assim report sysctl --keys 'net.ipv4.*' --by host`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if by != "key" && by != "host" {
				return &usageError{cmd.CommandPath(), fmt.Errorf("--by %q: one of key, host", by)}
			}
			for _, glob := range keys {
				if _, err := path.Match(glob, ""); err != nil {
					return &usageError{cmd.CommandPath(), fmt.Errorf("--keys %q: %w", glob, err)}
				}
			}
			return reportSysctl(cmd, o, keys, by)
		},
	}
	cmd.Flags().StringSliceVar(&keys, "keys", nil, "only keys that match one of these globs, separated by commas")
	cmd.Flags().StringVar(&by, "by", "key", "what a row is: key, host")
	return cmd
}

func reportSysctl(cmd *cobra.Command, o *reportOptions, keys []string, by string) error {
	sysctl := report.NewSysctl(keys)
	found, err := o.scan(cmd, report.SysctlPaths(), sysctl.Add)
	if err != nil {
		return err
	}
	r := sysctl.Report()
	if r.Hosts == 0 && len(found.Missing) == 0 {
		return fmt.Errorf("report sysctl: @sysctl: %w", errNotKept)
	}
	f := finding{whole: r, problems: r.Problems, leftOut: r.LeftOut}
	if by == "key" {
		f.header, f.rows = []string{"KEY", "CONFIGURED", "LIVE", "HOSTS", "SUCH AS"}, differenceRows(r)
	} else {
		f.header, f.rows = []string{"HOST", "SITE", "AGE", "KEY", "CONFIGURED", "LIVE", "FROM"}, differingRows(r)
	}
	if r.NotCompared > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: hosts without @sysctl in the cache: %d\n", r.NotCompared)
	}
	return o.print(cmd, f, found)
}

func differenceRows(r report.SysctlReport) (rows [][]string) {
	for _, d := range r.Differences {
		var names []string
		for _, h := range d.Hosts[:min(3, len(d.Hosts))] {
			names = append(names, h.Host)
		}
		rows = append(rows, []string{d.Key, d.Configured, liveCell(d), strconv.Itoa(len(d.Hosts)), strings.Join(names, " ")})
	}
	return rows
}

func differingRows(r report.SysctlReport) (rows [][]string) {
	for _, d := range r.Differences {
		for _, h := range d.Hosts {
			rows = append(rows, []string{h.Host, h.Site, ageCell(h.Place), d.Key, d.Configured, liveCell(d), fmt.Sprintf("%s:%d", h.File, h.Line)})
		}
	}
	return rows
}

// liveCell tells a key that is not there from one with an empty value.
func liveCell(d report.Difference) string {
	if d.Absent {
		return "(no such key)"
	}
	return d.Live
}
