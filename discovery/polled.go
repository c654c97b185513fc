package discovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"
)

const (
	defaultTimeout = 30 * time.Second
	// returnGrace is how long a Discover may take to return once its ctx is done. An agent made by
	// Script needs killGrace.
	returnGrace = 5 * time.Second
	jitter      = 0.1 // of an interval, either way: a fleet that was started at once drifts apart
)

// ErrStuck is what an agent fails with whose Discover does not return when its time is up. It is not
// started again before it does.
var ErrStuck = errors.New("agent does not return")

// emitted is what tells a document from its successor.
type emitted struct{ instance, hash string }

// polled is an agent and what became of it.
type polled struct {
	agent  Agent
	rand   *rand.Rand
	logger *slog.Logger
	last   emitted      // guarded by Poller.emitting
	stuck  chan outcome // of a Discover that was given up; nil if there is none

	mu    sync.Mutex
	stats AgentStats
}

// outcome is what came of one Discover.
type outcome struct {
	env Envelope
	err error
}

// discover runs the agent within its time limit. A Discover that outlasts it by returnGrace is left
// behind, since Go can't stop it.
func (a *polled) discover(ctx context.Context, host Host) (Envelope, error) {
	limit := cmp.Or(a.agent.Timeout, defaultTimeout)
	stuck := fmt.Errorf("%w in its %v", ErrStuck, limit)
	if a.stuck != nil {
		select {
		case <-a.stuck: // came back, too late
			a.stuck = nil
		default:
			return Envelope{}, stuck
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		env, err := discoverContained(ctx, a.agent, host)
		done <- outcome{env, err}
	}()
	select {
	case o := <-done:
		return o.env, o.err
	case <-ctx.Done():
	}
	grace := time.NewTimer(returnGrace)
	defer grace.Stop()
	select {
	case o := <-done:
		return o.env, o.err
	case <-grace.C:
		a.stuck = done
		return Envelope{}, stuck
	}
}

// discoverContained turns a panic into an error.
func discoverContained(ctx context.Context, agent Agent, host Host) (env Envelope, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	result, err := agent.Discover(ctx, host)
	if err != nil {
		return Envelope{}, err
	}
	return envelop(agent, result)
}

// panicError keeps the stack apart: it differs from one panic to the next.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// pause waits for the agent's next turn and reports whether there is one.
func (a *polled) pause(ctx context.Context) bool {
	t := time.NewTimer(time.Duration(float64(a.agent.Every) * (1 - jitter + 2*jitter*a.rand.Float64())))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
