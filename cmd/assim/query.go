package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

type queryOptions struct {
	*options
	params []string
	list   bool
}

func newQueryCommand(shared *options) *cobra.Command {
	o := queryOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "query NAME [PARAMETER=VALUE ...] | CYPHER | -",
		Short: "Ask the graph, by name or by Cypher",
		Long: `Runs a read-only query on the graph and prints its rows. One word is the name of a kept query
('assim query --list' tells which there are); anything else is Cypher; - reads Cypher from stdin.`,
		Example: `  assim query allservers
  assim query hostdependencies host=web1
  assim query 'MATCH (h:Host) RETURN h.name, h.os'
  assim query 'MATCH (c:Process)-[:DEPENDS_ON]->(s:Process) RETURN c.exe, s.exe'
  assim query -p port=22 'MATCH (e:Endpoint {port: $port})-[:PROVIDED_BY]->(s) RETURN s.exe, e.address'`,
		Args: usage(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return runQuery(cmd, o, args) },
	}
	cmd.Flags().StringArrayVarP(&o.params, "param", "p", nil, "parameter as NAME=VALUE; a VALUE that is JSON keeps its type, else it is a string")
	cmd.Flags().BoolVar(&o.list, "list", false, "list the kept queries")
	return cmd
}

var queryName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

func runQuery(cmd *cobra.Command, o queryOptions, args []string) error {
	client, err := o.client()
	if err != nil {
		return err
	}
	if o.list {
		return listQueries(cmd, o, client)
	}
	q, err := readQuery(cmd.InOrStdin(), o.params, args)
	if err != nil {
		return err
	}
	rows, err := client.Query(cmd.Context(), q)
	if err != nil {
		return &queryError{text: q.Cypher, err: err}
	}
	if o.json {
		err = printJSON(cmd.OutOrStdout(), rows)
	} else {
		err = printRows(cmd.OutOrStdout(), rows)
	}
	if err == nil && len(rows.Rows) == 0 {
		return errNothing
	}
	return err
}

// readQuery makes a query of the command line.
func readQuery(stdin io.Reader, params, args []string) (api.Query, error) {
	if len(args) == 0 {
		return api.Query{}, &usageError{"assim query", fmt.Errorf("no query given")}
	}
	if queryName.MatchString(args[0]) {
		q := api.Query{Name: args[0], Params: map[string]any{}}
		for _, p := range append(args[1:], params...) {
			name, value, ok := strings.Cut(p, "=")
			if !ok {
				return api.Query{}, &usageError{"assim query", fmt.Errorf("parameter %q is not NAME=VALUE", p)}
			}
			q.Params[name] = value // the query declares its type
		}
		return q, nil
	}
	q := api.Query{Cypher: strings.Join(args, " "), Params: map[string]any{}}
	if q.Cypher == "-" {
		b, err := io.ReadAll(io.LimitReader(stdin, api.MaxQueryBytes+1))
		if err != nil {
			return api.Query{}, fmt.Errorf("query from stdin: %w", err)
		}
		q.Cypher = string(b)
	}
	for _, p := range params {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			return api.Query{}, &usageError{"assim query", fmt.Errorf("parameter %q is not NAME=VALUE", p)}
		}
		q.Params[name] = typed(value)
	}
	return q, nil
}

// typed is a value that is JSON in its JSON type, and any other as the string it is.
func typed(value string) any {
	dec := json.NewDecoder(strings.NewReader(value))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return value
	}
	return v
}

func listQueries(cmd *cobra.Command, o queryOptions, client *api.Client) error {
	queries, err := client.NamedQueries(cmd.Context())
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), queries)
	}
	rows := make([][]string, len(queries))
	for i, q := range queries {
		var params []string
		for _, p := range q.Params {
			params = append(params, p.Name+"="+strings.ToUpper(p.Type))
		}
		rows[i] = []string{q.Name, strings.Join(params, " "), q.Title}
	}
	return printTable(cmd.OutOrStdout(), []string{"NAME", "PARAMETERS", "WHAT IT ANSWERS"}, rows)
}

func printRows(w io.Writer, rows api.Rows) error {
	table := make([][]string, len(rows.Rows))
	for i, row := range rows.Rows {
		for _, v := range row {
			table[i] = append(table[i], cell(v))
		}
	}
	return printTable(w, append([]string{}, rows.Columns...), table)
}

// cell is a JSON value as a person reads it: a string without its quotes, null as nothing, a list of
// such with blanks between them.
func cell(v json.RawMessage) string {
	switch {
	case bytes.Equal(v, []byte("null")):
		return ""
	case len(v) > 0 && v[0] == '"':
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	case len(v) > 0 && v[0] == '[':
		var items []json.RawMessage
		if json.Unmarshal(v, &items) == nil && !slices.ContainsFunc(items, nested) {
			cells := make([]string, len(items))
			for i, item := range items {
				cells[i] = cell(item)
			}
			return strings.Join(cells, " ")
		}
	}
	return string(v)
}

func nested(v json.RawMessage) bool { return len(v) > 0 && (v[0] == '[' || v[0] == '{') }
