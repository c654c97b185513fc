package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func newDoctorCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor HOST",
		Short: "Show why a host is thought dead",
		Long: `Tells how a host stands in its ring and why: which neighbours testified against it, when they heard
it last and how good the link was, whom they asked and what these said, what a TCP connection came
to, what common cause explains it, and who watches it now.`,
		Example: `  assim ring doctor web1
  assim ring doctor web1 --json`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return showDiagnosis(cmd, o, args[0]) },
	}
}

func showDiagnosis(cmd *cobra.Command, o *options, host string) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	d, err := client.Doctor(cmd.Context(), host)
	if isNotFound(err) {
		err = unknownHost(cmd.Context(), client.Query, host)
	}
	if err != nil {
		return fmt.Errorf("ring doctor: %w", err)
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), d)
	}
	names := hostNames(cmd.Context(), client)
	for _, w := range d.Watchers {
		names[w.HostID] = cmp.Or(w.Host, names[w.HostID])
	}
	_, err = io.WriteString(cmd.OutOrStdout(), diagnosis(d, names, time.Now()))
	return err
}

// diagnosis is d for people. names are those of hosts by their ids.
func diagnosis(d api.Diagnosis, names map[string]string, now time.Time) string {
	var b strings.Builder
	b.WriteString(standing(d, now))
	if d.Cause != nil {
		fmt.Fprintf(&b, "\nexplained by\n  %s\n", dated(*d.Cause, names))
	}
	if len(d.Events) > 0 {
		b.WriteString("\nwhat happened\n")
	}
	for _, e := range d.Events {
		fmt.Fprintf(&b, "  %s\n", dated(e, names))
	}
	if e, ok := judged(d.Events); ok {
		fmt.Fprintf(&b, "\nwhat the witnesses of %s say\n", verdict(e.Kind))
		for _, t := range e.Testimonies {
			testimony(&b, e.Kind, t, names)
		}
	}
	b.WriteString("\n" + watchers(d.Watchers, now))
	return b.String()
}

// standing says how the host is, since when, and where it belongs.
func standing(d api.Diagnosis, now time.Time) string {
	h := d.Host
	line := printable(h.Name) + " is " + printable(h.Status)
	if h.Reason != "" {
		line += ": " + printable(h.Reason)
	}
	if h.SinceMS > 0 {
		line += ", since " + clock(h.SinceMS) + " (" + age(now.Sub(time.UnixMilli(h.SinceMS))) + ")"
	}
	lines := []string{line, "id " + printable(h.ID)}
	for _, r := range d.Rings {
		lines = append(lines, fmt.Sprintf("ring %s, level %d, %d members", printable(r.Name), r.Level, r.Members))
	}
	if len(d.Segments) > 0 {
		lines = append(lines, "hangs on "+printable(strings.Join(d.Segments, " ")))
	}
	if d.HeardSince && h.Status != "up" {
		lines = append(lines, "it has sent the CMA something since: it or its way back is alive")
	}
	return strings.Join(lines, "\n") + "\n"
}

func dated(e api.EventRecord, names map[string]string) string {
	return clock(e.ReceivedMS) + "  " + news(e, names)
}

// clock is a time by the CMA's clock.
func clock(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }

// judged is the newest of the events that witnesses testified to.
func judged(events []api.EventRecord) (api.EventRecord, bool) {
	for _, e := range slices.Backward(events) {
		if len(e.Testimonies) > 0 {
			return e, true
		}
	}
	return api.EventRecord{}, false
}

func verdict(kind ring.Kind) string {
	if kind == ring.Dead {
		return "the death"
	}
	return "the trouble on the link"
}

// testimony writes what one witness says.
func testimony(b *strings.Builder, kind ring.Kind, t api.Testimony, names map[string]string) {
	fmt.Fprintf(b, "  %s", nameOf(t.Witness, names))
	if !t.Signed {
		b.WriteString(" (not signed)")
	}
	fmt.Fprintf(b, "\n    heard it last at about %s, %s before it said so", clock(t.ReceivedMS-t.SilentMS), span(t.SilentMS))
	if t.RTTMicros > 0 {
		fmt.Fprintf(b, "; round trip %.1f ms", float64(t.RTTMicros)/1000)
	}
	fmt.Fprintf(b, "; %d %% of the last 128 heartbeats lost\n    %s\n", t.LossPct, questioned(kind, t, names))
	if said := dialled(t.Dial); said != "" {
		fmt.Fprintf(b, "    %s\n", said)
	}
}

// questioned says whom a witness asked, and what they answered.
func questioned(kind ring.Kind, t api.Testimony, names map[string]string) string {
	said := "could not reach it either"
	if kind == ring.Link {
		said = "could reach it"
	}
	var agreed, silent []string
	for _, id := range t.SecondedBy {
		agreed = append(agreed, nameOf(id, names))
	}
	for _, id := range t.Asked {
		if !slices.Contains(t.SecondedBy, id) {
			silent = append(silent, nameOf(id, names))
		}
	}
	var parts []string
	if len(agreed) > 0 {
		parts = append(parts, strings.Join(agreed, " ")+" "+said)
	}
	if len(silent) > 0 {
		parts = append(parts, strings.Join(silent, " ")+" did not say so")
	}
	if len(parts) == 0 {
		return "asked nobody: it rests on this witness alone"
	}
	return "asked others: " + strings.Join(parts, "; ")
}

// dialled says what a TCP connection to the host came to.
func dialled(outcome string) string {
	switch outcome {
	case "":
		return ""
	case "refused":
		return "a TCP connection was refused: the host is up, its nanoprobe is not"
	case "accepted":
		return "a TCP connection was accepted: the host is up, its nanoprobe may be stopped"
	case "silence":
		return "a TCP connection got no answer: the host or the way to it is down"
	}
	return "a TCP connection: " + printable(outcome)
}

func nameOf(id ring.HostID, names map[string]string) string {
	return printable(cmp.Or(names[string(id)], string(id)))
}

// watchers is a table of those who watch the host.
func watchers(all []api.Watcher, now time.Time) string {
	if len(all) == 0 {
		return "nobody is known to watch it\n"
	}
	rows := make([][]string, len(all))
	for i, w := range all {
		watches := "no"
		if w.Watches {
			watches = "yes"
		}
		told := "never"
		if w.ViewMS > 0 {
			told = age(now.Sub(time.UnixMilli(w.ViewMS))) + " ago"
		}
		rows[i] = []string{cmp.Or(w.Host, w.HostID), w.Status, watches, told}
	}
	var b strings.Builder
	printTable(&b, []string{"WATCHER", "STATUS", "WATCHES IT NOW", "TOLD SO"}, rows) // a Builder takes everything
	return b.String()
}
