package cache

import (
	"cmp"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/lease.lua
	leaseLua string
	//go:embed lua/swap.lua
	swapLua string
	//go:embed lua/publish.lua
	publishLua string
)

const (
	// leaseTime is how long an indexer that was killed keeps others from its server. A lease is renewed
	// three times as often.
	leaseTime = 30 * time.Second
	// pruneEvery is how often expired rows and lost segments are looked for, trainEvery how often a path's
	// dictionary is compared with a fresh one, and how long a path is left alone that could not be indexed.
	pruneEvery = time.Hour
	trainEvery = time.Hour

	defaultIndexEvery  = 10 * time.Second
	defaultMinHosts    = 32
	defaultIndexMemory = 96 << 20
)

// errLeaseLost ends what an indexer does: another may be at work.
var errLeaseLost = errors.New("another indexer has the lease")

// Indexer makes dictionaries and segments on one server and prunes it. Several may run for one server:
// one works at a time, and what another does that has lost its lease changes nothing. Killed at any
// moment it leaves a cache that can be used; what it was making goes by itself after 10 minutes.
//
// Set the fields before Run and leave them.
type Indexer struct {
	Client      *Client
	Name        string        // of who indexes, at most 255 bytes, for people: the lease holds it
	Paths       []string      // globs of paths that get segments; none: all
	MinHosts    int           // below which a path gets none: reading its rows is as fast. 0 is 32
	Every       time.Duration // between two looks at what changed; 0 is 10 s
	MemoryBytes int           // of lines that are gathered; three times as much is taken. 0 is 96 MiB
	Logger      *slog.Logger  // nil: nothing is logged

	mu    sync.Mutex // guards stats
	stats IndexerStats
}

// IndexerStats counts what an indexer has done since Run began.
type IndexerStats struct {
	Holding      bool // it has the lease now
	Rounds       int  // looks at all paths
	Built        int  // bases made of rows
	Extended     int  // segments made of the rows that changed
	Merged       int  // segments made of others
	Dropped      int  // paths that are indexed no longer
	Dictionaries int  // published
	Pruned       int  // rows that had expired
	Failed       int  // attempts that ended with an error
}

// Stats returns what has been done so far. It may be called while Run runs.
func (x *Indexer) Stats() IndexerStats {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.stats
}

func (x *Indexer) count(f func(*IndexerStats)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f(&x.stats)
}

