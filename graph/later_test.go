package graph_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/graph/graphtest"
)

func openEmbedded(path string) func(context.Context) (graph.Store, error) {
	return func(context.Context) (graph.Store, error) {
		return embedded.Open(path, slog.New(slog.DiscardHandler))
	}
}

// TestLaterIsAStore: opened at its first use it passes the suite of every Store.
func TestLaterIsAStore(t *testing.T) {
	dirs := map[string]string{} // the suite closes a store and opens it again
	graphtest.Run(t, func(t *testing.T) graph.Store {
		if dirs[t.Name()] == "" {
			dirs[t.Name()] = t.TempDir()
		}
		return graph.NewLater(nil, openEmbedded(filepath.Join(dirs[t.Name()], "graph.db")), nil)
	})
}

// TestLaterOpensWhenItCan: away at first, open then, lost and open again, closed at last.
func TestLaterOpensWhenItCan(t *testing.T) {
	away, gone := errors.New("away"), errors.New("gone")
	path := filepath.Join(t.TempDir(), "graph.db")
	openErr := away
	opened := 0
	l := graph.NewLater(nil, func(ctx context.Context) (graph.Store, error) {
		if openErr != nil {
			return nil, openErr
		}
		opened++
		s, err := openEmbedded(path)(ctx)
		return &failing{Store: s, err: &gone}, err
	}, func(err error) bool { return errors.Is(err, gone) })

	query := func() error {
		_, err := l.Query(t.Context(), "RETURN 1", nil)
		return err
	}
	if err := query(); !errors.Is(err, graph.ErrUnavailable) || !errors.Is(err, away) || l.ID() != "" {
		t.Errorf("away: %v, id %q", err, l.ID())
	}
	openErr = nil
	if err := query(); !errors.Is(err, gone) { // its store fails until told otherwise
		t.Errorf("lost: %v", err)
	}
	if l.ID() != "" {
		t.Error("a lost store is still open")
	}
	was := gone
	gone = nil
	if err := query(); err != nil || opened != 2 || l.ID() == "" {
		t.Errorf("open again: %v, opened %d times, id %q; want twice", err, opened, l.ID())
	}
	if err := query(); err != nil || opened != 2 {
		t.Errorf("still open: %v, opened %d times", err, opened)
	}
	gone = was
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := query(); !errors.Is(err, graph.ErrUnavailable) || opened != 2 {
		t.Errorf("closed: %v, opened %d times", err, opened)
	}
}

// failing is a store whose queries fail while *err is set.
type failing struct {
	graph.Store
	err *error
}

func (f *failing) Query(ctx context.Context, text string, params map[string]any) (*cypher.Result, error) {
	if *f.err != nil {
		return nil, *f.err
	}
	return f.Store.Query(ctx, text, params)
}
