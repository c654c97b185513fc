package neo4j

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

const password = "correct horse"

// shared is the one server of these tests, started by the first that needs it. A test that ends it
// starts it again.
var shared struct {
	once   sync.Once
	server *neo4jtest.Server
	home   string
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		shared.server.Stop()
	}
	os.RemoveAll(shared.home)
	os.Exit(code)
}

func server(t testing.TB) *neo4jtest.Server {
	t.Helper()
	lib := neo4jtest.Lib(t)
	shared.once.Do(func() {
		if shared.home, shared.err = os.MkdirTemp("", "neo4j"); shared.err != nil {
			return
		}
		shared.server, shared.err = neo4jtest.Start(context.Background(), neo4jtest.Config{
			Lib: lib, Home: filepath.Join(shared.home, "server"), Password: password,
		})
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

// config is of the shared server. It is patient: under the race detector, on a machine that does much else,
// 100,000 rows take longer than queries have by default.
func config(t testing.TB) Config {
	return Config{
		URI: server(t).URI(), Username: neo4jtest.User, Password: password, Logger: slog.New(slog.DiscardHandler),
		Limits: graph.Limits{Time: time.Minute},
	}
}

// open opens the store as it is.
func open(t testing.TB) *Store {
	t.Helper()
	s, err := Open(t.Context(), config(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// empty takes everything out of the database.
func empty(t testing.TB) {
	t.Helper()
	overwrite(t, "MATCH (n) DETACH DELETE n")
}

// overwrite does to the database what no Store would, and returns its records.
func overwrite(t testing.TB, text string) []*neo4j.Record {
	t.Helper()
	driver, err := neo4j.NewDriverWithContext(server(t).URI(), neo4j.BasicAuth(neo4jtest.User, password, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close(t.Context())
	res, err := neo4j.ExecuteQuery(t.Context(), driver, text, nil, neo4j.EagerResultTransformer)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return res.Records
}

// openEmpty opens a store with nothing in it, which is closed when the test ends.
func openEmpty(t testing.TB) *Store {
	t.Helper()
	empty(t)
	s := open(t)
	t.Cleanup(func() { s.Close() })
	return s
}

// facts is what version seq of a document of a host asserts, in the notation of graphtest.
func facts(t testing.TB, host string, seq uint64, text string) graph.Facts {
	t.Helper()
	f, err := graphtest.Facts(graph.Source{Host: host, Instance: "tcp", Boot: 1, Seq: seq, Hash: fmt.Sprint("v", seq)}, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// one runs a query whose answer is one value.
func one(t testing.TB, s *Store, text string) any {
	t.Helper()
	res, err := s.Query(t.Context(), text, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(res.Rows) != 1 || len(res.Rows[0]) != 1 {
		t.Fatalf("%s: rows %v, want one value", text, res.Rows)
	}
	return res.Rows[0][0]
}
