package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
)

func newSearchCommand(shared *options) *cobra.Command {
	o := searchOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "search [PATTERN]",
		Short: "Search and compare the files and documents of every host",
		Long: `Searches what the cache holds of every host: the files named by snapshot.d and snapshot.list, and,
as @NAME, the discovery documents with a fact a line. PATTERN is a regular expression (RE2), or
literal text with -F; with -e, all patterns have to match the same line. A line is printed as
HOST:PATH:LINE, marked stale if its host was not heard for six hours, or is known to be down.

Without PATTERN it tells what there is: the names of the objects that are selected, HOST#PATH, or of
each its contents, md5sum and so on, or how they differ. Objects are selected by --search, --path
and hosts; --search STR takes those whose HOST#PATH contains STR, or, if STR has a '#', exactly that
one.

What hosts wrote is escaped in what is printed for people: characters that can command a terminal
stand as \x1b and the like. --contents and --csv are escaped on a terminal only, --json always.

Ctrl-C ends a search with what it found so far. An answer that lacks sites, hosts or damaged rows
names them on stderr, and the exit status is 4.`,
		Example: `  assim search bookworm
  assim search --path /etc/ssh/sshd_config '^PermitRootLogin'
  assim search --path '@packages' -F openssl --hosts-without
  assim search --path '@sysctl' --distinct --count swappiness
  assim search --host 'web*' -i -l swappiness
  assim search -e '^Match' -e sftp --where 'MATCH (h:Host)<-[:RUNS_ON]-(:Service {name: "sshd"}) RETURN h'
  assim search --search web1#/etc/fstab --contents
  assim search --path /etc/resolv.conf --compare-all
  assim search --search sudoers --md5sum --prefix-hostnames
  assim search --list-files`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return search(cmd, o, args) },
	}
	o.flags(cmd)
	return cmd
}

func search(cmd *cobra.Command, o searchOptions, args []string) error {
	kind, err := o.check(cmd, args)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	sites, err := o.sites(cmd, o.scope, o.siteNames)
	if err != nil {
		return err
	}
	dead, away := o.deadHosts(cmd.Context())
	o.query.Dead = dead
	s := &searching{searchOptions: o, cmd: cmd, kind: kind, balanced: sites, from: sites}
	if o.everyReplica {
		s.from = replicas(sites)
	}
	s.query.Asker = asker(cmd)
	if err := s.selectHosts(cmd.Context()); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	err = s.run(cmd.Context())
	o.audited(cmd, s.found, away)
	return s.end(err)
}

// searching is one run of the command.
type searching struct {
	searchOptions
	cmd      *cobra.Command
	kind     kind
	balanced []cache.Site
	from     []cache.Site // each of their servers, where all of them are read

	out     *bufio.Writer // stdout
	answer  *answer       // on out
	found   cache.Summary
	unknown []string // hosts that were asked for and that no site knows
}

// run prints the answer, with a line of progress on stderr.
func (s *searching) run(ctx context.Context) error {
	line := newProgressLine(s.cmd.ErrOrStderr(), s.cmd.OutOrStdout())
	s.query.Progress = &line.progress
	s.out = bufio.NewWriter(line)
	stop := line.start()
	defer stop()
	s.answer = newAnswer(s.out, s.form(), s.kind.list, s.kind.header)
	s.answer.escape = isTerminal(s.cmd.OutOrStdout())
	err := s.kind.run(ctx, s)
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted && s.answer.items == 0 {
		return err // stdout stays empty
	}
	return errors.Join(err, s.answer.end(s.found, s.unknown, interrupted), s.out.Flush())
}

// end says what the answer lacks, and what the exit status is to be.
func (s *searching) end(err error) error {
	if errors.Is(err, context.Canceled) {
		s.tell()
		return fmt.Errorf("%w: %s", errInterrupted, soFar(s.query.Progress))
	}
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	s.tell()
	switch {
	case len(s.found.Missing) > 0 || s.found.DamagedN > 0 || len(s.unknown) > 0:
		return errPartial
	case s.answer.items == 0:
		return errNothing
	}
	return nil
}

// tell says on stderr what the answer lacks.
func (s *searching) tell() {
	say := func(format string, args ...any) {
		fmt.Fprintln(s.cmd.ErrOrStderr(), "assim: "+printable(fmt.Sprintf(format, args...)))
	}
	for _, m := range s.found.Missing {
		say("site %q is missing from the answer: %v", m.Site, m.Err)
	}
	for i, host := range s.unknown {
		if i == maxTold {
			say("and %d hosts more that the cache does not know", len(s.unknown)-maxTold)
			break
		}
		say("host %q is not known to the cache", host)
	}
	for _, d := range s.found.Damaged {
		say("passed over: %v", d)
	}
	for _, doubt := range s.found.Doubts {
		if !errors.Is(doubt, cache.ErrBroad) {
			say("searched without segments: %v", doubt)
		}
	}
	if s.found.Elsewhere > 0 {
		say("rows that are damaged on one server and were read from another: %d", s.found.Elsewhere)
	}
	if (s.kind.flag == "contents" || s.kind.flag == "compare-all") && s.found.Notices > 0 {
		say("objects without contents, being too large or unreadable: %d; --contents --json says why", s.found.Notices)
	}
	if s.found.Truncated {
		say("there is more: --limit was reached")
	}
}

// maxTold bounds how many hosts that are not known are named.
const maxTold = 20
