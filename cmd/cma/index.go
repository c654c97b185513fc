package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/indexing"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// indexerSettings say how caches are indexed.
type indexerSettings struct {
	Run       bool            `yaml:"run"`       // by 'cma run'; 'cma index' does it in any case
	Paths     []string        `yaml:"paths"`     // globs of paths that get segments; none: all
	MinHosts  int             `yaml:"min-hosts"` // that have a path, below which it gets none
	Every     config.Duration `yaml:"every"`     // between two looks at what changed
	MemoryMiB int             `yaml:"memory"`    // MiB of lines that are gathered, of all servers together
	Metrics   string          `yaml:"metrics"`   // ip:port of /metrics of 'cma index'; empty: nowhere
}

func (s indexerSettings) validate() error {
	switch {
	case s.MinHosts < 1:
		return fmt.Errorf("configuration: indexer.min-hosts: %d, at least 1", s.MinHosts)
	case s.Every < config.Duration(time.Second):
		return fmt.Errorf("configuration: indexer.every: %v, at least 1s", time.Duration(s.Every))
	case s.MemoryMiB < 8 || s.MemoryMiB > 1<<16:
		return fmt.Errorf("configuration: indexer.memory: %d MiB, 8 to 65536", s.MemoryMiB)
	}
	return nil
}

// newIndexCommand indexes in a process of its own, near the servers of a site that is far away.
func newIndexCommand(from *source, stderr io.Writer) *cobra.Command {
	var only []string
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Index the caches of some sites in the foreground",
		Long: `Makes dictionaries and segments on the Redis servers of the sites in the configuration, and prunes them,
until SIGTERM. 'cma run' does that too: this is for a host near a site that is far from the CMA. Several
may run; a lease in each server lets one of them work on it at a time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := from.load()
			if err != nil {
				return err
			}
			return index(cmd.Context(), s, only, stderr)
		},
	}
	cmd.Flags().StringArrayVar(&only, "site", nil, "index only this site; repeat for more")
	return cmd
}

// index indexes until ctx is done.
func index(ctx context.Context, s settings, only []string, stderr io.Writer) error {
	logger, err := config.Logger(stderr, s.LogLevel)
	if err != nil {
		return fmt.Errorf("configuration: log-level: %w", err)
	}
	if s.Sites, err = pick(s.Sites, only); err != nil {
		return err
	}
	s.Indexer.Run = true
	indexers, err := s.indexers(logger)
	if err != nil {
		return err
	}
	parts := []func(context.Context) error{indexers.Run}
	if s.Indexer.Metrics != "" {
		listener, err := net.Listen("tcp", s.Indexer.Metrics)
		if err != nil {
			return fmt.Errorf("configuration: indexer.metrics: %w", err)
		}
		logger.Info("metrics are served", "listen", listener.Addr().String())
		parts = append(parts, func(ctx context.Context) error {
			return promtext.Serve(ctx, listener, indexers.Metrics, logger)
		})
	}
	logger.Info("indexing starts", "sites", len(s.Sites))
	err = together(ctx, parts...)
	logger.Info("indexing ends")
	return err
}

// pick returns the sites of those names, all if there are no names.
func pick(all []config.Site, names []string) ([]config.Site, error) {
	if len(all) == 0 {
		return nil, fmt.Errorf("configuration: sites: %w", sites.ErrNone)
	}
	known := make([]string, len(all))
	for i, s := range all {
		known[i] = s.Name
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("site %q is none of %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s config.Site) bool { return len(names) > 0 && !slices.Contains(names, s.Name) }), nil
}

// indexers are for the servers of all sites; none at all if they are not to run here.
func (s settings) indexers(logger *slog.Logger) (*indexing.Indexers, error) {
	if err := s.Indexer.validate(); err != nil {
		return nil, err
	}
	if _, err := sites.Check(config.Places(s.Sites)); err != nil && !errors.Is(err, sites.ErrNone) {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	found, err := config.CacheSites(s.Sites)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if !s.Indexer.Run {
		found = nil
	}
	name, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return indexing.New(indexing.Config{
		Sites: found, Name: name, Paths: s.Indexer.Paths, MinHosts: s.Indexer.MinHosts, Every: time.Duration(s.Indexer.Every),
		MemoryBytes: s.Indexer.MemoryMiB << 20, Logger: logger,
	}), nil
}

// together runs parts until ctx is done or one of them fails, and waits for all. One that has nothing to
// do may end before.
func together(ctx context.Context, parts ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(parts))
	var running sync.WaitGroup
	for i, part := range parts {
		running.Go(func() {
			if errs[i] = part(ctx); errs[i] != nil {
				cancel()
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}
