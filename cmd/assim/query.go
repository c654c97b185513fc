package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

type queryOptions struct {
	*options
	params           []string
	list             bool
	csv, ndjson      bool
	explain, profile bool
	interactive      bool
}

func newQueryCommand(shared *options) *cobra.Command {
	o := queryOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "query [NAME [PARAMETER=VALUE ...] | CYPHER | -]",
		Short: "Ask the graph, by name or by Cypher",
		Long: `Runs a read-only query on the graph and prints its rows. One word is the name of a kept query
('assim query --list' tells which there are); anything else is Cypher; - reads Cypher from stdin.

--explain prints how the query would run, --profile its rows and what each step made and read. What
is worth knowing beside the rows comes on stderr.

Without a query, on a terminal, it is a shell. Statements, NAME PARAMETER=VALUE as well, end with
a ; and may have several lines. Tab completes keywords, labels, types, properties and kept queries,
the arrows bring back what was entered before, Ctrl-C stops a query and not the shell, Ctrl-D ends
it. The lines entered are kept in ~/.local/state/assim/query_history, or below $XDG_STATE_HOME.`,
		Example: `  assim query allservers
  assim query --list hostdependencies
  assim query hostdependencies host=web1
  assim query 'MATCH (h:Host) RETURN h.name, h.os'
  assim query 'MATCH (c:Process)-[:DEPENDS_ON]->(s:Process) RETURN c.exe, s.exe'
  assim query -p port=22 'MATCH (e:Endpoint {port: $port})-[:PROVIDED_BY]->(s) RETURN s.exe, e.address'
  assim query --profile hostdependencies host=web1`,
		Args: usage(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return runQuery(cmd, o, args) },

		ValidArgsFunction: shared.completeQuery,
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.params, "param", "p", nil, "parameter as NAME=VALUE; a VALUE that is JSON keeps its type, else it is a string")
	f.BoolVarP(&o.interactive, "interactive", "i", false, "read queries from the terminal; so without a query, if there is a terminal")
	f.BoolVar(&o.list, "list", false, "list the kept queries, or with a NAME tell all of one")
	f.BoolVar(&o.csv, "csv", false, "print comma-separated values under a header; lists and maps in them are JSON")
	f.BoolVar(&o.ndjson, "ndjson", false, "print a JSON object a row, each on a line of its own")
	f.BoolVar(&o.explain, "explain", false, "print how the query would run, and don't run it")
	f.BoolVar(&o.profile, "profile", false, "print the rows, and how the query ran; with --csv and --ndjson, this goes to stderr")
	return cmd
}

// excludesInQuery are pairs of flags of which one may be given.
func excludesInQuery() [][2]string {
	return [][2]string{{"json", "csv"}, {"json", "ndjson"}, {"csv", "ndjson"}, {"explain", "profile"}, {"explain", "csv"}, {"explain", "ndjson"},
		{"list", "csv"}, {"list", "ndjson"}, {"list", "explain"}, {"list", "profile"}, {"list", "interactive"}}
}

// mode is what the flags ask of the CMA besides rows.
func (o *queryOptions) mode() string {
	switch {
	case o.explain:
		return api.ModeExplain
	case o.profile:
		return api.ModeProfile
	}
	return ""
}

var queryName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

func runQuery(cmd *cobra.Command, o queryOptions, args []string) error {
	for _, pair := range excludesInQuery() {
		if cmd.Flags().Changed(pair[0]) && cmd.Flags().Changed(pair[1]) {
			return &usageError{cmd.CommandPath(), fmt.Errorf("--%s and --%s exclude each other", pair[0], pair[1])}
		}
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	if o.list {
		return listQueries(cmd, o.json, client, args)
	}
	if o.wantsShell(cmd, args) {
		if len(args) > 0 {
			return &usageError{cmd.CommandPath(), errors.New("--interactive takes no query: enter it in the shell")}
		}
		return o.shell(cmd, client)
	}
	q, err := readQuery(cmd.InOrStdin(), o.params, args)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	return o.ask(cmd.Context(), client, q, streams{out, cmd.ErrOrStderr(), isTerminal(out)})
}

// ask puts a query to the CMA and prints what comes.
func (o *queryOptions) ask(ctx context.Context, client *api.Client, q api.Query, to streams) error {
	q.Mode = o.mode()
	rows, err := client.Query(ctx, q)
	if err != nil {
		return &queryError{text: q.Cypher, name: q.Name, err: err}
	}
	return o.printAnswer(to, q, rows)
}

// readQuery makes a query of the command line.
func readQuery(stdin io.Reader, params, args []string) (api.Query, error) {
	if len(args) == 0 {
		return api.Query{}, &usageError{"assim query", errors.New("no query given")}
	}
	if queryName.MatchString(args[0]) {
		return namedQuery(args[0], append(args[1:], params...))
	}
	text := strings.Join(args, " ")
	if text == "-" {
		b, err := io.ReadAll(io.LimitReader(stdin, api.MaxQueryBytes+1))
		if err != nil {
			return api.Query{}, fmt.Errorf("query from stdin: %w", err)
		}
		text = string(b)
	}
	if strings.TrimSpace(text) == "" {
		return api.Query{}, &usageError{"assim query", errors.New("the query is empty")}
	}
	return cypherQuery(text, params)
}

// namedQuery asks a kept query by its name, with parameters as NAME=VALUE.
func namedQuery(name string, params []string) (api.Query, error) {
	q := api.Query{Name: name, Params: map[string]any{}}
	for _, p := range params {
		name, value, err := parameter(p)
		if err != nil {
			return api.Query{}, err
		}
		q.Params[name] = value // the query declares its type
	}
	return q, nil
}

// cypherQuery asks by Cypher, with parameters as NAME=VALUE.
func cypherQuery(text string, params []string) (api.Query, error) {
	q := api.Query{Cypher: text, Params: map[string]any{}}
	for _, p := range params {
		name, value, err := parameter(p)
		if err != nil {
			return api.Query{}, err
		}
		q.Params[name] = typed(value)
	}
	return q, nil
}

func parameter(p string) (name, value string, err error) {
	name, value, ok := strings.Cut(p, "=")
	if !ok {
		return "", "", &usageError{"assim query", fmt.Errorf("parameter %q is not NAME=VALUE", p)}
	}
	return name, value, nil
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
