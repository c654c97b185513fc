package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/report"
)

func newSudoReport(o *reportOptions) *cobra.Command {
	var user string
	cmd := &cobra.Command{
		Use:   "sudo --user NAME",
		Short: "What a user may do by sudo, on every host",
		Long: `Reads /etc/sudoers of all hosts, what it includes, and the groups of each host: a row for each command
that a rule names for the user. Of several rows of a host that fit what the user types, the last one
counts. RIGHT is "perhaps" where a rule is for an address, a netgroup, or a group that only a plugin
of sudo knows. ACCOUNT says whether the host's own passwd has the user. Defaults are not looked at.

Nanoprobes keep sudoers if their snapshot.list says so: /etc/sudoers and /etc/sudoers.d/*.`,
		Example: `  assim report sudo --user alice
  assim report sudo --user alice --host 'db*' --csv`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if user == "" {
				return &usageError{cmd.CommandPath(), errors.New("--user is required")}
			}
			return reportSudo(cmd, o, user)
		},
	}
	cmd.Flags().StringVar(&user, "user", "", "whose rights")
	return cmd
}

func reportSudo(cmd *cobra.Command, o *reportOptions, user string) error {
	sudo := report.NewSudo(user)
	found, err := o.scan(cmd, report.SudoPaths(), sudo.Add)
	if err != nil {
		return err
	}
	r := sudo.Report()
	if r.Hosts == 0 && len(found.Missing) == 0 {
		return fmt.Errorf("report sudo: /etc/sudoers: %w", errNotKept)
	}
	f := finding{whole: r, problems: r.Problems, leftOut: r.LeftOut,
		header: []string{"HOST", "SITE", "AGE", "ACCOUNT", "RIGHT", "AS", "TAGS", "COMMAND", "FROM"}}
	for _, g := range r.Grants {
		f.rows = append(f.rows, []string{g.Host, g.Site, ageCell(g.Place), map[bool]string{true: "yes", false: "no"}[g.Account],
			rightOf(g), g.RunAs, strings.Join(g.Tags, " "), g.Command, fmt.Sprintf("%s:%d", g.File, g.Line)})
	}
	if r.NotKnown > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: hosts without /etc/sudoers in the cache: %d\n", r.NotKnown)
	}
	return o.print(cmd, f, found)
}

func rightOf(g report.Grant) string {
	switch {
	case g.Denied && g.Unsure:
		return "perhaps not"
	case g.Denied:
		return "no"
	case g.Unsure:
		return "perhaps"
	}
	return "yes"
}
