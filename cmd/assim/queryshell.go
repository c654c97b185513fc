package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/shell"
)

const shellHelp = `End a query with ; and press Enter. Tab completes, the arrows bring back earlier lines,
Ctrl-C stops a query, and Ctrl-D or quit ends the shell.

  MATCH (h:Host) RETURN h.name;       Cypher, read-only
  EXPLAIN MATCH ... ;                 how it would run; PROFILE: how it ran
  hostdependencies host=web1;         a kept query; 'assim query --list' tells which there are

`

// wantsShell reports whether queries are to be read from a terminal.
func (o *queryOptions) wantsShell(cmd *cobra.Command, args []string) bool {
	return o.interactive || len(args) == 0 && onTerminal(cmd.InOrStdin()) && onTerminal(cmd.OutOrStdout())
}

// onTerminal reports whether a stream is a terminal.
func onTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// shell runs queries that are entered on the terminal. What is wrong with one is told and ends nothing.
func (o *queryOptions) shell(cmd *cobra.Command, client *api.Client) error {
	in, isFile := cmd.InOrStdin().(*os.File)
	out, isFileToo := cmd.OutOrStdout().(*os.File)
	if !isFile || !isFileToo {
		return shell.ErrNoTerminal
	}
	if _, err := cypherQuery("", o.params); err != nil {
		return err // now, and not at each query
	}
	words, err := readVocabulary(cmd.Context(), client)
	if err != nil {
		return err
	}
	s := shell.Shell{
		Prompt: "assim> ", Help: shellHelp, Complete: words.complete, History: historyFile(),
		Run: func(ctx context.Context, out io.Writer, statement string) {
			o.runStatement(ctx, client, words, out, statement)
		},
	}
	return s.Serve(cmd.Context(), in, out)
}

// runStatement asks what was entered, and says on out what came of it.
func (o *queryOptions) runStatement(ctx context.Context, client *api.Client, words vocabulary, out io.Writer, statement string) {
	q, err := o.parseStatement(words, statement)
	if err == nil {
		err = o.ask(ctx, client, q, streams{out, out, true})
	}
	if errors.Is(err, errNothing) {
		fmt.Fprintln(out, "(no rows)")
		return
	}
	explain(out, err)
}

// parseStatement makes a query of a statement: NAME PARAMETER=VALUE ... of a kept query, or Cypher, which
// alone gets the parameters of the command line.
func (o *queryOptions) parseStatement(words vocabulary, statement string) (api.Query, error) {
	fields := strings.Fields(statement)
	known := slices.Contains(words.names(), fields[0])
	if known || len(fields) == 1 && queryName.MatchString(fields[0]) {
		return namedQuery(fields[0], fields[1:])
	}
	return cypherQuery(statement, o.params)
}

// historyFile is where the lines entered are kept, or "" for a user without a home.
func historyFile() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "assim", "query_history")
}
