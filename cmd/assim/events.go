package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

// followWait is how long one request of --follow waits for news before it asks again.
const followWait = 25 * time.Second

type eventsOptions struct {
	*options
	follow bool
	limit  int
}

func newEventsCommand(shared *options) *cobra.Command {
	o := eventsOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what happened to hosts, and which hooks ran",
		Long: `Lists the newest events, the newest last: hosts that died, came back or were shut down, links that
failed, who saw it, and what became of the hooks. With --follow it goes on as they come. With --json
each event is a JSON object on a line of its own.`,
		Example: `  assim events
  assim events --follow
  assim events --limit 200 --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return showEvents(cmd, o) },
	}
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on with those that come, until Ctrl-C")
	cmd.Flags().IntVarP(&o.limit, "limit", "n", 50, fmt.Sprintf("show so many, at most %d", api.MaxEvents))
	return cmd
}

func showEvents(cmd *cobra.Command, o eventsOptions) error {
	if o.limit < 1 || o.limit > api.MaxEvents {
		return &usageError{cmd.CommandPath(), fmt.Errorf("--limit %d: 1 to %d", o.limit, api.MaxEvents)}
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	events, err := client.Events(cmd.Context(), 0, o.limit, 0)
	if err != nil {
		return err
	}
	names := hostNames(cmd.Context(), client)
	if len(events) == 0 && !o.follow {
		return errNothing
	}
	if err := printEvents(cmd.OutOrStdout(), o.json, events, names, true); err != nil || !o.follow {
		return err
	}
	return follow(cmd.Context(), client, events, func(events []api.EventRecord) error {
		return printEvents(cmd.OutOrStdout(), o.json, events, names, false)
	})
}

// follow shows the events that come after those given, until ctx is done or the CMA can't be asked.
func follow(ctx context.Context, client *api.Client, events []api.EventRecord, show func([]api.EventRecord) error) error {
	last := uint64(0)
	for {
		for _, e := range events {
			last = max(last, e.Number)
		}
		// The first event ever is waited for from number 0, which asks for the newest as well.
		var err error
		if events, err = client.Events(ctx, last, api.MaxEvents, followWait); err != nil {
			return err
		}
		if err := show(events); err != nil {
			return err
		}
	}
}

// hostNames are the names of hosts by their ids. There are none while the graph is away, which is when
// events are read most.
func hostNames(ctx context.Context, client *api.Client) map[string]string {
	names := map[string]string{}
	hosts, err := client.Hosts(ctx)
	if err != nil {
		return names
	}
	for _, h := range hosts {
		names[h.ID] = h.Name
	}
	return names
}

func printEvents(w io.Writer, asJSON bool, events []api.EventRecord, names map[string]string, withHeader bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		for _, e := range events {
			if err := enc.Encode(e); err != nil {
				return err
			}
		}
		return nil
	}
	const form = "%-20s  %-9s  %-16s  %-14s  %-20s  %s\n"
	if withHeader {
		fmt.Fprintf(w, form, "RECEIVED", "EVENT", "HOST", "STATE", "SEEN BY", "HOOKS")
	}
	for _, e := range events {
		_, err := fmt.Fprintf(w, form, time.UnixMilli(e.ReceivedMS).UTC().Format(time.RFC3339), e.Kind, printable(e.HostName),
			cmp.Or(string(e.State), "-"), witnesses(e, names), hooks(e))
		if err != nil {
			return err
		}
	}
	return nil
}

// witnesses are the hosts that saw it, by name where that is known.
func witnesses(e api.EventRecord, names map[string]string) string {
	all := make([]string, len(e.Witnesses))
	for i, id := range e.Witnesses {
		all[i] = printable(cmp.Or(names[id], id))
	}
	return strings.Join(all, " ")
}

func hooks(e api.EventRecord) string {
	var all []string
	for _, h := range e.Hooks {
		outcome := "ok"
		if h.Error != "" {
			outcome = h.Error
		}
		all = append(all, printable(h.Name+": "+outcome))
	}
	if e.HooksPending {
		all = append(all, "pending")
	}
	return strings.Join(all, ", ")
}
