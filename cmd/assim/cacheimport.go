package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sysopsapi"
	"github.com/assim-mesh/assim/cmd/config"
)

// errWhichSite is returned where a site has to be named.
var errWhichSite = errors.New("there are several sites")

type cacheImportOptions struct {
	*options
	from config.CacheServer
	db   int
	life time.Duration
	site string
}

func newCacheImportCommand(shared *options) *cobra.Command {
	o := cacheImportOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "import",
		Short: "Copy a live cache of sysops-api into ours",
		Long: `Reads every row of a sysops-api cache from one of its Redis servers and writes it to each server of a
site, for all hosts that don't write there themselves: files, command outputs as @NAME, and notices
of files that were too large. A host that gets its nanoprobe takes its name over at once.

It can be repeated, or go on after an interruption: what is there already is not sent again. The
source stays as it is. Rows that are damaged or too large are named on stderr, and the exit status
is 4 then.`,
		Example: `  assim cache import --from mps1.example.com:6379 --site east
  assim cache import --from 10.0.0.1:6379 --password-file /etc/assim/old-cache --life 1h --site east`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cacheImport(cmd, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from.Addr, "from", "", "the server to read, HOST:PORT or the path of a socket")
	f.StringVar(&o.from.Username, "user", "", "its user, where it has users")
	f.StringVar(&o.from.PasswordFile, "password-file", "", "file with its password, readable by its owner only")
	f.IntVar(&o.db, "db", 1, "number of its database")
	f.DurationVar(&o.life, "life", 6*time.Hour, "how long it keeps a row; tells how old one is")
	f.StringVar(&o.site, "site", "", "name of the site to write to; needed if there are several")
	return cmd
}

func cacheImport(cmd *cobra.Command, o cacheImportOptions) error {
	source, err := o.source(cmd)
	if err != nil {
		return err
	}
	site, err := o.target(cmd)
	if err != nil {
		return err
	}
	servers := make([]*cache.Client, len(site.Servers))
	for i, s := range site.Servers {
		servers[i] = cache.Dial(s, cache.Config{})
		defer servers[i].Close()
		if err := servers[i].Check(cmd.Context()); err != nil {
			return fmt.Errorf("site %q: %w", site.Name, err)
		}
	}
	line := importProgress{out: cmd.ErrOrStderr(), shown: isTerminal(cmd.ErrOrStderr()), next: time.Now().Add(progressAfter)}
	report, err := sysopsapi.Import(cmd.Context(), source, servers, func(r sysopsapi.Report) {
		line.show(time.Now(), r)
	})
	line.erase()
	if report.Keys == 0 && err != nil {
		return fmt.Errorf("import: %w", err)
	}
	err = errors.Join(err, printImport(cmd.OutOrStdout(), o.json, report))
	tellPassed(cmd.ErrOrStderr(), report)
	if err != nil {
		return fmt.Errorf("import ended after %d of %d keys: %w", report.Keys, max(report.Keys, report.Total), err)
	}
	if report.PassedN > 0 {
		return errPartial
	}
	return nil
}

func (o cacheImportOptions) source(cmd *cobra.Command) (sysopsapi.Source, error) {
	switch {
	case o.from.Addr == "":
		return sysopsapi.Source{}, &usageError{cmd.CommandPath(), errors.New("--from says which server to read: HOST:PORT")}
	case o.db < 0:
		return sysopsapi.Source{}, &usageError{cmd.CommandPath(), fmt.Errorf("--db %d: databases are numbered from 0", o.db)}
	case o.life <= 0:
		return sysopsapi.Source{}, &usageError{cmd.CommandPath(), fmt.Errorf("--life %v: above 0", o.life)}
	}
	server, err := o.from.Server()
	return sysopsapi.Source{Server: server, DB: o.db, Life: o.life}, err
}

// target is the site to write to.
func (o cacheImportOptions) target(cmd *cobra.Command) (cache.Site, error) {
	var names []string
	if o.site != "" {
		names = []string{o.site}
	}
	sites, err := o.sites(cmd, "", names)
	if err != nil {
		return cache.Site{}, err
	}
	if len(sites) == 1 {
		return sites[0], nil
	}
	for _, site := range sites {
		names = append(names, fmt.Sprintf("%q", site.Name))
	}
	return cache.Site{}, fmt.Errorf("%w: %s", errWhichSite, strings.Join(names, ", "))
}

// importReport is a Report in JSON.
type importReport struct {
	Keys       int      `json:"keys"`
	Written    int      `json:"written"`
	Unchanged  int      `json:"unchanged"`
	Taken      int      `json:"taken"`      // rows of hosts that write themselves
	Unfinished int      `json:"unfinished"` // or expired meanwhile
	Passed     int      `json:"passed_over"`
	Examples   []string `json:"passed_over_examples,omitempty"` // at most 100, with the reasons
}

func printImport(w io.Writer, asJSON bool, r sysopsapi.Report) error {
	if asJSON {
		report := importReport{
			Keys: r.Keys, Written: r.Written, Unchanged: r.Unchanged, Taken: r.Taken, Unfinished: r.Unfinished, Passed: r.PassedN,
		}
		for _, p := range r.Passed {
			report.Examples = append(report.Examples, p.Error())
		}
		return printJSON(w, report)
	}
	var rows [][]string
	for _, row := range []struct {
		what string
		n    int
	}{
		{"written", r.Written}, {"unchanged", r.Unchanged}, {"of hosts that write themselves", r.Taken},
		{"unfinished or expired", r.Unfinished}, {"passed over", r.PassedN}, {"all", r.Keys},
	} {
		rows = append(rows, []string{fmt.Sprint(row.n), row.what})
	}
	return printTable(w, []string{"KEYS", "WHAT BECAME OF THEM"}, rows)
}

func tellPassed(stderr io.Writer, r sysopsapi.Report) {
	for _, p := range r.Passed {
		fmt.Fprintf(stderr, "assim: passed over: %s\n", printable(p.Error()))
	}
	if more := r.PassedN - len(r.Passed); more > 0 {
		fmt.Fprintf(stderr, "assim: passed over: %d more\n", more)
	}
}

// importProgress is a line of a terminal that is written anew as keys are done.
type importProgress struct {
	out   io.Writer
	shown bool      // on a terminal only
	next  time.Time // when it may be written again
	dirty bool
}

// show writes the line if it is time to.
func (p *importProgress) show(now time.Time, r sysopsapi.Report) {
	if !p.shown || now.Before(p.next) {
		return
	}
	fmt.Fprintf(p.out, "%s%d of %d keys", eraseLine, r.Keys, max(r.Keys, r.Total))
	p.dirty, p.next = true, now.Add(progressEvery)
}

// erase takes the line away.
func (p *importProgress) erase() {
	if p.dirty {
		io.WriteString(p.out, eraseLine)
	}
}
