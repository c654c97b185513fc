package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

func newHostsCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "hosts",
		Short: "List every host and how old the news of it is",
		Args:  usage(cobra.NoArgs),
		RunE:  func(cmd *cobra.Command, _ []string) error { return listHosts(cmd, o) },
	}
}

func listHosts(cmd *cobra.Command, o *options) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	hosts, err := client.Hosts(cmd.Context())
	if err != nil {
		return err
	}
	if o.json {
		if err := printJSON(cmd.OutOrStdout(), hosts); err != nil {
			return err
		}
		return graphAway(cmd.ErrOrStderr(), hosts)
	}
	if len(hosts) == 0 {
		return errNothing
	}
	rows := make([][]string, len(hosts))
	for i, h := range hosts {
		rows[i] = []string{
			h.Name, condition(h), h.OS, strconv.Itoa(h.Services),
			age(time.Duration(h.AgeMS) * time.Millisecond), strings.Join(h.Addrs, " "),
		}
	}
	if err := printTable(cmd.OutOrStdout(), []string{"HOST", "STATUS", "OS", "SERVICES", "AGE", "ADDRESSES"}, rows); err != nil {
		return err
	}
	return graphAway(cmd.ErrOrStderr(), hosts)
}

// condition is how a host is; one of which nobody can tell is so for a reason that is not its own.
func condition(h api.Host) string {
	if h.Status == "unknown" {
		return h.Status + ": " + printable(h.Reason)
	}
	return h.Status
}

// graphAway says what the list lacks while the graph can't be asked, and has that in the exit status.
func graphAway(stderr io.Writer, hosts []api.Host) error {
	if !slices.ContainsFunc(hosts, func(h api.Host) bool { return h.GraphAway }) {
		return nil
	}
	fmt.Fprintln(stderr, "assim: the graph is away: operating systems, services and addresses are missing from the answer")
	return errPartial
}
