package embedded

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// Apply implements graph.Store. A batch that changes nothing does not touch the file. Once it has
// begun to write, it does not stop for ctx.
func (s *Store) Apply(ctx context.Context, batch []graph.Facts) (graph.Applied, error) {
	if err := validate(batch); err != nil {
		return graph.Applied{}, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.closed {
		return graph.Applied{}, ErrClosed
	}
	var done graph.Applied
	err := boltfile.Contain(func() (err error) {
		done, err = s.commit(ctx, batch)
		return err
	})
	if err != nil {
		return graph.Applied{}, fmt.Errorf("graph: %s: %w", s.path, err)
	}
	return done, nil
}

// validate returns what is wrong with the first facts of a batch that are not valid.
func validate(batch []graph.Facts) error {
	return inParts(len(batch), func(from, to int) error {
		for _, f := range batch[from:to] {
			if err := f.Validate(); err != nil {
				return err
			}
		}
		return nil
	})
}

// commit plans a batch, makes it durable and shows it to queries, in this order:
//
//	plan      what the batch changes, while nothing does yet
//	install   the claims in memory and the records in the transaction
//	commit    bbolt writes pages that nothing in the file refers to, syncs, writes the meta page that refers
//	          to them, and syncs again
//	settle    beside commit: the elements in memory
//	publish   the image to queries, and what came of it to the caller
//
// A process that is killed leaves the file without the batch until the meta page is written whole, which its
// checksum tells, and with the batch from then on. Neither a query nor the caller learns of the batch before
// it is durable. When commit fails and the process lives on, nobody knows which of the two the file is, and
// memory is ahead of it: memory is dropped, and the next batch begins by reading the file. Until then queries
// see the image from before.
func (s *Store) commit(ctx context.Context, batch []graph.Facts) (graph.Applied, error) {
	tx, err := s.db.Begin(true)
	if err != nil {
		return graph.Applied{}, err
	}
	defer tx.Rollback() // nothing after Commit
	if err := s.mirror(tx); err != nil {
		return graph.Applied{}, err
	}
	m := s.memory
	p, err := newPlan(m, batch, s.now())
	if err == nil {
		err = ctx.Err()
	}
	if err != nil || p.empty() {
		return graph.Applied{Stale: p.stale}, err
	}
	s.memory = nil // until it is known that the file has what it is about to have
	o := m.install(p)
	if err := m.file.finish(); err != nil {
		return graph.Applied{}, err
	}
	h := m.file.head
	var done graph.Applied
	var next *image
	err = beside(tx.Commit, func() { done, next = m.settle(o), m.publish() })
	if err != nil {
		return graph.Applied{}, err
	}
	s.memory, s.head = m, h
	s.image.Store(next)
	done.Stale, done.Moves = p.stale, p.moves
	return done, nil
}

// mirror makes memory what the file says, if it is not already, and gives it the transaction to write in.
func (s *Store) mirror(tx *bbolt.Tx) error {
	h, err := readHead(tx)
	if err != nil {
		return err
	}
	if s.memory == nil || h != s.head { // a write failed, or half of it: what the disk has is the truth
		if err := s.load(tx); err != nil {
			return err
		}
	}
	s.memory.file = newLedger(tx, h)
	return nil
}

// beside runs commit, which waits for the disk, and meanwhile work. It waits for both even if work panics: a
// transaction must not be rolled back while it commits.
func beside(commit func() error, work func()) (err error) {
	ended := make(chan error, 1)
	go func() { ended <- boltfile.Contain(commit) }()
	defer func() { err = <-ended }()
	work()
	return nil
}
