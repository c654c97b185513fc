package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
)

// impactRow is a row of the kept query impact.
type impactRow struct {
	Distance int `json:"distance"`
	thingRow
	Risk string `json:"risk"` // riskFalls or riskAtRisk
}

// What becomes of a thing.
const (
	riskFalls  = "falls"
	riskAtRisk = "at risk"
)

func newImpactCommand(shared *options) *cobra.Command {
	q := question{options: shared}
	cmd := &cobra.Command{
		Use:   "impact WHAT",
		Short: "Show everything that falls with a thing, and what is at risk then",
		Long: `Shows what depends on WHAT, directly or through others, by distance: all that falls with it, and
apart from that what is at risk, since one of several that it needs is lost.

` + whatHelp,
		Example: `  assim impact db1
  assim impact redis@db1
  assim impact 192.0.2.7:5432 --csv`,
		Args: usage(cobra.ExactArgs(1)),
	}
	cmd.RunE = oneQuestion(&q, func(cmd *cobra.Command, client *api.Client, of subject) error { return showImpact(cmd, q, client, of) })
	cmd.ValidArgsFunction = shared.completeNames(1)
	q.flags(cmd)
	return cmd
}

// impactAnswer is the answer in JSON.
type impactAnswer struct {
	Of     []depend.Thing `json:"of"`
	Falls  []impactRow    `json:"falls"`
	AtRisk []impactRow    `json:"at_risk"`
	Beyond int            `json:"beyond,omitempty"` // so many more are further away than the depth asked for
}

func showImpact(cmd *cobra.Command, q question, client *api.Client, of subject) error {
	rows, all, err := askRows[impactRow](cmd.Context(), client, "impact", map[string]any{"what": of.name, "depth": maxDepth})
	if err != nil {
		return err
	}
	near, beyond := within(&rows, all, q.depth, func(r impactRow) int { return r.Distance })
	out := cmd.OutOrStdout()
	a := impactAnswer{Of: of.things, Falls: []impactRow{}, AtRisk: []impactRow{}, Beyond: beyond}
	for _, r := range near {
		switch {
		case r.Distance == 0: // what was asked for
		case r.Risk == riskAtRisk:
			a.AtRisk = append(a.AtRisk, r)
		default:
			a.Falls = append(a.Falls, r)
		}
	}
	none := len(a.Falls)+len(a.AtRisk) == 0
	switch {
	case q.json:
		err = printJSON(out, a)
	case q.csv:
		err = printRowsCSV(streams{out: out, terminal: isTerminal(out)}, rows)
	case none && beyond == 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: nothing depends on %s\n", printable(of.name))
	case !none:
		err = printImpact(out, a)
	}
	tellBeyond(cmd, beyond, q.depth)
	if err == nil && none {
		err = errNothing
	}
	return err
}

func printImpact(w io.Writer, a impactAnswer) error {
	fmt.Fprintln(w, a.summary())
	for _, part := range []struct {
		title string
		rows  []impactRow
	}{{riskFalls, a.Falls}, {riskAtRisk, a.AtRisk}} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", part.title)
		table := make([][]string, len(part.rows))
		for i, r := range part.rows {
			table[i] = []string{fmt.Sprint(r.Distance), r.Kind, r.Say(), r.State, r.heard()}
		}
		if err := printStates(w, []string{"DISTANCE", "KIND", "NAME", "STATE", "HEARD"}, table, 3); err != nil {
			return err
		}
	}
	return nil
}

// summary is the answer in one line: "1 host and 12 services on 5 hosts fall, 3 are at risk".
func (a impactAnswer) summary() string {
	text := "nothing falls"
	if len(a.Falls) > 0 {
		text = tally(a.Falls)
	}
	switch n := len(a.AtRisk); n {
	case 0:
		return text
	case 1:
		return text + ", 1 is at risk"
	default:
		return fmt.Sprintf("%s, %d are at risk", text, n)
	}
}

// tally counts what falls by its kind, and the hosts of what runs on some.
func tally(falls []impactRow) string {
	count, on := map[string]int{}, map[string]bool{}
	var kinds []string
	for _, r := range falls {
		if count[r.Kind]++; count[r.Kind] == 1 {
			kinds = append(kinds, r.Kind)
		}
		if r.Host != "" && r.Home() != r.Name {
			on[r.Host] = true
		}
	}
	slices.Sort(kinds)
	parts := make([]string, len(kinds))
	for i, kind := range kinds {
		parts[i] = counted(count[kind], kind)
	}
	text := parts[0]
	if last := len(parts) - 1; last > 0 {
		text = strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	if len(on) > 0 {
		text += " on " + counted(len(on), "host")
	}
	if len(falls) == 1 {
		return text + " falls"
	}
	return text + " fall"
}

// counted is a number of things of a kind.
func counted(n int, kind string) string {
	switch {
	case n == 1:
		return "1 " + kind
	case strings.HasSuffix(kind, "s"), strings.HasSuffix(kind, "ch"):
		return fmt.Sprintf("%d %ses", n, kind)
	}
	return fmt.Sprintf("%d %ss", n, kind)
}
