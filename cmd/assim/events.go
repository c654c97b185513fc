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
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// followWait is how long one request of --follow waits for news before it asks again.
const followWait = 25 * time.Second

// What 'assim events' shows.
const (
	kindHosts = "hosts" // what happened to hosts
	kindAudit = "audit" // who searched for what
)

type eventsOptions struct {
	*options
	follow bool
	limit  int
	kind   string
}

func newEventsCommand(shared *options) *cobra.Command {
	o := eventsOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what happened to hosts, and which hooks ran",
		Long: `Lists the newest events, the newest last: hosts that died, came back or were shut down, links that
failed, addresses that moved to another host, who saw it, and what became of the hooks. With
--follow it goes on as they come. With --json each event is a JSON object on a line of its own.
With --kind audit it lists who searched the caches for what, as 'assim search' told the CMA.`,
		Example: `  assim events
  assim events --kind audit
  assim events --follow
  assim events --limit 200 --json`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return showEvents(cmd, o) },
	}
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "go on with those that come, until Ctrl-C")
	cmd.Flags().IntVarP(&o.limit, "limit", "n", 50, fmt.Sprintf("show so many, at most %d", api.MaxEvents))
	cmd.Flags().StringVar(&o.kind, "kind", kindHosts, "what to show: "+kindHosts+" or "+kindAudit)
	completeFlag(cmd, "kind", kindHosts, kindAudit)
	return cmd
}

func showEvents(cmd *cobra.Command, o eventsOptions) error {
	if o.limit < 1 || o.limit > api.MaxEvents {
		return &usageError{cmd.CommandPath(), fmt.Errorf("--limit %d: 1 to %d", o.limit, api.MaxEvents)}
	}
	if o.kind != kindHosts && o.kind != kindAudit {
		return &usageError{cmd.CommandPath(), fmt.Errorf("--kind %q: %s or %s", o.kind, kindHosts, kindAudit)}
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	if o.kind == kindAudit {
		return list(cmd.Context(), o, client.Audits, auditNumber, func(audits []api.AuditRecord, first bool) error {
			return printAudits(cmd.OutOrStdout(), o.json, audits, first)
		})
	}
	names := hostNames(cmd.Context(), client)
	return list(cmd.Context(), o, client.Events, eventNumber, func(events []api.EventRecord, first bool) error {
		return printEvents(cmd.OutOrStdout(), o, events, names, first)
	})
}

func eventNumber(e api.EventRecord) uint64 { return e.Number }
func auditNumber(a api.AuditRecord) uint64 { return a.Number }

// asking is a call of the CMA that returns what came after a number, or the newest for 0.
type asking[T any] func(ctx context.Context, after uint64, limit int, wait time.Duration) ([]T, error)

// list shows the newest records, and with --follow those that come.
func list[T any](ctx context.Context, o eventsOptions, ask asking[T], number func(T) uint64, show func(records []T, first bool) error) error {
	records, err := ask(ctx, 0, o.limit, 0)
	if err != nil {
		return err
	}
	if len(records) == 0 && !o.follow {
		return errNothing
	}
	if err := show(records, true); err != nil || !o.follow {
		return err
	}
	return follow(ctx, ask, number, records, func(records []T) error { return show(records, false) })
}

// follow shows the records that come after those given, until ctx is done or the CMA can't be asked.
func follow[T any](ctx context.Context, ask asking[T], number func(T) uint64, records []T, show func([]T) error) error {
	last := uint64(0)
	for {
		for _, r := range records {
			last = max(last, number(r))
		}
		// The first one ever is waited for from number 0, which asks for the newest as well.
		var err error
		if records, err = ask(ctx, last, api.MaxEvents, followWait); err != nil {
			return err
		}
		if err := show(records); err != nil {
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

// printEvents prints events as a table; with --follow in columns that are wide enough as a rule, since those to
// come are not known.
func printEvents(w io.Writer, o eventsOptions, events []api.EventRecord, names map[string]string, first bool) error {
	if o.json {
		return printLines(w, events)
	}
	header := []string{"RECEIVED", "EVENT", "HOST", "STATE", "SEEN BY", "HOOKS"}
	rows := make([][]string, len(events))
	for i, e := range events {
		rows[i] = []string{time.UnixMilli(e.ReceivedMS).UTC().Format(time.RFC3339), string(e.Kind), e.HostName, state(e), witnesses(e, names), hooks(e)}
	}
	if !o.follow {
		return printTable(w, header, rows)
	}
	if first {
		rows = append([][]string{header}, rows...)
	}
	for _, r := range rows {
		if _, err := fmt.Fprintf(w, "%-20s  %-13s  %-16s  %-14s  %-20s  %s\n", r[0], r[1], printable(r[2]), r[3], r[4], r[5]); err != nil {
			return err
		}
	}
	return nil
}

// state is what an event says of its host besides its kind.
func state(e api.EventRecord) string {
	if e.Kind == ring.AddressMoved && e.Other != nil {
		return printable(fmt.Sprintf("%s from %s", e.Address, e.Other.Name))
	}
	return cmp.Or(string(e.State), "-")
}

// printLines prints each record as JSON on a line of its own.
func printLines[T any](w io.Writer, records []T) error {
	enc := json.NewEncoder(w)
	for _, r := range records {
		if err := enc.Encode(r); err != nil {
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
