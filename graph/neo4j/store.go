package neo4j

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

const (
	// batchTime bounds one try of a batch, on both sides: a process that stalls in the middle loses the
	// lock, and the server rolls back.
	batchTime = 2 * time.Minute
	// closeTime bounds what is left to say to a server that may be gone.
	closeTime = 5 * time.Second
	// The wait between two tries doubles from minWait to maxWait.
	minWait = 100 * time.Millisecond
	maxWait = 2 * time.Second
)

// Store is a graph.Store on a Neo4j server. It is safe for concurrent use, and several may share a
// database. A query sees a batch whole or not at all if the same Store applies it; of what another
// Store is just committing it may see a part, since Neo4j promises no more.
type Store struct {
	cfg    Config
	addr   string
	driver neo4j.DriverWithContext
	codec  codec
	id     string

	writing    sync.Mutex      // held by Apply; taken before reading
	indexed    map[string]bool // labels whose keys have an index; under writing
	repertoire repertoire      // under writing
	reading    sync.RWMutex    // queries hold it shared, commits alone
	closed     bool            // under both
}

var _ graph.Store = (*Store)(nil)

// ID implements graph.Store.
func (s *Store) ID() string { return s.id }

// Apply implements graph.Store. What fails for the moment, a server that restarts included, is tried
// again for Config.RetryTime. When a commit's answer is lost the batch is applied anew and Applied then
// says what that changed: nothing, if the first had come through.
func (s *Store) Apply(ctx context.Context, facts []graph.Facts) (graph.Applied, error) {
	for _, f := range facts {
		if err := f.Validate(); err != nil {
			return graph.Applied{}, err
		}
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed {
		return graph.Applied{}, ErrClosed
	}
	giveUp := time.Now().Add(s.cfg.RetryTime)
	for wait := minWait; ; wait = min(2*wait, maxWait) {
		done, err := s.try(ctx, facts)
		if err == nil {
			return done, nil
		}
		if !neo4j.IsRetryable(err) || ctx.Err() != nil || time.Now().Add(wait).After(giveUp) {
			return graph.Applied{}, s.fail(ctx, ofFacts(err))
		}
		s.cfg.Logger.Debug("batch is tried again", "server", s.addr, "err", err)
		select {
		case <-ctx.Done():
			return graph.Applied{}, s.fail(ctx, ctx.Err())
		case <-time.After(wait):
		}
	}
}

// try applies a batch once.
func (s *Store) try(ctx context.Context, facts []graph.Facts) (done graph.Applied, err error) {
	ctx, cancel := context.WithTimeout(ctx, batchTime)
	defer cancel()
	session := s.driver.NewSession(ctx, neo4j.SessionConfig{DatabaseName: s.cfg.Database})
	defer s.closing(ctx, session.Close)
	if err := s.index(ctx, session, facts); err != nil {
		return graph.Applied{}, err
	}
	tx, err := session.BeginTransaction(ctx, neo4j.WithTxTimeout(batchTime))
	if err != nil {
		return graph.Applied{}, err
	}
	defer s.closing(ctx, tx.Close) // rolls back what was not committed
	b := batch{tx: tx, id: s.id, codec: s.codec, now: s.cfg.Now(), repertoire: s.repertoire}
	if done, err = b.apply(ctx, facts); err != nil {
		return graph.Applied{}, err
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	return done, tx.Commit(ctx)
}

// closing gives back what belongs to the server, also when ctx has ended. What goes wrong with that has
// gone wrong before and been said.
func (s *Store) closing(ctx context.Context, end func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTime)
	defer cancel()
	if err := end(ctx); err != nil {
		s.cfg.Logger.Debug("leaving the graph", "server", s.addr, "err", err)
	}
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
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return s.driver.Close(ctx)
}

// fail says which server an error comes from.
func (s *Store) fail(ctx context.Context, err error) error {
	return fmt.Errorf("neo4j at %s: %w", s.addr, explain(ctx, err))
}
