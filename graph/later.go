package graph

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/assim-mesh/assim/graph/cypher"
)

// ErrUnavailable is returned by a Later whose store can't be opened for now.
var ErrUnavailable = errors.New("the graph is not available")

// Later is a Store behind which another is opened when that can be done, and again when it has been
// lost: its server may be away when the CMA starts. Until then Apply and Query return ErrUnavailable
// with the reason, and ID is empty.
type Later struct {
	open func(context.Context) (Store, error)
	lost func(error) bool

	opening chan struct{} // holds a token while somebody opens

	mu     sync.RWMutex // held for reading while store is used
	store  Store        // nil: not open
	closed bool
	reason error // why it is not open
}

// NewLater returns a Later that has store, which may be nil, and opens another by open. lost says of an
// error of the store that it is of no use any more and another must be opened; nil is never.
func NewLater(store Store, open func(context.Context) (Store, error), lost func(error) bool) *Later {
	if lost == nil {
		lost = func(error) bool { return false }
	}
	return &Later{open: open, lost: lost, opening: make(chan struct{}, 1), store: store, reason: errors.New("not opened yet")}
}

// Apply is Store's. It opens the store if need be.
func (l *Later) Apply(ctx context.Context, batch []Facts) (Applied, error) {
	var applied Applied
	err := l.with(ctx, func(s Store) (err error) {
		applied, err = s.Apply(ctx, batch)
		return err
	})
	return applied, err
}

// Query is Store's. It opens the store if need be.
func (l *Later) Query(ctx context.Context, text string, params map[string]any) (*cypher.Result, error) {
	var result *cypher.Result
	err := l.with(ctx, func(s Store) (err error) {
		result, err = s.Query(ctx, text, params)
		return err
	})
	return result, err
}

// ID is that of the store that is open, or empty.
func (l *Later) ID() string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.store == nil {
		return ""
	}
	return l.store.ID()
}

// Close closes the store that is open; no other is opened then.
func (l *Later) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.reason = true, errors.New("closed")
	return l.drop()
}

// with calls use with the store. One that it finds lost is closed.
func (l *Later) with(ctx context.Context, use func(Store) error) error {
	l.mu.RLock()
	if l.store == nil {
		l.mu.RUnlock()
		if err := l.tryOpen(ctx); err != nil {
			return err
		}
		l.mu.RLock()
	}
	s := l.store
	if s == nil { // closed, or lost again, meanwhile
		defer l.mu.RUnlock()
		return fmt.Errorf("%w: %w", ErrUnavailable, l.reason)
	}
	err := use(s)
	l.mu.RUnlock()
	if err == nil || !l.lost(err) {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.store == s {
		l.reason = err
		return errors.Join(err, l.drop())
	}
	return err
}

// tryOpen opens the store. Who comes while another opens it does not wait: opening can take long.
func (l *Later) tryOpen(ctx context.Context) error {
	select {
	case l.opening <- struct{}{}:
		defer func() { <-l.opening }()
	default:
		l.mu.RLock()
		defer l.mu.RUnlock()
		return fmt.Errorf("%w: %w", ErrUnavailable, l.reason)
	}
	l.mu.RLock()
	done := l.store != nil || l.closed
	l.mu.RUnlock()
	if done {
		return nil
	}
	s, err := l.open(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.reason = err
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if l.closed {
		return s.Close()
	}
	l.store = s
	return nil
}

// drop closes the store that is open, if any.
func (l *Later) drop() error {
	s := l.store
	l.store = nil
	if s == nil {
		return nil
	}
	return s.Close()
}
