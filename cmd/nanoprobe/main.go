// The nanoprobe command is the daemon on every OS image.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cmd/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is main without globals. It returns 0 when it was told to end.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	var file string
	var sets []string
	cmd := &cobra.Command{
		Use:   "nanoprobe",
		Short: "Discover this host, tell cache and CMA, and watch the neighbours",
		Long: `Runs the nanoprobe in the foreground until SIGTERM, which it announces to its ring as a shutdown.
Each key of the configuration file can also be set by the environment (ring.bind: ASSIM_RING_BIND)
and by --set, which counts most. docs/operations.md has every key.`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s := defaults()
			if err := config.Load(file, environ, sets, &s); err != nil {
				return err
			}
			return serve(cmd.Context(), s, stderr)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file with the configuration")
	cmd.Flags().StringArrayVar(&sets, "set", nil, "set a key of the configuration: --set ring.bind=0.0.0.0:7946")
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	config.Explain(stderr, "nanoprobe", err)
	return 1
}

// unknown profile and the like are said with the key they stand under.
func keyed(key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("configuration: %s: %w", key, err)
}
