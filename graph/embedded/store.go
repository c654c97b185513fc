package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

var (
	// ErrDamaged says that a store's file was cut short or altered.
	ErrDamaged = boltfile.ErrDamaged
	// ErrFormat says that a file is no store's, or of another version.
	ErrFormat = boltfile.ErrFormat
	// ErrLocked says that a store is open already, here or in another process.
	ErrLocked = boltfile.ErrLocked
	// ErrClosed says that a store is used after Close.
	ErrClosed = errors.New("the graph is closed")
)

// Store is a graph.Store. It is safe for concurrent use: one batch is applied at a time, and queries
// run beside each other and beside the writing of the file.
type Store struct {
	path      string
	db        *bbolt.DB
	id        string
	logger    *slog.Logger
	now       func() time.Time
	timeLimit time.Duration
	budget    cypher.Budget

	writing sync.Mutex   // held by Apply; taken before reading
	head    head         // of the file that memory mirrors; under writing
	reading sync.RWMutex // queries hold it shared
	memory  *memory      // under reading; whoever holds writing may read it without
	closed  bool         // under both
}

var _ graph.Store = (*Store)(nil)

// Option changes a default of Open.
type Option func(*Store)

// WithClock sets what says when a dependency was first seen, instead of time.Now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.now = now } }

// WithTimeLimit sets how long a query may run, and a batch thus wait for it, instead of 10 s.
func WithTimeLimit(d time.Duration) Option { return func(s *Store) { s.timeLimit = d } }

// WithBudget sets the steps and rows of a query, instead of the defaults of cypher.Budget.
func WithBudget(b cypher.Budget) Option { return func(s *Store) { s.budget = b } }

// Open opens the store in the file at path, which is made if there is none; its directory must be
// there. The file is verified and read whole, about 1 s for 200,000 facts. Errors name the file and
// wrap ErrLocked, ErrFormat, ErrDamaged or what the system said; a file that is refused stays as it is.
func Open(path string, logger *slog.Logger, options ...Option) (*Store, error) {
	s := &Store{path: path, logger: logger, now: time.Now, timeLimit: 10 * time.Second}
	for _, o := range options {
		o(s)
	}
	start := time.Now()
	db, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	err = boltfile.Contain(func() error {
		return db.View(func(tx *bbolt.Tx) (err error) {
			s.memory, s.head, err = load(tx)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("graph: %s: %w", path, errors.Join(err, db.Close()))
	}
	s.db, s.id = db, s.head.ID
	logger.Debug("graph opened", "path", path, "documents", s.head.Sources.Records, "took", time.Since(start))
	return s, nil
}

// ID implements graph.Store.
func (s *Store) ID() string { return s.id }

// Apply implements graph.Store. A batch that changes nothing does not touch the file. Once it has
// begun to write, it does not stop for ctx.
func (s *Store) Apply(ctx context.Context, batch []graph.Facts) (graph.Applied, error) {
	for _, f := range batch {
		if err := f.Validate(); err != nil {
			return graph.Applied{}, err
		}
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed {
		return graph.Applied{}, ErrClosed
	}
	var p plan
	err := boltfile.Contain(func() (err error) {
		p, err = s.commit(ctx, batch)
		return err
	})
	if err != nil {
		return graph.Applied{}, fmt.Errorf("graph: %s: %w", s.path, err)
	}
	if p.empty() {
		return graph.Applied{Stale: p.stale}, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	return s.memory.install(p), nil
}

// commit plans a batch and makes the plan durable.
func (s *Store) commit(ctx context.Context, batch []graph.Facts) (plan, error) {
	tx, err := s.db.Begin(true)
	if err != nil {
		return plan{}, err
	}
	defer tx.Rollback() // nothing after Commit
	h, err := readHead(tx)
	if err != nil {
		return plan{}, err
	}
	if h != s.head {
		// The disk failed in the middle of a commit, and what it has is not what memory has.
		return plan{}, errors.New("an earlier write failed half-way: the store must be opened anew")
	}
	stored := func(d document) (graph.Facts, error) { return storedFacts(tx, d) }
	p, err := newPlan(s.memory, batch, h.Clock, stored, s.now())
	if err != nil || p.empty() {
		return p, err
	}
	if h, err = p.write(tx, h); err != nil {
		return plan{}, err
	}
	if err := ctx.Err(); err != nil {
		return plan{}, err
	}
	if err := tx.Commit(); err != nil {
		return plan{}, err
	}
	s.head = h
	return p, nil
}

// Query implements graph.Store. A batch waits for it no longer than the time limit.
func (s *Store) Query(ctx context.Context, text string, params map[string]any) (*cypher.Result, error) {
	q, err := cypher.Parse(text)
	if err != nil {
		return nil, err
	}
	s.reading.RLock()
	defer s.reading.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeLimit)
	defer cancel()
	return q.Run(ctx, view{s.memory}, params, s.budget)
}

// Close implements graph.Store. A second call does nothing.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.db.Close()
}
