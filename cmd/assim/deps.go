package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cmd/depend"
)

type depsOptions struct {
	question
	reverse, all bool
	follow       string
}

func newDepsCommand(shared *options) *cobra.Command {
	o := depsOptions{question: question{options: shared}}
	cmd := &cobra.Command{
		Use:   "deps WHAT",
		Short: "Show what a thing depends on, or who depends on it, as a tree",
		Long: `Shows what WHAT depends on, directly and through others; with --reverse, who depends on it. What
stands there again is marked, and what is below it shown once, where it is nearest to WHAT. Several
of which one is enough stand under a line that says how many of them are well. What is needed in
three places or more, such as resolvers, stands once at the end, with their number, or at its place
if WHAT needs it itself. Many that are alike are one line. With --all each thing stands wherever it
is needed. --json prints trees, --csv a line for each dependency; both print all.

` + whatHelp,
		Example: `  assim deps web1
  assim deps redis@db1 --reverse
  assim deps web1 --follow network,dns --depth 2`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return showDeps(cmd, o, args[0]) },

		ValidArgsFunction: shared.completeNames(1),
	}
	f := cmd.Flags()
	f.BoolVarP(&o.reverse, "reverse", "r", false, "show who depends on it")
	f.StringVar(&o.follow, "follow", "", "kinds of dependencies to follow, separated by commas: "+strings.Join(depend.AllKinds(), ", ")+" (default all)")
	f.BoolVar(&o.all, "all", false, "show each of many that are alike, and what is shared wherever it is needed")
	o.flags(cmd)
	completeFlag(cmd, "follow", depend.AllKinds()...)
	return cmd
}

// check refuses flags that don't go together, and returns how the trees grow.
func (o *depsOptions) check(cmd *cobra.Command) (depend.Options, error) {
	follow, err := depend.Following(o.follow)
	if err != nil {
		return depend.Options{}, &usageError{cmd.CommandPath(), fmt.Errorf("--follow: %w", err)}
	}
	return depend.Options{Reverse: o.reverse, Depth: o.depth, Follow: follow}, o.question.check(cmd)
}

func showDeps(cmd *cobra.Command, o depsOptions, what string) error {
	grow, err := o.check(cmd)
	if err != nil {
		return err
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	defer client.Close()
	of, err := findSubject(cmd.Context(), client, what)
	if err != nil {
		return fmt.Errorf("deps: %w", err)
	}
	area, err := readArea(cmd.Context(), client, of.things, grow)
	if err != nil {
		return fmt.Errorf("deps: %w", err)
	}
	trees := make([]*depend.Node, len(of.things))
	none, deeper := true, 0
	for i, t := range of.things {
		trees[i] = depend.Grow(t, area.Map, grow)
		none = none && len(trees[i].Children) == 0
		deeper += trees[i].Deeper()
	}
	known, err := askAges(cmd.Context(), client, area.homes())
	if err != nil {
		return fmt.Errorf("deps: %w", err)
	}
	if err := o.print(cmd, trees, known); err != nil {
		return err
	}
	if deeper > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: %d of these have more below them, beyond depth %d\n", deeper, o.depth)
	}
	switch {
	case area.cut:
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: the answer is cut off after %d things or %d dependencies: ask with a smaller --depth\n", maxThings, maxLinks)
		return errPartial
	case none:
		return errNothing
	}
	return nil
}

func (o *depsOptions) print(cmd *cobra.Command, trees []*depend.Node, known ages) error {
	out := cmd.OutOrStdout()
	switch {
	case o.json:
		return printJSON(out, withAges(trees, known))
	case o.csv:
		return o.printLinks(out, trees, known)
	}
	var lines []depend.Line
	for _, tree := range trees {
		if !o.all && !o.reverse {
			tree = tree.Share()
		}
		if !o.all {
			tree = tree.Fold()
		}
		lines = append(lines, tree.Lines(branches())...)
	}
	table := make([][]string, len(lines))
	for i, l := range lines {
		name := l.Branch + l.Say()
		switch {
		case l.Shared > 0:
			name += fmt.Sprintf(" (for %d of these)", l.Shared)
		case l.Again:
			name += " (again)"
		case l.More:
			name += " ..."
		}
		table[i] = []string{name, l.Kind, l.State, known.oldest(l.Homes()), l.By}
	}
	return printStates(out, []string{"WHAT", "KIND", "STATE", "HEARD", "BY"}, table, 2)
}

// agedNode is a node in JSON, with how long ago the CMA heard of its host.
type agedNode struct {
	*depend.Node
	AgeMS    *int64     `json:"age_ms,omitempty"`
	Children []agedNode `json:"children,omitempty"` // in place of the Node's
}

func withAges(nodes []*depend.Node, known ages) []agedNode {
	aged := make([]agedNode, len(nodes))
	for i, n := range nodes {
		aged[i] = agedNode{Node: n, Children: withAges(n.Children, known)}
		if d, ok := known[n.Home()]; ok {
			ms := d.Milliseconds()
			aged[i].AgeMS = &ms
		}
	}
	return aged
}

// printLinks prints a line for each dependency, whichever way the tree has grown.
func (o *depsOptions) printLinks(w io.Writer, trees []*depend.Node, known ages) error {
	text := func(s string) string { return s }
	if isTerminal(w) {
		text = printable
	}
	out := csv.NewWriter(w)
	out.Write([]string{"from_kind", "from", "by", "since", "to_kind", "to", "state", "age_ms"}) // its errors are Error's
	for _, tree := range trees {
		for above, below := range tree.All() {
			from, to := above, below
			if o.reverse {
				from, to = below, above
			}
			ms := ""
			if d, ok := known[to.Home()]; ok {
				ms = strconv.FormatInt(d.Milliseconds(), 10)
			}
			out.Write([]string{from.Kind, text(from.Say()), text(below.By), below.Since, to.Kind, text(to.Say()), to.State, ms})
		}
	}
	out.Flush()
	return out.Error()
}
