package sysopsapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
)

const (
	// workers import rows at the same time. Each holds a row twice: up to 20 MiB, as a rule a hundredth.
	workers = 4
	// maxPassed bounds Report.Passed.
	maxPassed = 100
)

// Report counts what became of the source's keys.
type Report struct {
	Total      int      // keys of the source, when the import began
	Keys       int      // that were looked at; the sum of the following, but for SCAN's repetitions
	Written    int      // rows that our cache had not, or other content
	Unchanged  int      // rows that it had
	Taken      int      // rows of hosts that write to our cache themselves
	Unfinished int      // keys of rows that were being written, or expired meanwhile
	Passed     []Passed // rows that were passed over, at most 100
	PassedN    int      // how many those were in all
}

// Passed is a row that was passed over.
type Passed struct {
	Key string
	Err error // wraps ErrDamaged, ErrTooLarge or cache.ErrInvalid, or says that the key is none of a row
}

func (p Passed) Error() string { return fmt.Sprintf("%q: %v", p.Key, p.Err) }

// Import copies every row of from to each of the servers to, which are those of one site. It calls
// progress, which may be nil, after each key. It ends with the first error of a server; the Report is
// good for what was done until then, and another Import goes on from there.
func Import(ctx context.Context, from Source, to []*cache.Client, progress func(Report)) (Report, error) {
	src := open(from)
	defer src.close()
	var r Report
	var err error
	if r.Total, err = src.size(ctx); err != nil {
		return r, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	keys, outcomes := make(chan string), make(chan outcome)
	var running sync.WaitGroup
	running.Go(func() {
		defer close(keys)
		err := src.keys(ctx, func(key string) error {
			select {
			case keys <- key:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		if err != nil {
			cancel(err)
		}
	})
	for range workers {
		running.Go(func() {
			for key := range keys {
				outcomes <- importKey(ctx, src, to, key)
			}
		})
	}
	go func() { running.Wait(); close(outcomes) }()
	for o := range outcomes {
		if o.failed != nil {
			cancel(o.failed)
			continue
		}
		o.count(&r)
		if progress != nil {
			progress(r)
		}
	}
	return r, context.Cause(ctx)
}

// outcome is what became of a key.
type outcome struct {
	key     string
	written bool
	passed  error // why the row was not imported
	failed  error // of a server
}

func (o outcome) count(r *Report) {
	r.Keys++
	switch {
	case o.passed == nil && o.written:
		r.Written++
	case o.passed == nil:
		r.Unchanged++
	case errors.Is(o.passed, cache.ErrHostTaken):
		r.Taken++
	case errors.Is(o.passed, errUnfinished), errors.Is(o.passed, errGone):
		r.Unfinished++
	default:
		r.PassedN++
		if len(r.Passed) < maxPassed {
			r.Passed = append(r.Passed, Passed{o.key, o.passed})
		}
	}
}

// importKey imports the row under key.
func importKey(ctx context.Context, src *source, to []*cache.Client, key string) outcome {
	o := outcome{key: key}
	at, err := parseKey(key)
	if err != nil {
		o.passed = err
		return o
	}
	o.written, err = copyRow(ctx, src, to, key, at)
	switch {
	case err == nil:
	case errors.Is(err, ErrDamaged), errors.Is(err, ErrTooLarge), errors.Is(err, errGone),
		errors.Is(err, cache.ErrInvalid), errors.Is(err, cache.ErrHostTaken):
		o.passed = err
	default:
		o.failed = err
	}
	return o
}

func copyRow(ctx context.Context, src *source, to []*cache.Client, key string, at place) (written bool, err error) {
	row, silent, err := src.row(ctx, key)
	if err != nil {
		return false, err
	}
	s, err := decode(at, row)
	if err != nil {
		return false, err
	}
	return store(ctx, to, s, silent)
}

// store imports s into each server, or none further if one refuses it.
func store(ctx context.Context, to []*cache.Client, s cache.Snapshot, silent time.Duration) (written bool, err error) {
	for _, c := range to {
		w, err := c.Import(ctx, s, silent)
		if err != nil {
			return false, err
		}
		written = written || w
	}
	return written, nil
}
