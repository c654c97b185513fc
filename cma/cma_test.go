package cma

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
)

// server is a CMA that runs with all its real parts.
type server struct {
	*CMA
	client *api.Client
	url    string
	stop   func() // and wait
}

// start runs a CMA on dir. configure may change its Config.
func start(t *testing.T, dir string, configure func(*Config)) *server {
	t.Helper()
	inst := mustInit(t, dir, time.Now())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	journal, err := OpenJournal(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := embedded.Open(filepath.Join(dir, "graph.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		Listener: listener, Installation: inst, Journal: journal, Store: store, Version: "test",
		Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler),
	}
	if configure != nil {
		configure(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{CMA: c, url: "https://" + listener.Addr().String()}
	if s.client, err = api.Dial(s.url, inst.Fleet, api.Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		s.client.Close()
		cancel()
		if err := errors.Join(<-ended, journal.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(s.stop)
	return s
}

func (s *server) send(t *testing.T, docs ...discovery.Document) api.Stored {
	t.Helper()
	stored, err := s.client.SendDocuments(t.Context(), api.Documents{Documents: docs})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// settle waits until nothing waits for the graph.
func (s *server) settle(t *testing.T) api.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Drained(ctx); err != nil {
		t.Fatal(err)
	}
	status, err := s.client.Status(t.Context())
	if err != nil || status.Backlog != 0 {
		t.Fatalf("settled with %+v, %v", status, err)
	}
	return status
}

// rows runs a query and writes its rows as JSON, one a line.
func (s *server) rows(t *testing.T, q api.Query) string {
	t.Helper()
	rows, err := s.client.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	var lines []string
	for _, row := range rows.Rows {
		b, err := api.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(b))
	}
	return strings.Join(lines, "\n")
}

const (
	netconfigOf = `{"eth0":{"ipaddrs":{"192.0.2.%d/24":{},"fe80::%[1]d/64":{}}},"lo":{"ipaddrs":{"127.0.0.1/8":{}}}}`
	dependers   = "MATCH (c:Process)-[:DEPENDS_ON]->(s:Process)-[:RUNS_ON]->(h:Host) RETURN c.exe, s.exe, h.name ORDER BY c.exe"
)

func raw(format string, args ...any) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(format, args...))
}

// TestFromDocumentsToAnswers: two hosts' documents come to one dependency, however they arrive, and
// all endpoints tell of it; a restart changes nothing.
func TestFromDocumentsToAnswers(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	// tcpdiscovery before netconfig: the listener's addresses are known only afterwards.
	server := raw(`{"redis:1":{"exe":"/usr/bin/redis-server","listenaddrs":{"0.0.0.0:6379":"tcp"}}}`)
	client := raw(`{"app:1":{"exe":"/srv/app","clientaddrs":{"192.0.2.1:6379":"tcp"}}}`)
	s.send(t, seal(t, "db1", "tcpdiscovery", 1, 1, server), seal(t, "app1", "tcpdiscovery", 1, 1, client))
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: dependers}); got != "" {
		t.Errorf("without netconfig: %s", got)
	}
	s.send(t, seal(t, "db1", "netconfig", 1, 2, raw(netconfigOf, 1)), seal(t, "db1", "os", 1, 3, raw(`{"Description":"Debian <12>"}`)))
	s.settle(t)
	want := `["/srv/app","/usr/bin/redis-server","db1"]`
	if got := s.rows(t, api.Query{Cypher: dependers}); got != want {
		t.Errorf("with netconfig: %s, want %s", got, want)
	}
	// The address moves: the listener's document is derived again though it did not change.
	s.send(t, seal(t, "db1", "netconfig", 1, 4, raw(netconfigOf, 2)))
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: dependers}); got != "" {
		t.Errorf("after the address moved: %s", got)
	}
	s.send(t, seal(t, "db1", "netconfig", 1, 5, raw(netconfigOf, 1)))
	s.settle(t)
	if got := s.rows(t, api.Query{Name: "hostdependencies", Params: map[string]any{"host": "db1"}}); got != `["db1","/usr/bin/redis-server","192.0.2.1:6379","/srv/app","app1"]` {
		t.Errorf("hostdependencies: %s", got)
	}

	s.stop()
	s = start(t, dir, nil)
	if got := s.rows(t, api.Query{Cypher: dependers}); got != want {
		t.Errorf("after a restart: %s, want %s", got, want)
	}
	hosts, err := s.client.Hosts(t.Context())
	if err != nil || len(hosts) != 2 {
		t.Fatalf("hosts %+v, %v, want 2", hosts, err)
	}
	db := hosts[1]
	if db.Name != "db1" || db.ID != "id-db1" || db.OS != "Debian <12>" || db.Status != "up" || db.Services != 1 ||
		db.Documents != 3 || strings.Join(db.Addrs, " ") != "192.0.2.1" || db.AgeMS < 0 || db.AgeMS > 60_000 {
		t.Errorf("db1 is %+v", db)
	}
	for _, name := range []string{"db1", "id-db1"} {
		detail, err := s.client.HostDetail(t.Context(), name)
		if err != nil || detail.Name != "db1" || detail.Services != 1 || len(detail.Sealed) != 3 {
			t.Fatalf("%s: %+v, %v", name, detail, err)
		}
		os := detail.Sealed[1]
		if os.Instance != "os" || !os.Applied || os.ReceivedMS == 0 || os.Document.Validate() != nil {
			t.Errorf("%s: %+v", name, os)
		}
	}
}

