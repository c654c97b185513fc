package nanoprobe

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assim-mesh/assim/cache"
)

const (
	// seenEvery is how often a host says to each cache server that it lives, and learns whether the
	// server has lost what it held.
	seenEvery = time.Minute
	// renewEvery is about how often every snapshot is put again, so that none expires (after 7 days) while
	// its file stands unchanged. Unchanged contents are not sent. A tenth sooner or later: all hosts of a
	// site that were started at once would come in the same minute of each day.
	renewEvery = 24 * time.Hour
)

// cacheFeed keeps one cache server equal to what this host has.
type cacheFeed struct {
	client   *cache.Client
	identity Identity
	box      *delivery[*change]
	rand     *rand.Rand
	logger   *slog.Logger
	every    time.Duration // seenEvery, but in tests
	have     *inventory    // what the server is to hold
	full     atomic.Uint64 // snapshots that it did not take for want of memory
}

func newCacheFeed(server cache.Server, have *inventory, identity Identity, seed *rand.Rand, logger *slog.Logger) *cacheFeed {
	f := &cacheFeed{
		client: cache.Dial(server, cache.Config{}), identity: identity, every: seenEvery, have: have,
		rand: rand.New(rand.NewPCG(seed.Uint64(), seed.Uint64())), logger: logger.With("cache", server.Name()),
	}
	f.box = newDelivery("cache "+server.Name(), maxKept, 16, f.send, seed, logger)
	return f
}

func (f *cacheFeed) put(c *change) { f.box.put(c.path, c) }

// run feeds the server until ctx is done. filesKnown is closed when the host's files are; what the server
// holds of others, from before this start, goes then.
func (f *cacheFeed) run(ctx context.Context, filesKnown <-chan struct{}) {
	var parts sync.WaitGroup
	defer f.client.Close()
	defer parts.Wait()
	parts.Go(func() { f.box.run(ctx) })
	var held cache.Generation
	known, cleaned := false, false
	renewal := time.Now().Add(about(renewEvery, f.rand))
	for {
		now, err := f.client.Seen(ctx, f.identity.Name, f.identity.HostID)
		if err == nil {
			lost := known && now.Lost(held)
			if lost || time.Now().After(renewal) {
				f.logger.Info("every snapshot is put again", "server_lost_them", lost)
				f.refill()
				renewal = time.Now().Add(about(renewEvery, f.rand))
			}
			held, known = now, true
			cleaned = cleaned || filesKnown == nil && f.forgetOthers(ctx) == nil
		}
		select {
		case <-ctx.Done():
			return
		case <-filesKnown:
			filesKnown = nil // from here on it is time to clean
		case <-time.After(about(f.every, f.rand)):
		}
	}
}

func (f *cacheFeed) refill() { f.have.each(f.put) }

// forgetOthers has the server delete the files that this host does not keep any more. Documents and
// outputs of commands stay: they may not have been made yet, and what nobody renews expires.
func (f *cacheFeed) forgetOthers(ctx context.Context) error {
	held, err := f.client.Held(ctx, f.identity.Name)
	if err != nil {
		return err
	}
	for _, path := range held {
		if path[0] != '@' {
			f.have.unlessKnown(path, func() {
				f.put(&change{path: path, load: func() (cache.Snapshot, bool) { return cache.Snapshot{}, false }})
			})
		}
	}
	return nil
}

// send puts a batch of changes. A server whose memory is full still renews and deletes, so what it doesn't
// take for want of memory keeps nothing else from it.
func (f *cacheFeed) send(ctx context.Context, batch []*change) error {
	var full leftError
	for i, c := range batch {
		err := f.sendOne(ctx, c)
		switch {
		case errors.Is(err, cache.ErrFull):
			f.full.Add(1)
			full.left, full.error = append(full.left, i), err
		case err != nil:
			return err
		}
	}
	if len(full.left) > 0 {
		return full
	}
	return nil
}

// sendOne puts or deletes what changed. What no server will ever take is logged and passed over, and is
// not there to be deleted either.
func (f *cacheFeed) sendOne(ctx context.Context, c *change) error {
	seq := f.have.number()
	snapshot, there := c.load()
	if !there {
		err := f.client.Delete(ctx, f.identity.Name, f.identity.HostID, c.path)
		if err == nil || errors.Is(err, cache.ErrInvalid) {
			f.have.forget(c)
			return nil
		}
		return err
	}
	snapshot.Host, snapshot.HostID = f.identity.Name, f.identity.HostID
	snapshot.Boot, snapshot.Seq = f.identity.Boot, seq
	_, err := f.client.Put(ctx, snapshot)
	if errors.Is(err, cache.ErrInvalid) {
		f.logger.Error("snapshot refused", "path", c.path, "err", err)
		return nil
	}
	return err
}
