package cma

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// A batch is bounded by documents, by their data, and by the nodes that they assert: a store holds a
// batch in memory, and its writers wait for it.
const (
	maxBatchDocuments = 64
	maxBatchBytes     = 8 << 20
	maxBatchNodes     = 2 * graph.MaxNodes
)

// A store that fails is tried again after a random time of at most this, doubling from the first to
// the last, so that several CMAs don't come back to one store in step.
const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// work feeds the graph until ctx is done. It goes on through everything but damage to the journal.
func (c *CMA) work(ctx context.Context) error {
	var waiting []chan<- struct{} // calls of Drained that came before this look at the queue
	fed := ""                     // id of the store that the journal's marks refer to
	for failures := 0; ctx.Err() == nil; {
		n, err := 0, c.attach(ctx, &fed)
		if err == nil {
			n, err = c.applyBatch(ctx)
		}
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, ErrDamaged):
			return err
		case err != nil:
			if failures++; failures == 1 { // once an outage, or a day's outage fills the log
				c.Logger.Warn("graph not fed, trying again", "err", err)
			}
			c.stats.applyFailures.Add(1)
			wait(ctx, time.After(retryAfter(failures, c.Rand)))
		case failures > 0:
			c.Logger.Info("graph fed again", "failures", failures)
			failures = 0
		case n == 0:
			for _, w := range waiting {
				close(w)
			}
			waiting = nil
			select {
			case <-ctx.Done():
			case <-c.wake:
			case w := <-c.drains:
				waiting = append(waiting, w)
			}
		}
	}
	return nil
}

// attach queues every document again if the store is not the one that was fed last.
func (c *CMA) attach(ctx context.Context, fed *string) error {
	id := c.Store.ID()
	if id == "" { // a graph.Later that is not open: the smallest use opens it
		if _, err := c.Store.Query(ctx, "RETURN 1", nil); err != nil {
			return err
		}
		id = c.Store.ID()
	}
	if id == *fed {
		return nil
	}
	queued, err := c.Journal.Attach(id)
	if err != nil {
		return err
	}
	if queued > 0 {
		c.Logger.Info("the graph is new: documents queued for it", "documents", queued)
	}
	*fed = id
	return nil
}

// Drained returns when every document that was stored before the call is in the graph or known never
// to be, or with ctx's error. It needs Run.
func (c *CMA) Drained(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case c.drains <- done:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns when something comes or ctx is done.
func wait[T any](ctx context.Context, something <-chan T) {
	select {
	case <-ctx.Done():
	case <-something:
	}
}

// retryAfter is how long to wait after so many failures in a row, from 1: uniform in (0, limit].
func retryAfter(failures int, r *rand.Rand) time.Duration {
	limit := min(lastRetry, firstRetry<<min(failures-1, 10)) // 200 ms << 10 is above 30 s
	return 1 + time.Duration(r.Int64N(int64(limit)))
}

// notify tells the worker that documents wait.
func (c *CMA) notify() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// applyBatch brings the documents that wait longest into the graph and returns how many it took off
// the queue.
func (c *CMA) applyBatch(ctx context.Context) (int, error) {
	held, err := c.Journal.Pending(maxBatchDocuments, maxBatchBytes)
	if err != nil || len(held) == 0 {
		return 0, err
	}
	b := batch{CMA: c}
	for _, h := range held {
		if b.nodes > maxBatchNodes {
			break
		}
		if err := b.add(h); err != nil {
			return 0, err
		}
		if err := b.addDependents(h); err != nil {
			return 0, err
		}
	}
	moves, err := b.apply(ctx)
	if len(moves) > 0 {
		err = errors.Join(err, c.tellMoves(held, moves))
	}
	if err != nil {
		return 0, err
	}
	if err := c.Journal.Mark(b.done); err != nil {
		return 0, err
	}
	return len(b.done), nil
}