// TestRefusedDocuments: each bad one is refused by name, and the good one among them is stored.
func TestRefusedDocuments(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	tampered := seal(t, "web1", "tampered", 1, 1, "a")
	tampered.Data = json.RawMessage(`"b"`)
	spaced := seal(t, "web1", "spaced", 1, 2, "a")
	spaced.Data = json.RawMessage(`{"b":1,"a":2}`)
	named := seal(t, "web1", "named", 1, 3, "a")
	named.Host = "web#1"
	clone := seal(t, "web1", "clone", 1, 4, "a")
	clone.HostID = "id-clone"
	stored := s.send(t, tampered, spaced, named, seal(t, "web1", "os", 1, 5, raw(`{}`)), clone)
	want := []struct{ instance, reason string }{
		{"tampered", "hash"}, {"spaced", "canonical form"}, {"named", `"web#1"`}, {"clone", `host id "id-web1" has it`},
	}
	if stored.Stored != 1 || len(stored.Refused) != len(want) {
		t.Fatalf("%+v, want 1 stored and %d refused", stored, len(want))
	}
	for i, w := range want {
		if r := stored.Refused[i]; r.Instance != w.instance || !strings.Contains(r.Reason, w.reason) {
			t.Errorf("refused %+v, want %q because of %q", r, w.instance, w.reason)
		}
	}
	s.send(t, seal(t, "web1", "os", 1, 6, raw(`{}`)))
	if status := s.settle(t); status.Received != 6 || status.Refused != 4 || status.Unchanged != 1 || status.Documents != 1 || status.Hosts != 1 {
		t.Errorf("%+v, want 6 received, 4 refused, 1 unchanged, 1 held", status)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "Config.Listener is not set") {
		t.Errorf("empty Config: %v", err)
	}
	s := start(t, t.TempDir(), nil)
	for field, clear := range map[string]func(*Config){
		"Installation": func(c *Config) { c.Installation = Installation{} },
		"Journal":      func(c *Config) { c.Journal = nil },
		"Store":        func(c *Config) { c.Store = nil },
		"Rand":         func(c *Config) { c.Rand = nil },
		"Logger":       func(c *Config) { c.Logger = nil },
	} {
		c := s.Config
		clear(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "Config."+field+" is not set") {
			t.Errorf("without %s: %v", field, err)
		}
	}
	c := s.Config
	c.Queries = []graph.Named{{Name: "down"}}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), `query "down" exists already`) {
		t.Errorf("a query of a name that is taken: %v", err)
	}
}

// TestRunEnds: a listener that breaks ends Run with an error, and the worker with it.
func TestRunEnds(t *testing.T) {
	dir := t.TempDir()
	inst := mustInit(t, dir, time.Now())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	store, err := embedded.Open(filepath.Join(dir, "graph.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := New(Config{
		Listener: listener, Installation: inst, Journal: newJournal(t), Store: store,
		Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), listener.Addr().String()) {
		t.Errorf("Run on a closed listener: %v, want an error with its address", err)
	}
}

// TestWithoutTheGraph: while the graph is away documents and events are taken, who is up is known, and
// queries say why they can't be answered; when it is there it gets all of it.
func TestWithoutTheGraph(t *testing.T) {
	away := true
	var openings sync.Mutex // guards away
	dir := t.TempDir()
	s := start(t, dir, func(c *Config) {
		behind := c.Store
		c.Store = graph.NewLater(nil, func(context.Context) (graph.Store, error) {
			openings.Lock()
			defer openings.Unlock()
			if away {
				return nil, errors.New("no server there")
			}
			return behind, nil
		}, nil)
	})
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{"Description":"Debian"}`)), seal(t, "web2", "os", 1, 1, raw(`{"Description":"Debian"}`)))
	s.report(t, "web2", "dead@1")
	hosts, err := s.client.Hosts(t.Context())
	if err != nil || len(hosts) != 2 {
		t.Fatalf("%+v, %v; want both hosts", hosts, err)
	}
	for i, want := range []string{statusUp, statusDead} {
		if h := hosts[i]; h.Status != want || !h.GraphAway || h.OS != "" || h.Documents != 1 {
			t.Errorf("%+v; want it %s, and the graph away", h, want)
		}
	}
	_, err = s.client.Query(t.Context(), api.Query{Cypher: "RETURN 1"})
	var refused *api.Error
	if !errors.As(err, &refused) || refused.Code != api.CodeUnavailable || !strings.Contains(refused.Message, "no server there") {
		t.Errorf("query: %v, want %s with the reason", err, api.CodeUnavailable)
	}
	openings.Lock()
	away = false
	openings.Unlock()
	s.settle(t)
	hosts, err = s.client.Hosts(t.Context())
	if err != nil || hosts[0].OS != "Debian" || hosts[0].GraphAway || hosts[1].Status != statusDead {
		t.Errorf("with the graph: %+v, %v", hosts, err)
	}
}
