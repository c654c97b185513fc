package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/dump"
)

// minDumpEvery is how close to each other dumps may be: each reads the whole selection.
const minDumpEvery = 10 * time.Second

type dumpOptions struct {
	*options
	query cache.Query
	sites []string
	every time.Duration
}

func newDumpCommand(shared *options) *cobra.Command {
	o := dumpOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "dump DIR",
		Short: "Write the cache into a directory tree, for plain grep",
		Long: `Writes what the cache holds to DIR/SITE/HOST/PATH, documents and outputs of commands as @NAME, and
removes from DIR what the cache no longer has. Files appear at once and unchanged ones are not
touched. A site that is missing from the answer keeps what it had, and the exit status is 4.

DIR has to be empty at first, or one that a dump has made. It holds one selection: with other globs
the rest of these sites is removed from it.`,
		Example: `  assim dump /srv/fleet
  assim dump /srv/sshd --path '/etc/ssh/*' --every 20m
  grep -r '^PermitRootLogin yes' /srv/sshd`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return dumpCache(cmd, o, args[0]) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.query.Paths, "path", nil, "only paths that match this glob; repeat for more")
	f.StringArrayVar(&o.query.Hosts, "host", nil, "only hosts that match this glob; repeat for more")
	f.StringArrayVar(&o.sites, "site", nil, "only this site; repeat for more")
	f.DurationVar(&o.every, "every", 0, "go on, and do it again so often (20m); 0 is once")
	return cmd
}

func dumpCache(cmd *cobra.Command, o dumpOptions, dir string) error {
	if o.every != 0 && o.every < minDumpEvery {
		return &usageError{cmd.CommandPath(), fmt.Errorf("--every %v: at least %v", o.every, minDumpEvery)}
	}
	sites, err := o.options.sites(cmd, "", o.sites)
	if err != nil {
		return err
	}
	tree, err := dump.Open(dir)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	defer tree.Close()
	once := func(ctx context.Context) error { return dumpOnce(ctx, cmd, o, tree, sites) }
	if o.every == 0 {
		return once(cmd.Context())
	}
	return repeat(cmd.Context(), o.every, once, cmd.ErrOrStderr())
}

// dumpOnce makes the tree what the cache is now, and says what became of it.
func dumpOnce(ctx context.Context, cmd *cobra.Command, o dumpOptions, tree *dump.Tree, sites []cache.Site) error {
	line := newProgressLine(cmd.ErrOrStderr(), cmd.OutOrStdout())
	stop := line.start()
	o.query.Asker, o.query.Progress = asker(cmd), &line.progress
	sum, err := tree.Mirror(ctx, sites, o.query)
	stop()
	o.audited(cmd, sum.Scan, nil)
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	if err := printDump(cmd.OutOrStdout(), sum, o.json); err != nil {
		return err
	}
	return tellDump(cmd.ErrOrStderr(), sum)
}

// repeat does it again and again until ctx is done. What fails may succeed the next time, so it is said and
// ends nothing.
func repeat(ctx context.Context, every time.Duration, once func(context.Context) error, stderr io.Writer) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if err := once(ctx); ctx.Err() == nil {
			explain(stderr, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// dumpAnswer is what became of a dump, in JSON.
type dumpAnswer struct {
	Written   int       `json:"written"`
	Unchanged int       `json:"unchanged"`
	Removed   int       `json:"removed"`
	Notices   int       `json:"without_content"`
	Refused   int       `json:"refused"` // rows whose names are no names of files
	Unpurged  []string  `json:"unpurged_sites,omitempty"`
	Missing   []missing `json:"missing_sites,omitempty"`
}

func printDump(w io.Writer, s dump.Summary, asJSON bool) error {
	if asJSON {
		a := dumpAnswer{Written: s.Written, Unchanged: s.Unchanged, Removed: s.Removed, Notices: s.Notices, Refused: s.RefusedN, Unpurged: s.Unpurged}
		for _, m := range s.Scan.Missing {
			a.Missing = append(a.Missing, missing{m.Site, m.Err.Error()})
		}
		return printJSON(w, a)
	}
	_, err := fmt.Fprintf(w, "%d files written, %d unchanged, %d removed, %d rows without content, %d refused\n",
		s.Written, s.Unchanged, s.Removed, s.Notices, s.RefusedN)
	return err
}

func tellDump(stderr io.Writer, s dump.Summary) error {
	for i, err := range s.Refused {
		if i == namedProblems {
			fmt.Fprintf(stderr, "assim: %d more were refused\n", s.RefusedN-namedProblems)
			break
		}
		fmt.Fprintf(stderr, "assim: not written: %s\n", printable(err.Error()))
	}
	err := tellMissing(stderr, s.Scan)
	if len(s.Unpurged) > 0 {
		fmt.Fprintf(stderr, "assim: nothing was removed from %s\n", printable(strings.Join(s.Unpurged, ", ")))
	}
	if err == nil && s.Written+s.Unchanged == 0 {
		return errNothing
	}
	return err
}
