package nanoprobe

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
)

const (
	// lookupEvery is how often a host asks again which cache servers its site has, and what a failure of
	// that is tried again after at most.
	lookupEvery = 10 * time.Minute
	// lookupTimeout bounds one such question.
	lookupTimeout = 10 * time.Second
	// timesEvery is how often a host puts into the cache what writing to it takes, and timesFirst how long
	// after its start it does so first: all that it has is written by then.
	timesEvery = time.Hour
	timesFirst = time.Minute
)

// cacheFeeds feeds the cache servers of the site, which may change meanwhile.
type cacheFeeds struct {
	lookUp   func(context.Context) ([]cache.Server, error) // nil: the servers don't change
	identity Identity
	have     *inventory
	rand     *rand.Rand
	logger   *slog.Logger
	every    time.Duration // lookupEvery, but in tests
	first    time.Duration // timesFirst, but in tests
	seen     time.Duration // of each feed

	mu    sync.Mutex // guards what follows
	feeds map[string]*runningFeed
}

// runningFeed is the feed of one server.
type runningFeed struct {
	*cacheFeed
	server cache.Server
	stop   context.CancelFunc // nil until it runs
}

func newCacheFeeds(cfg Config) *cacheFeeds {
	f := &cacheFeeds{
		lookUp: cfg.LookUpCaches, identity: cfg.Identity, have: newInventory(), logger: cfg.Logger,
		rand:  rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
		every: lookupEvery, first: timesFirst, seen: seenEvery, feeds: map[string]*runningFeed{},
	}
	for _, server := range cfg.Caches {
		f.feeds[server.Name()] = f.newFeed(server)
	}
	return f
}

func (f *cacheFeeds) newFeed(server cache.Server) *runningFeed {
	return &runningFeed{cacheFeed: newCacheFeed(server, f.have, f.identity, f.rand, f.logger), server: server}
}

// put offers a change to all servers, those too that are not known yet.
func (f *cacheFeeds) put(c *change) {
	if !f.have.put(c) {
		f.logger.Error("more files and documents than are kept: item dropped", "path", c.path, "max", maxKept)
		return
	}
	for _, feed := range f.running() {
		feed.put(c)
	}
}

// running are the feeds that there are, by the names of their servers.
func (f *cacheFeeds) running() []*cacheFeed {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*cacheFeed
	for _, name := range slices.Sorted(maps.Keys(f.feeds)) {
		all = append(all, f.feeds[name].cacheFeed)
	}
	return all
}

// wait returns when everything put so far is stored on all servers, or with ctx's error.
func (f *cacheFeeds) wait(ctx context.Context) error {
	for _, feed := range f.running() {
		if err := feed.box.wait(ctx); err != nil {
			return fmt.Errorf("snapshots for %s: %w", feed.box.name, err)
		}
	}
	return nil
}

// run feeds the servers until ctx is done. filesKnown is closed when the host's files are.
func (f *cacheFeeds) run(ctx context.Context, filesKnown <-chan struct{}) {
	var feeding sync.WaitGroup
	defer feeding.Wait()
	start := func(feed *runningFeed) {
		own, stop := context.WithCancel(ctx)
		feed.stop, feed.every = stop, f.seen
		feeding.Go(func() { feed.run(own, filesKnown) })
	}
	f.mu.Lock()
	for _, feed := range f.feeds {
		start(feed)
	}
	f.mu.Unlock()
	own := rand.New(rand.NewPCG(f.rand.Uint64(), f.rand.Uint64()))
	feeding.Go(func() { f.tellTimes(ctx, own) })
	if f.lookUp != nil {
		f.follow(ctx, start)
	}
	<-ctx.Done()
}

// follow asks for the servers again and again until ctx is done. While nobody can say, those that are
// known stay.
func (f *cacheFeeds) follow(ctx context.Context, start func(*runningFeed)) {
	for failures := 0; ctx.Err() == nil; {
		wait := about(f.every, f.rand)
		servers, err := f.ask(ctx)
		if err == nil {
			failures = 0
			f.turnTo(servers, start)
		} else {
			if failures++; failures == 1 && ctx.Err() == nil { // once an outage
				f.logger.Warn("cache servers not looked up, those that are known stay", "err", err)
			}
			wait = min(wait, backoff(failures, f.rand))
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

func (f *cacheFeeds) ask(ctx context.Context) ([]cache.Server, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	return f.lookUp(ctx)
}

// turnTo ends the feeds of servers that are no longer named, or are to be reached in another way, and
// starts those of servers that are new, with all that this host has. What waited for the former is dropped.
func (f *cacheFeeds) turnTo(servers []cache.Server, start func(*runningFeed)) {
	wanted := map[string]cache.Server{}
	for _, server := range servers {
		wanted[server.Name()] = server
	}
	f.keep(wanted)
	for _, server := range servers {
		if feed := f.add(server); feed != nil {
			feed.refill()
			start(feed)
			f.logger.Info("cache server found", "cache", server.Name())
		}
	}
}

// keep ends the feeds of servers other than those, which are by name.
func (f *cacheFeeds) keep(wanted map[string]cache.Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for name, feed := range f.feeds {
		if server, named := wanted[name]; !named || !server.Equal(feed.server) {
			feed.stop()
			delete(f.feeds, name)
			f.logger.Info("cache server left", "cache", name)
		}
	}
}

// add returns the feed of a server that has none.
func (f *cacheFeeds) add(server cache.Server) *runningFeed {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.feeds[server.Name()] != nil {
		return nil
	}
	feed := f.newFeed(server)
	f.feeds[server.Name()] = feed
	return feed
}

// tellTimes puts what writing to each server takes into all of them, now and then.
func (f *cacheFeeds) tellTimes(ctx context.Context, jitter *rand.Rand) {
	for wait := f.first; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(about(wait, jitter)):
		}
		times := map[string]cache.Times{}
		for _, feed := range f.running() {
			times[feed.client.Name()] = feed.client.Times()
		}
		now, content := time.Now(), cache.FormatTimes(times)
		if len(content) == 0 {
			continue // nobody has answered yet
		}
		f.put(&change{path: cache.TimesPath, load: func() (cache.Snapshot, bool) {
			return cache.Snapshot{Path: cache.TimesPath, Content: content, Changed: now}, true
		}})
		wait = timesEvery
	}
}
