package neo4j

import (
	"fmt"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// A server that is killed in the middle of batches and comes back loses nothing that was acknowledged,
// and Apply rides over it. One that comes back for reading only is told from one that is away.
func TestServerKilled(t *testing.T) {
	s := openEmpty(t)
	const batches = 60
	started, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := range batches {
			if i == batches/4 {
				close(started)
			}
			if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, fmt.Sprint("h", i), 1, fmt.Sprintf("(h%d:Host)-[:HAS]->(ssl:Package)", i))}); err != nil {
				done <- fmt.Errorf("batch %d: %w", i, err)
				return
			}
		}
		done <- nil
	}()
	<-started
	if err := server(t).Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server(t).Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := one(t, s, "MATCH (:Host)-[r:HAS]->(:Package) RETURN count(r)"); got != int64(batches) {
		t.Errorf("%d relationships after the restart, want %d", got, batches)
	}

	restart(t, "server.databases.default_to_read_only=true")
	defer restart(t)
	_, err := Open(t.Context(), config(t))
	checkError(t, err, ErrRights, s.addr, "read-only")
	_, err = s.Apply(t.Context(), []graph.Facts{facts(t, "more", 1, "(more:Host)")})
	checkError(t, err, ErrRights, s.addr, "read-only")
	if got := one(t, s, "MATCH (:Host)-[r:HAS]->(:Package) RETURN count(r)"); got != int64(batches) {
		t.Errorf("%d relationships read, want %d", got, batches)
	}
}

// restart ends the server and starts it with other settings.
func restart(t *testing.T, settings ...string) {
	t.Helper()
	if err := server(t).Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server(t).Restart(t.Context(), settings...); err != nil {
		t.Fatal(err)
	}
}
