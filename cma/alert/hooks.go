package alert

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery/process"
)

const (
	// maxHooks bounds the directory; with maxAtOnce it bounds the processes.
	maxHooks = 16
	// readAtOnce is how many events are taken from the journal at a time.
	readAtOnce = 256

	defaultLimit = 30 * time.Second
	defaultGrace = 5 * time.Second
	defaultRetry = 5 * time.Second
)

// Config is what Hooks are made of.
type Config struct {
	Dir    string // the notification.d directory; empty or not there: there are no hooks
	Events Events
	Logger *slog.Logger

	Limit time.Duration // of one run; 0 is 30 s
	Grace time.Duration // from SIGTERM to SIGKILL; 0 is 5 s
	Retry time.Duration // before the second try, four times as long before the third; 0 is 5 s
}

// Events is where events come from and go back to. What a call returns is durable.
type Events struct {
	// Waiting returns alerts whose hooks are still to run, in the order of their turns, at most limit of
	// those after one.
	Waiting func(after uint64, limit int) ([]Alert, error)
	// Note keeps what became of a hook that will not run again for the event.
	Note func(event uint64, outcome api.HookOutcome) error
	// End notes that no hook will run any more for the event.
	End func(event uint64) error
}

// Alert is an event for which hooks are to run.
type Alert struct {
	Turn  uint64 // in the order in which it was settled that hooks run; not all are told at once
	Event api.EventRecord
}

// Hooks runs the hooks of a directory.
type Hooks struct {
	Config
	wake   chan struct{} // holds a token while there may be new events
	ended  chan ending
	queue  *queue
	events map[uint64]api.EventRecord // those in the queue
	newest uint64                     // turn of the last that was queued
	passed map[string]bool            // warnings given, each for as long as it holds

	well, failed atomic.Uint64
}

// ending is the end of an attempt.
type ending struct {
	attempt
	outcome api.HookOutcome
}

// New returns Hooks that run nothing before Run. It fails if the directory is there and can't be read.
func New(c Config) (*Hooks, error) {
	c.Limit, c.Grace, c.Retry = cmp.Or(c.Limit, defaultLimit), cmp.Or(c.Grace, defaultGrace), cmp.Or(c.Retry, defaultRetry)
	if c.Dir != "" {
		var err error
		if c.Dir, err = filepath.Abs(c.Dir); err != nil { // hooks run in /
			return nil, err
		}
	}
	h := &Hooks{
		Config: c, wake: make(chan struct{}, 1), ended: make(chan ending),
		queue: newQueue(c.Retry), events: map[uint64]api.EventRecord{}, passed: map[string]bool{},
	}
	_, err := h.list()
	return h, err
}

// Wake tells that there may be new events.
func (h *Hooks) Wake() {
	select {
	case h.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Runs returns how many runs of hooks ended well, and how many hooks failed for good, since New.
func (h *Hooks) Runs() (well, failed uint64) { return h.well.Load(), h.failed.Load() }

// Run runs hooks for the events that wait and those that come, until ctx is done, which is no error, or
// what became of one can't be noted. Hooks that run then are ended, and run again in the next Run.
func (h *Hooks) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := h.take(); err != nil {
		return err
	}
	for ctx.Err() == nil {
		now := time.Now()
		for _, a := range h.queue.start(now) {
			told := newMessage(h.events[a.event])
			running.Go(func() {
				select {
				case h.ended <- ending{a, h.try(ctx, a, told)}:
				case <-ctx.Done():
				}
			})
		}
		if err := h.await(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// await takes the next thing that happens after what was started at a time.
func (h *Hooks) await(ctx context.Context, started time.Time) error {
	var due <-chan time.Time
	if at, ok := h.queue.next(started); ok {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-h.wake:
		return h.take()
	case e := <-h.ended:
		return h.settle(e)
	}
	return nil
}

// take queues the new events that wait. With a directory that can't be read they go on waiting.
func (h *Hooks) take() error {
	for {
		alerts, err := h.Events.Waiting(h.newest, readAtOnce)
		if err != nil || len(alerts) == 0 {
			return err
		}
		hooks, err := h.list()
		if err != nil {
			h.Logger.Error("hooks not known, events wait", "err", err)
			return nil
		}
		for _, a := range alerts {
			h.newest = a.Turn
			if err := h.add(a.Event, hooks); err != nil {
				return err
			}
		}
	}
}

// add queues the hooks that have not settled with an event.
func (h *Hooks) add(r api.EventRecord, hooks []string) error {
	left := slices.DeleteFunc(slices.Clone(hooks), func(hook string) bool {
		return slices.ContainsFunc(r.Hooks, func(o api.HookOutcome) bool { return o.Name == hook })
	})
	if len(left) == 0 {
		return h.Events.End(r.Number)
	}
	h.events[r.Number] = r
	h.queue.add(r.Number, subject(r), left)
	return nil
}

// settle takes the end of an attempt.
func (h *Hooks) settle(e ending) error {
	well := e.outcome.Error == ""
	settled, last := h.queue.ended(e.attempt, well, time.Now())
	if !settled {
		return nil
	}
	if well {
		h.well.Add(1)
	} else {
		h.failed.Add(1)
		h.Logger.Warn("hook failed", "hook", e.hook, "event", h.events[e.event].ID, "err", e.outcome.Error,
			"tries", e.outcome.Tries, "output", e.outcome.Output)
	}
	if err := h.Events.Note(e.event, e.outcome); err != nil || !last {
		return err
	}
	delete(h.events, e.event)
	return h.Events.End(e.event)
}

// list returns the names of the hooks. What is passed over is warned of once, for as long as it is so.
func (h *Hooks) list() ([]string, error) {
	if h.Dir == "" {
		return nil, nil
	}
	passed := map[string]bool{}
	passOver := func(path string, err error) {
		key := path + ": " + err.Error()
		if passed[key] = true; !h.passed[key] {
			h.Logger.Warn("hook passed over", "hook", path, "err", err)
		}
	}
	paths, err := process.Executables(h.Dir, passOver)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, path := range paths {
		if len(names) == maxHooks {
			passOver(path, fmt.Errorf("there are %d hooks before it, at most so many run", maxHooks))
			continue
		}
		names = append(names, filepath.Base(path))
	}
	h.passed = passed
	return names, nil
}