// Run works until ctx is done, whatever fails, and returns its error. The error is about the globs if it
// returns before.
func (x *Indexer) Run(ctx context.Context) error {
	w, err := x.newWorker()
	if err != nil {
		return err
	}
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	for {
		w.token = rand.Text() + " " + w.Name
		held, err := w.c.redis.SetNX(ctx, keyLease, w.token, leaseTime).Result()
		if held {
			err = w.hold(ctx, ticker.C)
		}
		if err != nil && ctx.Err() == nil {
			w.logger.Warn("indexing interrupted", "err", w.c.fail(err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// worker is an indexer at work, for its own goroutine only.
type worker struct {
	*Indexer
	c        *Client
	token    string // of the lease
	paths    nameSet
	minHosts int
	every    time.Duration
	logger   *slog.Logger

	pruned   time.Time            // when last
	inspects bool                 // in this round segments are opened though nothing changed: one may be lost
	trained  map[string]training  // by path
	refused  map[string]time.Time // by path: when it turned out not to fit into segments

	lease, swapping, publishing *redis.Script
}

func (x *Indexer) newWorker() (*worker, error) {
	paths, err := compileNames(x.Paths)
	if err != nil {
		return nil, err
	}
	w := &worker{
		Indexer: x, c: x.Client, paths: paths, logger: x.Logger,
		minHosts: cmp.Or(x.MinHosts, defaultMinHosts), every: cmp.Or(x.Every, defaultIndexEvery),
		trained: map[string]training{}, refused: map[string]time.Time{},
		lease: redis.NewScript(leaseLua), swapping: redis.NewScript(swapLua), publishing: redis.NewScript(publishLua),
	}
	if w.logger == nil {
		w.logger = slog.New(slog.DiscardHandler)
	}
	return w, nil
}

// hold works while it has the lease, which it gives back in the end.
func (w *worker) hold(ctx context.Context, tick <-chan time.Time) error {
	w.count(func(s *IndexerStats) { s.Holding = true })
	defer w.count(func(s *IndexerStats) { s.Holding = false })
	defer func() { // whatever ctx says: the next indexer need not wait then
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dialTimeout)
		defer cancel()
		w.prolong(ctx, 0)
	}()
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	running.Go(func() { cancel(w.renew(ctx)) })
	if err := w.c.Check(ctx); err != nil && ctx.Err() == nil {
		w.logger.Warn("server not fit to hold the cache", "err", err) // it is indexed as well as it can be
	}
	for {
		w.round(ctx)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick:
		}
	}
}

// renew renews the lease until it can't.
func (w *worker) renew(ctx context.Context) error {
	ticker := time.NewTicker(leaseTime / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := w.prolong(ctx, leaseTime); err != nil {
				return err
			}
		}
	}
}

func (w *worker) prolong(ctx context.Context, by time.Duration) error {
	n, err := w.lease.Run(ctx, w.c.redis, []string{keyLease}, w.token, by.Milliseconds()).Int()
	if err == nil && n == 0 {
		err = errLeaseLost
	}
	return err
}

// round looks at all paths once. What fails for one doesn't keep it from the others.
func (w *worker) round(ctx context.Context) {
	w.inspects = time.Since(w.pruned) >= pruneEvery
	if w.inspects {
		n, err := w.c.Prune(ctx)
		w.count(func(s *IndexerStats) { s.Pruned += n })
		w.tell("", err)
		w.pruned = time.Now()
	}
	paths, pointers, err := w.listPaths(ctx)
	w.tell("", err)
	if w.inspects && err == nil {
		w.remember(paths)
	}
	for _, path := range paths {
		if ctx.Err() != nil {
			return
		}
		hosts, err := w.c.redis.ZCard(ctx, indexKey(path)).Result()
		if err != nil {
			w.tell(path, w.c.fail(err))
			continue
		}
		w.tell(path, w.train(ctx, path, int(hosts)))
		w.tell(path, w.indexPath(ctx, path, pointers[path], int(hosts)))
	}
	w.count(func(s *IndexerStats) { s.Rounds++ })
}

// remember drops what is known of other paths than those, which are sorted: the names of files that come
// and go are without end.
func (w *worker) remember(paths []string) {
	gone := func(path string) bool {
		_, there := slices.BinarySearch(paths, path)
		return !there
	}
	maps.DeleteFunc(w.trained, func(path string, _ training) bool { return gone(path) })
	maps.DeleteFunc(w.refused, func(path string, _ time.Time) bool { return gone(path) })
}

// tell counts and logs what went wrong.
func (w *worker) tell(path string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	w.count(func(s *IndexerStats) { s.Failed++ })
	w.logger.Warn("not indexed", "path", path, "err", err)
}

// swap points a path at other segments, if it still points at old and the lease is held.
func (w *worker) swap(ctx context.Context, path string, old, new pointer) error {
	keys := []string{keyLease, keySegments, goneKey(path)}
	made, left := new.without(old), old.without(new)
	for _, g := range append(made, left...) {
		keys = append(keys, packKey(path, g.id), trigramKey(path, g.id))
	}
	answer, err := w.swapping.Run(ctx, w.c.redis, keys,
		w.token, path, old.text, new.text, new.covers(), graceTime.Milliseconds(), 2*len(made)).Text()
	switch {
	case err != nil:
		return w.c.fail(err)
	case answer == "lost":
		return errLeaseLost
	case answer != "swapped":
		return fmt.Errorf("%q: its segments are not swapped: %s", path, quote(answer))
	}
	return nil
}
