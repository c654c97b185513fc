package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
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

// GCPercent is what a process whose memory is mostly a store's should give to debug.SetGCPercent: what
// has become garbage may be a fifth of what is in use, 110 MB at a million nodes. With Go's 100 % it may
// be as much again. A collection marks the store in 0.1 s, beside queries and batches.
const GCPercent = 20

// Store is a graph.Store. It is safe for concurrent use: one batch is applied at a time, and queries
// run beside each other and beside it, each on the graph as it was when it began.
type Store struct {
	path   string
	db     *bbolt.DB
	id     string
	logger *slog.Logger
	now    func() time.Time
	limits graph.Limits

	writing sync.Mutex // held by Apply; taken before reading
	head    head       // of the file that memory mirrors; under writing
	memory  *memory    // under writing; nil after a write that failed: it is read from the file again

	image   atomic.Pointer[image] // what queries see
	reading sync.RWMutex          // queries hold it shared, so that Close can wait for them
	closed  bool                  // under both
}

var _ graph.Store = (*Store)(nil)

// Option changes a default of Open.
type Option func(*Store)

// WithClock sets what says when a dependency was first seen, instead of time.Now.
func WithClock(now func() time.Time) Option { return func(s *Store) { s.now = now } }

// WithLimits sets what a query may take, instead of the defaults. Their Time is how long Close may have to
// wait for one.
func WithLimits(l graph.Limits) Option { return func(s *Store) { s.limits = l } }

// Open opens the store in the file at path, which is made if there is none; its directory must be
// there. The file is verified and read whole, some 4 s for a million nodes and five million relationships.
// Errors name the file and wrap ErrLocked, ErrFormat, ErrDamaged or what the system said; a file that is
// refused stays as it is.
func Open(path string, logger *slog.Logger, options ...Option) (*Store, error) {
	s := &Store{path: path, logger: logger, now: time.Now}
	for _, o := range options {
		o(s)
	}
	if err := s.limits.Validate(); err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	s.limits = s.limits.WithDefaults()
	start := time.Now()
	db, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	s.db = db
	if err := boltfile.Contain(func() error { return db.View(s.load) }); err != nil {
		return nil, fmt.Errorf("graph: %s: %w", path, errors.Join(err, db.Close()))
	}
	s.id = s.head.ID
	logger.Debug("graph opened", "path", path, "documents", s.head.Sources.Records, "took", time.Since(start))
	return s, nil
}

// load makes memory what the file says.
func (s *Store) load(tx *bbolt.Tx) (err error) {
	if s.memory, s.head, err = load(tx); err == nil {
		s.image.Store(s.memory.publish())
	}
	return err
}

// ID implements graph.Store.
func (s *Store) ID() string { return s.id }

// Query implements graph.Store. It neither waits for a batch nor makes one wait.
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
	ctx, cancel := context.WithTimeout(ctx, s.limits.Time)
	defer cancel()
	return q.Run(ctx, view{s.image.Load()}, params, s.limits.Budget())
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
