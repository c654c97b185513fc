package graph

import (
	"context"
	"errors"

	"github.com/assim-mesh/assim/graph/cypher"
)

// ErrRefused is what is wrong with a batch that fails by what it asserts, and would fail again: who applies
// its documents one by one finds which.
var ErrRefused = errors.New("refused facts")

// Store holds the fleet's graph. package graphtest has the suite that every Store passes.
type Store interface {
	// Apply asserts each Facts in place of what its document asserted before, all or nothing, and is
	// durable when it returns. Facts older than what the store holds of the same document, or than
	// others before them in the batch, are passed over; those of the same version are applied, since a
	// derivation can change while its document does not. Facts that are not valid, or that this store can't
	// hold, refuse the batch with ErrRefused.
	Apply(ctx context.Context, batch []Facts) (Applied, error)
	// Query runs a read-only query under the store's budget. Errors in the query are *cypher.Error.
	Query(ctx context.Context, text string, params map[string]any) (*cypher.Result, error)
	// ID is made with the store and changes only when it is made anew, empty: whoever fed it must
	// then feed it again.
	ID() string
	// Close waits for what is running and frees the store.
	Close() error
}

// Applied says what a batch changed.
type Applied struct {
	Stale                    int // Facts passed over because newer ones were there
	NodesAdded, NodesRemoved int
	NodesChanged             int
	RelsAdded, RelsRemoved   int // resolved relationships included
	RelsChanged              int
	Moves                    []Move // of addresses of which the batch says something else, see Exclusive
}
