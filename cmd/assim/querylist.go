package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// listQueries prints the kept queries, or all there is to know of the one that is named.
func listQueries(cmd *cobra.Command, asJSON bool, client *api.Client, args []string) error {
	if len(args) > 1 {
		return &usageError{cmd.CommandPath(), fmt.Errorf("--list takes the name of one query, not %d", len(args))}
	}
	queries, err := client.NamedQueries(cmd.Context())
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	switch {
	case len(args) == 1:
		return listQuery(out, asJSON, queries, args[0])
	case asJSON:
		return printJSON(out, queries)
	}
	rows := make([][]string, len(queries))
	for i, q := range queries {
		params := make([]string, len(q.Params))
		for j, p := range q.Params {
			params[j] = p.Name + "=" + strings.ToUpper(p.Type)
			if !p.Required {
				params[j] = "[" + p.Name + "=" + p.Default + "]"
			}
		}
		rows[i] = []string{q.Name, strings.Join(params, " "), q.Title}
	}
	return printTable(out, []string{"NAME", "PARAMETERS", "WHAT IT ANSWERS"}, rows)
}

// listQuery prints one query with its parameters, its columns and its text.
func listQuery(w io.Writer, asJSON bool, queries []api.NamedQuery, name string) error {
	i := slices.IndexFunc(queries, func(q api.NamedQuery) bool { return q.Name == name })
	if i < 0 {
		return &api.Error{Code: api.CodeUnknownQuery, Message: fmt.Sprintf("no query is named %q", name),
			Nearest: spelling.Nearest(name, vocabulary{queries: queries}.names())}
	}
	q := queries[i]
	if asJSON {
		return printJSON(w, q)
	}
	fmt.Fprintf(w, "%s: %s\n", q.Name, printable(q.Title))
	if len(q.Params) > 0 {
		fmt.Fprintln(w)
		rows := make([][]string, len(q.Params))
		for i, p := range q.Params {
			usual := fmt.Sprintf("%q", p.Default)
			if p.Required {
				usual = "must be given"
			}
			rows[i] = []string{p.Name, p.Type, usual, p.Title}
		}
		if err := printTable(w, []string{"PARAMETER", "TYPE", "DEFAULT", "WHAT IT IS"}, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\ncolumns: %s\n\n", printable(strings.Join(q.Columns, ", ")))
	for line := range strings.Lines(q.Cypher) {
		if _, err := fmt.Fprintln(w, printable(strings.TrimRight(line, "\r\n"))); err != nil {
			return err
		}
	}
	return nil
}
