// The cma command is the central server: it takes what nanoprobes find, keeps the graph, and runs hooks.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cmd/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// source is where the configuration comes from.
type source struct {
	file    string
	sets    []string
	environ []string
}

func (s source) load() (settings, error) {
	into := defaults()
	err := config.Load(s.file, s.environ, s.sets, &into)
	return into, err
}

// run is main without globals. It returns 0 when it was told to end.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	from := source{environ: environ}
	cmd := &cobra.Command{
		Use:   "cma",
		Short: "Take what nanoprobes find, keep the graph, run hooks",
		Long: `The collective monitoring authority. 'cma init' makes its keys and the fleet file, once; 'cma run'
serves in the foreground until SIGTERM. Each key of the configuration file can also be set by the
environment (graph.uri: ASSIM_GRAPH_URI) and by --set, which counts most. docs/operations.md has
every key.`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&from.file, "config", "", "YAML file with the configuration")
	cmd.PersistentFlags().StringArrayVar(&from.sets, "set", nil, "set a key of the configuration: --set listen=0.0.0.0:1984")
	cmd.AddCommand(newInitCommand(&from), newRunCommand(&from, stderr), newIndexCommand(&from, stderr))
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	explain(stderr, err)
	return 1
}

func newInitCommand(from *source) *cobra.Command {
	return &cobra.Command{
		Use:   "init",
		Short: "Make the authority, the server's certificate and the fleet file",
		Long: `Makes in the data directory what a CMA needs of its own. What is there already stays as it is. The
fleet file that it names goes to every nanoprobe and to whoever may ask questions: it holds the
fleet's secret.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := from.load()
			if err != nil {
				return err
			}
			if _, err := cma.Init(s.Data, time.Now()); err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(s.Data, cma.FleetFile))
			return err
		},
	}
}

func newRunCommand(from *source, stderr io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "run",
		Short: "Serve in the foreground",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := from.load()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), s, stderr)
		},
	}
}
