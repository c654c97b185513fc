package indexing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
)

const (
	// defaultMemoryBytes is what one indexer takes by default.
	defaultMemoryBytes = 96 << 20
	// minMemoryBytes is below what an indexer spends its time on merging.
	minMemoryBytes = 8 << 20
)

// Config says what is indexed.
type Config struct {
	Sites       []cache.Site  // each of whose servers gets an indexer
	Name        string        // of this process, for people
	Paths       []string      // globs of paths that get segments; none: all
	MinHosts    int           // that have a path, below which it gets none; 0 is 32
	Every       time.Duration // between two looks at what changed; 0 is 10 s
	MemoryBytes int           // of lines that all indexers gather together; three times as much is taken. 0 is 96 MiB
	Logger      *slog.Logger
}

// Indexers are those of all servers.
type Indexers struct {
	all []indexer
}

// indexer is one server's.
type indexer struct {
	*cache.Indexer
	site, server string
}

// New returns Indexers that do nothing before Run.
func New(c Config) *Indexers {
	servers := 0
	for _, site := range c.Sites {
		servers += len(site.Servers)
	}
	memory := max(cmp.Or(c.MemoryBytes, defaultMemoryBytes)/max(servers, 1), minMemoryBytes)
	x := &Indexers{}
	for _, site := range c.Sites {
		for _, server := range site.Servers {
			x.all = append(x.all, indexer{site: site.Name, server: server.Name(), Indexer: &cache.Indexer{
				Client: cache.Dial(server, cache.Config{}), Name: c.Name,
				Paths: c.Paths, MinHosts: c.MinHosts, Every: c.Every, MemoryBytes: memory,
				Logger: c.Logger.With("site", site.Name, "server", server.Name()),
			}})
		}
	}
	return x
}

// Run indexes until ctx is done, which is no error, or the configuration turns out to be at fault. It
// returns when all have ended, and is called once.
func (x *Indexers) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(x.all))
	var running sync.WaitGroup
	for i, one := range x.all {
		running.Go(func() {
			defer one.Client.Close()
			if err := one.Run(ctx); ctx.Err() == nil {
				errs[i] = fmt.Errorf("index %q: %w", one.server, err)
				cancel()
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}
