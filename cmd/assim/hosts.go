package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
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
		return printJSON(cmd.OutOrStdout(), hosts)
	}
	if len(hosts) == 0 {
		return errNothing
	}
	rows := make([][]string, len(hosts))
	for i, h := range hosts {
		rows[i] = []string{
			h.Name, h.Status, h.OS, strconv.Itoa(h.Services),
			age(time.Duration(h.AgeMS) * time.Millisecond), strings.Join(h.Addrs, " "),
		}
	}
	return printTable(cmd.OutOrStdout(), []string{"HOST", "STATUS", "OS", "SERVICES", "AGE", "ADDRESSES"}, rows)
}
