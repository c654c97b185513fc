package embedded

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// opener returns what opens the store of a test, in a directory of the test that called opener.
func opener(t *testing.T) func(*testing.T) graph.Store {
	dir := t.TempDir()
	return func(t *testing.T) graph.Store {
		t.Helper()
		name := strings.ReplaceAll(t.Name(), "/", "_") + ".db"
		return open(t, filepath.Join(dir, name))
	}
}

func open(t testing.TB, path string, options ...Option) *Store {
	t.Helper()
	s, err := Open(path, slog.New(slog.DiscardHandler), options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) { graphtest.Run(t, opener(t)) }

func TestQueries(t *testing.T) { graphtest.RunScripts(t, os.DirFS("../testdata"), opener(t)) }

func TestUnchangedIsNotWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s := open(t, path)
	defer s.Close()
	fillStore(t, s)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if done := applyText(t, s, "h5", 1, "(x:Host)"); done.NodesAdded != 1 {
		t.Fatalf("a change was not applied: %+v", done)
	}
	changed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before, changed) {
		t.Fatal("a change was not written")
	}
	applyText(t, s, "h5", 1, "(x:Host)")
	applyText(t, s, "h5", 1, "(x:Host)")
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, changed) {
		t.Errorf("what changes nothing was written: %v", err)
	}
}

// In another order, or with something taken out and put back, a document asserts what it did: it is
// written, with its version, but has not changed.
func TestOrderSaysNothing(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	const whole = "(a:Host {name: 'a'})<-[:RUNS_ON]-(b:Process {exe: 'b'}), (c:Process)-[:RUNS_ON {since: 1}]->(a), (d:Host)"
	applyText(t, s, "h", 1, whole)
	held := claimed(s.image.Load())
	for i, step := range []struct {
		text  string
		clock uint64
	}{
		{"(d:Host), (a:Host {name: 'a'})<-[:RUNS_ON {since: 1}]-(c:Process), (b:Process {exe: 'b'})-[:RUNS_ON]->(a)", 1},
		{"(b:Process {exe: 'b'})-[:RUNS_ON]->(a:Host {name: 'a'}), (d:Host)", 2},
		{whole, 3},
	} {
		applyText(t, s, "h", uint64(2+i), step.text)
		if s.head.Clock != step.clock {
			t.Errorf("after %s the clock says %d, want %d", step.text, s.head.Clock, step.clock)
		}
	}
	if got := claimed(s.image.Load()); got != held {
		t.Errorf("the graph is\n%s\nwant\n%s", got, held)
	}
}

func TestOptions(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.FixedZone("", 3600))
	s := open(t, filepath.Join(t.TempDir(), "graph.db"),
		WithClock(func() time.Time { return at }), WithLimits(graph.Limits{Time: 20 * time.Millisecond, Rows: 2}))
	defer s.Close()
	applyText(t, s, "h", 1, "(c:Process)-[:CONNECTS_TO]->(e:Endpoint)-[:PROVIDED_BY]->(s:Process)")
	res, err := s.Query(t.Context(), "MATCH ()-[d:DEPENDS_ON]->() RETURN d.since_ms, d.since", nil)
	if err != nil || res.Rows[0][0] != at.UnixMilli() || res.Rows[0][1] != "2026-01-02T02:04:05.678Z" {
		t.Errorf("since %+v, %v; want the clock's", res, err)
	}

	_, err = s.Query(t.Context(), "MATCH (n) RETURN n", nil)
	if limit := (*cypher.Error)(nil); !errors.As(err, &limit) || limit.Kind != cypher.LimitExceeded {
		t.Errorf("3 rows of 2: %v", err)
	}
	start := time.Now()
	_, err = s.Query(t.Context(), "UNWIND range(1, 4000) AS a UNWIND range(1, 4000) AS b WITH a + b AS c WHERE c < 0 RETURN count(*)", nil)
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("after %v: %v, want the time limit", took, err)
	}
}

// A query that takes its time keeps neither batches nor other queries waiting, and they do not change
// what it sees.
func TestNobodyWaits(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host {v: 1})")
	const text = "MATCH (n:Host) RETURN n.v"
	seen := make(chan any)
	slow := slowView{view{s.image.Load()}, make(chan struct{})}
	s.reading.RLock() // as Query does
	go func() {
		defer s.reading.RUnlock()
		q, err := cypher.Parse(text)
		if err != nil {
			seen <- err
			return
		}
		res, err := q.Run(context.Background(), slow, nil, cypher.Budget{})
		if err != nil {
			seen <- err
			return
		}
		seen <- res.Rows[0][0]
	}()
	applyText(t, s, "h", 2, "(a:Host {v: 2}), (b:Host)")
	res, err := s.Query(t.Context(), text+" ORDER BY n.v", nil)
	if err != nil || len(res.Rows) != 2 || res.Rows[0][0] != int64(2) {
		t.Errorf("a query beside a slow one: %+v, %v", res, err)
	}
	close(slow.begin)
	if got := <-seen; got != int64(1) {
		t.Errorf("the slow query saw %v, want 1", got)
	}
}

// slowView begins to answer when it is told to.
type slowView struct {
	view
	begin chan struct{}
}

func (v slowView) Nodes(label cypher.LabelID, cursor int, buf []cypher.NodeID) (n, next int) {
	<-v.begin
	return v.view.Nodes(label, cursor, buf)
}
