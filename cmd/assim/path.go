package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

// pathRow is a row of the kept query path: a thing on the way, and what leads from it to the next.
type pathRow struct {
	Step int `json:"step"`
	thingRow
	Link  string `json:"link"` // type of the relationship; empty at the end
	Since string `json:"since"`
}

func newPathCommand(shared *options) *cobra.Command {
	q := question{options: shared}
	cmd := &cobra.Command{
		Use:   "path A B",
		Short: "Show how one thing depends on another",
		Long: `Shows the shortest way along dependencies from A to B, a step a line.

` + whatHelp,
		Example: `  assim path web1 db1
  assim path nginx@web1 redis@db1 --json`,
		Args: usage(cobra.ExactArgs(2)),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return showPath(cmd, q, args[0], args[1]) }
	cmd.ValidArgsFunction = shared.completeNames(2)
	q.flags(cmd)
	return cmd
}

func showPath(cmd *cobra.Command, q question, a, b string) error {
	if err := q.check(cmd); err != nil {
		return err
	}
	client, err := q.client()
	if err != nil {
		return err
	}
	defer client.Close()
	rows, steps, err := findPath(cmd, client, a, b, q.depth)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case q.json:
		err = printJSON(out, append([]pathRow{}, steps...))
	case q.csv:
		err = printRowsCSV(streams{out: out, terminal: isTerminal(out)}, rows)
	case len(steps) > 0:
		err = printPath(out, steps)
	}
	if err == nil && len(steps) == 0 {
		err = errNothing
	}
	return err
}

// findPath returns the way from a to b. Where there is none, or a longer one, it says so on stderr, and returns no steps.
func findPath(cmd *cobra.Command, client *api.Client, a, b string, depth int) (api.Rows, []pathRow, error) {
	var ends [2]subject
	for i, what := range []string{a, b} {
		var err error
		if ends[i], err = findSubject(cmd.Context(), client, what); err != nil {
			return api.Rows{}, nil, fmt.Errorf("%s: %w", cmd.Name(), err)
		}
	}
	rows, steps, err := askRows[pathRow](cmd.Context(), client, "path", map[string]any{"from": ends[0].name, "to": ends[1].name, "depth": maxDepth})
	a, b = printable(ends[0].name), printable(ends[1].name)
	switch length := len(steps) - 1; {
	case err != nil:
	case len(steps) == 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: %s does not depend on %s\n", a, b)
	case length > depth:
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: %s depends on %s over %d steps, beyond depth %d\n", a, b, length, depth)
		rows.Rows, steps = nil, nil
	}
	return rows, steps, err
}

func printPath(w io.Writer, steps []pathRow) error {
	table := make([][]string, len(steps))
	for i, s := range steps {
		table[i] = []string{fmt.Sprint(s.Step), s.Kind, s.Say(), s.State, s.heard(), s.Link, s.Since}
	}
	return printStates(w, []string{"STEP", "KIND", "NAME", "STATE", "HEARD", "LINK", "SINCE"}, table, 3)
}
