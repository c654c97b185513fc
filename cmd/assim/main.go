// The assim command runs the mesh and asks questions about the fleet.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is main without globals, so that tests can call it.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return explain(stderr, root.ExecuteContext(ctx))
}

// options are the flags that every command has.
type options struct {
	dataDir string // flag --data, else ASSIM_DATA, else the default
	config  string // flag --config, else ASSIM_CONFIG, else where it usually stands, else none
	json    bool
	debug   bool
}

// logger tells what is of no interest unless --debug asks for it.
func (o *options) logger(stderr io.Writer) *slog.Logger {
	if !o.debug {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newRootCommand() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use:   "assim",
		Short: "Discover and monitor a fleet, and ask what depends on what",
		Long: `assim discovers what runs on each host of a fleet, keeps a searchable snapshot of it, and turns
it into a graph of hosts, services and clients and of what depends on what.

Start with 'assim up': it runs all parts in one process on this host, with no configuration.
Then, from another terminal:

  assim hosts                          every host and how old the news of it is
  assim search PATTERN                 grep over files and documents of every host
  assim query 'MATCH (h:Host) ...'     the graph, by Cypher
  assim show HOST                      all that is known of one host
  assim deps WHAT                      what a host or service depends on; --reverse: who depends on it
  assim impact WHAT, assim why WHAT    what falls with it, and why it does not work
  assim report users                   accounts, sudo rights, sysctl, network counters of the fleet
  assim draw -o fleet.svg              a picture of what depends on what
  assim events                         deaths, returns and shutdowns, and the hooks that ran

stdout is the answer and nothing else. Exit status: 0 found, 1 failed, 3 nothing matched,
4 an incomplete answer, 130 interrupted.`,
		SilenceErrors: true, // explain prints them, with advice
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().StringVar(&o.dataDir, "data", "", "directory of the installation (default $ASSIM_DATA, else /var/lib/assim for root and ~/.local/state/assim for others)")
	root.PersistentFlags().StringVar(&o.config, "config", "", "YAML file that says where CMA and caches are (default $ASSIM_CONFIG, else assim.yaml in ~/.config/assim or /etc/assim, else this host's 'assim up')")
	root.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON, the form that stays stable")
	root.PersistentFlags().BoolVar(&o.debug, "debug", false, "say on stderr what does not change the answer")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newUpCommand(&o),
		newSearchCommand(&o),
		newQueryCommand(&o),
		newHostsCommand(&o),
		newShowCommand(&o),
		newDepsCommand(&o),
		newImpactCommand(&o),
		newWhyCommand(&o),
		newPathCommand(&o),
		newEventsCommand(&o),
		newReportCommand(&o),
		newDumpCommand(&o),
		newRingCommand(&o),
		newDrawCommand(&o),
		newCacheCommand(&o),
		newSimulateCommand(&o),
		newVersionCommand(&o),
	)
	return root
}

// knownCommand refuses what is no command, with the nearest that is.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("unknown command %q", args[0])
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return &usageError{cmd.CommandPath() + " " + near[0], err}
	}
	return &usageError{cmd.CommandPath(), err}
}
