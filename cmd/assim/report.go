package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/report"
)

// namedProblems is how many problems a person is told of one by one.
const namedProblems = 10

// errNotKept is returned where no host has in the cache what a report is about.
var errNotKept = errors.New("the cache has it of no host")

// reportOptions are the flags that every report has.
type reportOptions struct {
	*options
	hosts []string
	sites []string
	csv   bool
}

func newReportCommand(shared *options) *cobra.Command {
	o := &reportOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "report users|sudo|sysctl|network",
		Short: "Compare accounts, sudo rights, kernel settings and network counters over the fleet",
		Long: `Reads what the cache holds of every host once, and sums it up. Rows say how old the news of their
host is; stale means that it was not heard for six hours. What can't be read in a host's file is
counted and named on stderr, and leaves the rest.`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := cmd.PersistentFlags()
	f.StringArrayVar(&o.hosts, "host", nil, "only hosts that match this glob; repeat for more")
	f.StringArrayVar(&o.sites, "site", nil, "only this site; repeat for more")
	f.BoolVar(&o.csv, "csv", false, "print the table as comma-separated values")
	cmd.AddCommand(newUsersReport(o), newSudoReport(o), newSysctlReport(o), newNetworkReport(o))
	return cmd
}

// scan gathers the hosts of the selection, of which the cache has something at the paths.
func (o *reportOptions) scan(cmd *cobra.Command, paths []string, add func(*report.Host)) (cache.Summary, error) {
	if o.csv && o.json {
		return cache.Summary{}, &usageError{cmd.CommandPath(), errors.New("--csv and --json: one of them")}
	}
	sites, err := o.options.sites(cmd, "", o.sites)
	if err != nil {
		return cache.Summary{}, err
	}
	line := newProgressLine(cmd.ErrOrStderr(), cmd.OutOrStdout())
	defer line.start()()
	gatherer := report.NewGatherer(add)
	dead, away := o.deadHosts(cmd.Context())
	query := cache.Query{Paths: paths, Hosts: o.hosts, Dead: dead, Asker: asker(cmd), Progress: &line.progress}
	found, err := cache.Scan(cmd.Context(), sites, query, cache.WithContent, func(r cache.Row) error {
		gatherer.Add(r)
		return nil
	})
	o.audited(cmd, found, away)
	if err != nil {
		return found, fmt.Errorf("report: %w", err)
	}
	gatherer.End()
	return found, nil
}

// reportAnswer is a report in JSON.
type reportAnswer struct {
	Report  any       `json:"report"`
	Missing []missing `json:"missing_sites,omitempty"`
	Damaged []string  `json:"damaged,omitempty"`
}

// finding is what a report comes to, in the forms in which it can be printed.
type finding struct {
	whole    any // for JSON
	header   []string
	rows     [][]string
	problems report.Problems
	leftOut  int
}

// print prints a finding, and says on stderr and in the error what it lacks.
func (o *reportOptions) print(cmd *cobra.Command, f finding, found cache.Summary) error {
	out := cmd.OutOrStdout()
	var err error
	switch {
	case o.json:
		answer := reportAnswer{Report: f.whole}
		for _, m := range found.Missing {
			answer.Missing = append(answer.Missing, missing{m.Site, m.Err.Error()})
		}
		for _, d := range found.Damaged {
			answer.Damaged = append(answer.Damaged, d.Error())
		}
		var text bytes.Buffer
		if err = printJSON(&text, answer); err == nil {
			_, err = out.Write(harmless(text.Bytes()))
		}
	case o.csv:
		err = printCSV(out, f.header, f.rows)
	case len(f.rows) > 0:
		err = printTable(out, f.header, f.rows)
	}
	if err != nil {
		return err
	}
	return tellReport(cmd.ErrOrStderr(), f, found)
}

// tellReport says what a report lacks. Bad lines of files are the hosts' matter: they don't make the answer
// an incomplete one.
func tellReport(stderr io.Writer, f finding, found cache.Summary) error {
	for i, p := range f.problems.First {
		if i == namedProblems {
			fmt.Fprintf(stderr, "assim: %d further problems; --json names more of them\n", f.problems.Count-namedProblems)
			break
		}
		fmt.Fprintf(stderr, "assim: passed over: %s\n", printable(p.Error()))
	}
	if f.leftOut > 0 {
		fmt.Fprintf(stderr, "assim: %d more than a report holds were left out: ask for less with --host and --site\n", f.leftOut)
	}
	err := tellMissing(stderr, found)
	switch {
	case err != nil || f.leftOut > 0:
		return errPartial
	case len(f.rows) == 0:
		return errNothing
	}
	return nil
}

// tellMissing names what a scan lacks.
func tellMissing(stderr io.Writer, found cache.Summary) error {
	for _, m := range found.Missing {
		fmt.Fprintf(stderr, "assim: site %q is missing from the answer: %s\n", m.Site, printable(m.Err.Error()))
	}
	for _, d := range found.Damaged {
		fmt.Fprintf(stderr, "assim: passed over: %s\n", printable(d.Error()))
	}
	if len(found.Missing) > 0 || found.DamagedN > 0 {
		return errPartial
	}
	return nil
}

// printCSV prints rows under their header in lower case. What hosts wrote stays as it is, but on a terminal.
func printCSV(w io.Writer, header []string, rows [][]string) error {
	safe := isTerminal(w)
	out := csv.NewWriter(w)
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.ReplaceAll(strings.ToLower(name), " ", "_")
	}
	out.Write(names) // its errors are Error's
	for _, row := range rows {
		for i := range row {
			if safe {
				row[i] = printable(row[i])
			}
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// ageCell is how old the news of a host is.
func ageCell(p report.Place) string {
	if p.Stale {
		return age(p.Age()) + " stale"
	}
	return age(p.Age())
}
