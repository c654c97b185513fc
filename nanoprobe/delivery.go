package nanoprobe

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// A destination that fails is tried again after a random time of at most this, doubling from the
	// first to the last: the fleet must not come back in step ("full jitter").
	minBackoff = time.Second
	maxBackoff = 5 * time.Minute
)

// delivery empties the outbox of one destination.
type delivery[T any] struct {
	name     string // for people: "cma", "cache 192.0.2.7:6379"
	maxBatch int
	// send stores a batch at the destination. What it returns nil for is stored, or refused for good; a
	// leftError says what of it is not.
	send   func(ctx context.Context, batch []T) error
	rand   *rand.Rand
	logger *slog.Logger

	wake chan struct{} // holds one token while there may be work

	mu      sync.Mutex // guards what follows
	box     *outbox[T]
	drained chan struct{} // closed when the box is empty, replaced when it fills
	counts  deliveryStats // all but Name, Waiting and Refused
}

// deliveryStats counts since the delivery was made.
type deliveryStats struct {
	Name      string
	Waiting   int    // items that are not stored yet
	Refused   uint64 // items dropped because too many waited
	Delivered uint64 // items stored, or refused by the destination for good
	Failures  uint64 // batches of which not all was stored; the rest was or will be tried again
}

// leftError is what a send returns that has tried each of a batch: the destination answers, and doesn't take
// some of it for now.
type leftError struct {
	left []int // indices in the batch; at least one
	error
}

func newDelivery[T any](name string, maxKeys, maxBatch int, send func(context.Context, []T) error,
	seed *rand.Rand, logger *slog.Logger) *delivery[T] {
	drained := make(chan struct{})
	close(drained)
	return &delivery[T]{
		name: name, maxBatch: maxBatch, send: send, logger: logger.With("destination", name),
		rand: rand.New(rand.NewPCG(seed.Uint64(), seed.Uint64())),
		wake: make(chan struct{}, 1), box: newOutbox[T](maxKeys), drained: drained,
	}
}

// put offers item to the destination and returns at once.
func (d *delivery[T]) put(key string, item T) {
	d.mu.Lock()
	empty := d.box.Len() == 0
	ok := d.box.Put(key, item)
	if ok && empty {
		d.drained = make(chan struct{})
	}
	d.mu.Unlock()
	if !ok {
		d.logger.Error("outbox full: item dropped", "key", key, "max", d.box.maxKeys)
		return
	}
	select {
	case d.wake <- struct{}{}:
	default: // a token is there already
	}
}

// wait returns when everything put so far, and since, is stored, or with ctx's error.
func (d *delivery[T]) wait(ctx context.Context) error {
	d.mu.Lock()
	drained := d.drained
	d.mu.Unlock()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run delivers until ctx is done.
func (d *delivery[T]) run(ctx context.Context) {
	failures := 0
	for {
		batch := d.take()
		if len(batch) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-d.wake:
			}
			continue
		}
		items := make([]T, len(batch))
		for i, p := range batch {
			items[i] = p.item
		}
		err := d.send(ctx, items)
		if ctx.Err() != nil {
			return
		}
		stored := d.settle(batch, err)
		if err == nil {
			if failures > 0 {
				d.logger.Info("destination back", "failures", failures)
			}
			failures = 0
			continue
		}
		if failures++; failures == 1 { // once an outage, or a day's outage fills the log
			d.logger.Warn("destination failed, items wait", "err", err)
		}
		if stored > 0 {
			continue // it takes what else waits, perhaps
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff(failures, d.rand)):
		}
	}
}

func (d *delivery[T]) take() []parcel[T] {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.box.Take(d.maxBatch)
}

// settle notes what a send of batch came to, and returns how many of it are stored. What the destination
// doesn't take for now waits behind the rest, which it must not hold up; where all failed, nothing moves.
func (d *delivery[T]) settle(batch []parcel[T], err error) (stored int) {
	var done, left []parcel[T]
	var some leftError
	switch {
	case err == nil:
		done = batch
	case errors.As(err, &some):
		for i, p := range batch {
			if slices.Contains(some.left, i) {
				left = append(left, p)
			} else {
				done = append(done, p)
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.box.Done(done)
	d.box.Postpone(left)
	d.counts.Delivered += uint64(len(done))
	if err != nil {
		d.counts.Failures++
	}
	if d.box.Len() == 0 {
		close(d.drained)
	}
	return len(done)
}

func (d *delivery[T]) stats() deliveryStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.counts
	s.Name, s.Waiting, s.Refused = d.name, d.box.Len(), d.box.refused
	return s
}

// backoff is how long to wait after so many failures in a row, from 1: uniform in (0, limit], where
// limit doubles from minBackoff to maxBackoff.
func backoff(failures int, r *rand.Rand) time.Duration {
	limit := maxBackoff
	if failures <= 9 { // 1 s << 9 is above 5 min
		limit = min(maxBackoff, minBackoff<<(failures-1))
	}
	return time.Duration(1 + r.Int64N(int64(limit)))
}

// about is an interval that differs from every by up to a tenth, so that hosts started together do not
// stay in step.
func about(every time.Duration, r *rand.Rand) time.Duration {
	return every - every/10 + time.Duration(r.Int64N(int64(every/5)))
}
