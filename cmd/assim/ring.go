package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

func newRingCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "ring",
		Short: "Show who watches whom",
		Long: `Lists each host that is up with the neighbours whose heartbeats it watches and those that watch its
own. A death is noticed by whoever watches, so a host that nobody watches is named here.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return showRing(cmd, o) },
	}
}

// place is a host in the ring.
type place struct {
	Host      string   `json:"host"`
	HostID    string   `json:"host_id"`
	Watches   []string `json:"watches"`
	WatchedBy []string `json:"watched_by"`
}

func showRing(cmd *cobra.Command, o *options) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	views, err := client.Ring(cmd.Context())
	if err != nil {
		return err
	}
	places := placesOf(views)
	if o.json {
		return printJSON(cmd.OutOrStdout(), places)
	}
	if len(places) == 0 {
		return errNothing
	}
	rows := make([][]string, len(places))
	for i, p := range places {
		rows[i] = []string{p.Host, strings.Join(p.Watches, " "), strings.Join(p.WatchedBy, " ")}
	}
	return printTable(cmd.OutOrStdout(), []string{"HOST", "WATCHES", "WATCHED BY"}, rows)
}

// placesOf turns who watches whom about as well.
func placesOf(views []api.RingView) []place {
	watchedBy := map[string][]string{}
	places := make([]place, len(views))
	for i, v := range views {
		places[i] = place{Host: v.Host, HostID: v.HostID, Watches: []string{}, WatchedBy: []string{}}
		for _, m := range v.Watching {
			places[i].Watches = append(places[i].Watches, m.Name)
			watchedBy[string(m.ID)] = append(watchedBy[string(m.ID)], v.Host)
		}
		slices.Sort(places[i].Watches)
	}
	for i := range places {
		if by := watchedBy[places[i].HostID]; by != nil {
			slices.Sort(by)
			places[i].WatchedBy = by
		}
	}
	return places
}
