package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
)

// whyRow is a row of the kept query why.
type whyRow struct {
	Distance int `json:"distance"`
	thingRow
	Reason string   `json:"reason"`
	Since  string   `json:"since"`
	Chain  []string `json:"chain"` // names from what was asked for to the thing
}

func newWhyCommand(shared *options) *cobra.Command {
	q := question{options: shared}
	cmd := &cobra.Command{
		Use:   "why WHAT",
		Short: "Show why a thing does not work: the deepest failed things it depends on",
		Long: `Shows the failed things that WHAT depends on and that depend on no failed thing themselves, each at
the end of the way that leads to it, with reason and time of its failure where they are known. One
of several that would do, such as a second resolver, is shown when it failed, but only when all of
them failed do they account for what needs them.

An endpoint is unserved when the nanoprobe of its host finds nothing that listens there, and clients
depend on it all the same: they are connected to it, or were within the last hour.

` + whatHelp,
		Example: `  assim why web1
  assim why nginx@web1 --json`,
		Args: usage(cobra.ExactArgs(1)),
	}
	cmd.RunE = oneQuestion(&q, func(cmd *cobra.Command, client *api.Client, of subject) error { return showWhy(cmd, q, client, of) })
	cmd.ValidArgsFunction = shared.completeNames(1)
	q.flags(cmd)
	return cmd
}

// whyAnswer is the answer in JSON.
type whyAnswer struct {
	Of     []depend.Thing `json:"of"`
	Causes []whyRow       `json:"causes"`
	Beyond int            `json:"beyond,omitempty"` // so many more are further away than the depth asked for
}

func showWhy(cmd *cobra.Command, q question, client *api.Client, of subject) error {
	rows, all, err := askRows[whyRow](cmd.Context(), client, "why", map[string]any{"what": of.name, "depth": maxDepth})
	if err != nil {
		return err
	}
	causes, beyond := within(&rows, all, q.depth, func(r whyRow) int { return r.Distance })
	out := cmd.OutOrStdout()
	switch {
	case q.json:
		err = printJSON(out, whyAnswer{of.things, append([]whyRow{}, causes...), beyond})
	case q.csv:
		err = printRowsCSV(streams{out: out, terminal: isTerminal(out)}, rows)
	case len(all) == 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: nothing that %s depends on is known to have failed\n", printable(of.name))
	case len(causes) > 0:
		err = printCauses(out, of, causes)
	}
	tellBeyond(cmd, beyond, q.depth)
	if err == nil && len(causes) == 0 {
		err = errNothing
	}
	return err
}

func printCauses(w io.Writer, of subject, causes []whyRow) error {
	chains := make([]depend.Chain, len(causes))
	told := map[string]whyRow{} // by key
	for i, c := range causes {
		chains[i] = depend.Chain{Names: c.Chain, End: c.Thing, Since: c.Since}
		told[c.Key] = c
	}
	lines := depend.Chains(of.things[0], chains).Lines(branches()) // several are said alike
	table := make([][]string, len(lines))
	for i, l := range lines {
		cause := told[l.Key]
		table[i] = []string{l.Branch + l.Say(), l.Kind, l.State, cause.Reason, l.Since, cause.heard()}
	}
	return printStates(w, []string{"WHAT", "KIND", "STATE", "REASON", "SINCE", "HEARD"}, table, 2)
}
