package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

const (
	// settleLimit is how long up waits for the first round of discovery before it says what there is.
	// Built-in agents take under a second; a script such as lshw may take its whole minute.
	settleLimit = 2 * time.Second
	// onceLimit bounds --once: the first round with every script at its limit, and storing it.
	onceLimit = 90 * time.Second
)

type upOptions struct {
	*options
	once     bool
	logLevel slog.Level
}

func newUpCommand(shared *options) *cobra.Command {
	o := upOptions{options: shared}
	level := "warn"
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run all parts in one process on this host",
		Long: `Runs nanoprobe, snapshot cache, CMA and graph in one process, with no configuration: discovers this
host, keeps on discovering it, and answers 'assim hosts', 'search', 'query' and 'show' from other
terminals of the same user. Everything listens on loopback only and asks for the fleet's secret.
Its state is in the data directory: started again it is the same installation. Ctrl-C stops it.`,
		Example: `  assim up
  assim up --once
  assim up --data /tmp/try-assim`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.logLevel.UnmarshalText([]byte(level)); err != nil {
				return &usageError{cmd.CommandPath(), fmt.Errorf("--log-level %q: one of debug, info, warn, error", level)}
			}
			return up(cmd, o)
		},
	}
	cmd.Flags().BoolVar(&o.once, "once", false, "discover, answer one search and one query, and end")
	cmd.Flags().StringVar(&level, "log-level", level, "what to log on stderr: debug, info, warn or error")
	return cmd
}

func up(cmd *cobra.Command, o upOptions) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	inst, err := o.installation()
	if err != nil {
		return err
	}
	if err := inst.claim(); err != nil {
		return err
	}
	defer inst.release()
	logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: o.logLevel}))
	p, err := openParts(inst, logger)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.run(ctx) }()

	err = greet(ctx, cmd, o, inst, p)
	if err == nil && !o.once {
		select {
		case <-ctx.Done(): // the user's Ctrl-C: the clean end of a daemon
		case err = <-ended:
			return errors.Join(err, p.close())
		}
	}
	stop()
	if runErr := <-ended; !errors.Is(runErr, context.Canceled) {
		err = errors.Join(err, runErr)
	}
	if !o.once && errors.Is(err, context.Canceled) {
		err = nil // interrupted before all was found: a clean end as well
	}
	return errors.Join(err, p.close())
}

// greet waits for the first round and prints what it found.
func greet(ctx context.Context, cmd *cobra.Command, o upOptions, inst installation, p *parts) error {
	limit := settleLimit
	if o.once {
		limit = onceLimit
	}
	settled, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := p.settle(settled)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && o.once:
		return fmt.Errorf("first round of discovery: %w", err)
	case err != nil:
		fmt.Fprintln(cmd.ErrOrStderr(), "assim: some scripts or deliveries take longer; what is there so far:")
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	host, err := client.HostDetail(ctx, p.identity.HostID)
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(cmd.OutOrStdout(), host)
	} else {
		err = printFound(ctx, cmd.OutOrStdout(), client, inst, host)
	}
	if err != nil {
		return err
	}
	if o.once {
		return showOff(ctx, cmd, o, host)
	}
	if !o.json {
		printTries(cmd.OutOrStdout(), host)
	}
	return nil
}

// found counts what up tells about: one number each, of the host with id $id.
const found = `MATCH (h:Host {key: $id})
RETURN COUNT { (h)<-[:RUNS_ON]-(:Service) } AS services,
       COUNT { (h)<-[:RUNS_ON]-(:Client) } AS clients,
       COUNT { (h)<-[:RUNS_ON]-(:Process)-[:DEPENDS_ON]->() } AS dependencies,
       COUNT { (h)-[:HAS_NIC]->(:NIC) } AS interfaces,
       COUNT { (h)-[:HAS]->(:Package) } AS packages`

func printFound(ctx context.Context, w io.Writer, client *api.Client, inst installation, host api.HostDetail) error {
	params := map[string]any{"id": host.ID}
	counts, err := client.Query(ctx, api.Query{Cypher: found, Params: params})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s  %s\n", printable(host.Name), printable(host.OS))
	if len(counts.Rows) == 1 {
		for i, name := range counts.Columns {
			fmt.Fprintf(w, "%s%s %s", separator(i), name, counts.Rows[0][i])
		}
		fmt.Fprintln(w)
	}
	services, err := client.Query(ctx, api.Query{Cypher: sections[0].cypher, Params: params})
	if err != nil {
		return err
	}
	if len(services.Rows) > 0 {
		fmt.Fprintln(w)
		if err := printRows(w, services); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(w, "\nstate in %s\n", inst.dir)
	return err
}

func separator(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// tries are commands that answer on any host; the search is for what this host calls its release.
func tries(host api.HostDetail) (search, query string) {
	search = host.Name
	if codename := codename(host.OS); codename != "" {
		search = codename
	}
	return search, "MATCH (h:Host)<-[:RUNS_ON]-(s:Service) RETURN h.name, s.name, s.user"
}

func printTries(w io.Writer, host api.HostDetail) {
	search, query := tries(host)
	fmt.Fprintf(w, "\nit goes on discovering until Ctrl-C; from another terminal try\n\n  assim show %s\n  assim search %s\n  assim query '%s'\n",
		printable(host.Name), printable(search), query)
}

// showOff runs one search and one query over what was found.
func showOff(ctx context.Context, cmd *cobra.Command, o upOptions, host api.HostDetail) error {
	pattern, query := tries(host)
	for _, args := range [][]string{{"search", pattern}, {"query", query}} {
		fmt.Fprintf(cmd.OutOrStdout(), "\n$ assim %s\n", quoteArgs(args))
		root := newRootCommand()
		flags := []string{"--data", o.dataDir}
		if o.dataDir == "" {
			flags = nil
		}
		if o.json {
			flags = append(flags, "--json")
		}
		root.SetArgs(append(args, flags...))
		root.SetOut(cmd.OutOrStdout())
		root.SetErr(cmd.ErrOrStderr())
		if err := root.ExecuteContext(ctx); err != nil {
			return err
		}
	}
	return nil
}

// codename is what a distribution calls its release: the word in the last parentheses of its name,
// "bookworm" in "Debian GNU/Linux 12 (bookworm)"; empty where it has none.
func codename(os string) string {
	_, rest, _ := strings.Cut(os, "(")
	word, _, ok := strings.Cut(rest, ")")
	if !ok || strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return ""
	}
	return word
}

// quoteArgs is a command line that a shell reads as args.
func quoteArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = arg
		if arg == "" || strings.ContainsFunc(arg, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_./", r)
		}) {
			quoted[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
