package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/report"
)

func newUsersReport(o *reportOptions) *cobra.Command {
	var user string
	var conflicts bool
	cmd := &cobra.Command{
		Use:   "users",
		Short: "Which accounts there are, on how many hosts, and which clash",
		Long: `Compares /etc/passwd of all hosts: a row for each name and uid, with how many hosts have it and how
many don't have the name. A name with several uids, and a uid with several names, are in conflict.
With --user: the hosts that have the account, and those that don't.`,
		Example: `  assim report users
  assim report users --conflicts
  assim report users --user alice --host 'web*'`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return reportUsers(cmd, o, user, conflicts) },
	}
	cmd.Flags().StringVar(&user, "user", "", "the hosts that have this account, and those that don't")
	cmd.Flags().BoolVar(&conflicts, "conflicts", false, "only names and uids in conflict")
	return cmd
}

func reportUsers(cmd *cobra.Command, o *reportOptions, user string, conflicts bool) error {
	users := report.NewUsers(user)
	found, err := o.scan(cmd, report.UsersPaths(), users.Add)
	if err != nil {
		return err
	}
	r := users.Report()
	if r.Hosts == 0 && len(found.Missing) == 0 {
		return fmt.Errorf("report users: /etc/passwd: %w", errNotKept)
	}
	f := finding{whole: r, problems: r.Problems, leftOut: r.LeftOut}
	if user == "" {
		f.header, f.rows = []string{"NAME", "UID", "HOSTS", "WITHOUT", "CONFLICT"}, accountRows(r, conflicts)
		return o.print(cmd, f, found)
	}
	f.header, f.rows = []string{"HOST", "SITE", "ACCOUNT", "UID", "GID", "AGE"}, memberRows(r)
	err = o.print(cmd, f, found)
	if err == nil && len(r.With) == 0 {
		return errNothing
	}
	return err
}

func accountRows(r report.UsersReport, conflicts bool) (rows [][]string) {
	shared := map[uint32]report.Shared{}
	for _, s := range r.Shared {
		shared[s.UID] = s
	}
	for _, a := range r.Accounts {
		for _, u := range a.UIDs {
			conflict := conflictOf(a, u, shared[u.UID])
			if conflicts && conflict == "" {
				continue
			}
			rows = append(rows, []string{a.Name, fmt.Sprint(u.UID), strconv.Itoa(u.Hosts), strconv.Itoa(a.Without), conflict})
		}
	}
	return rows
}

// conflictOf says what else there is of the same name or uid, and where to look for it.
func conflictOf(a report.Account, u report.UIDUse, s report.Shared) string {
	var uids, names []string
	for _, other := range a.UIDs {
		if other.UID != u.UID {
			uids = append(uids, fmt.Sprintf("%d (%s)", other.UID, strings.Join(other.Examples, " ")))
		}
	}
	for _, other := range s.Names {
		if other.Name != a.Name {
			names = append(names, fmt.Sprintf("%s (%s)", other.Name, strings.Join(other.Examples, " ")))
		}
	}
	var parts []string
	if len(uids) > 0 {
		parts = append(parts, "other uids: "+some(uids))
	}
	if len(names) > 0 {
		parts = append(parts, "other names: "+some(names))
	}
	return strings.Join(parts, "; ")
}

// some is the beginning of a list that may be long.
func some(list []string) string {
	const enough = 3
	if len(list) > enough {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:enough], ", "), len(list)-enough)
	}
	return strings.Join(list, ", ")
}

func memberRows(r report.UsersReport) (rows [][]string) {
	for _, m := range r.With {
		rows = append(rows, []string{m.Host, m.Site, "yes", fmt.Sprint(m.UID), fmt.Sprint(m.GID), ageCell(m.Place)})
	}
	for _, p := range r.Without {
		rows = append(rows, []string{p.Host, p.Site, "no", "", "", ageCell(p)})
	}
	return rows
}
