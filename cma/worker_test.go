package cma

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

// withFreshGraph gives a CMA a graph that is made anew.
func withFreshGraph(t *testing.T, dir string) func(*Config) {
	return func(c *Config) {
		fresh, err := embedded.Open(filepath.Join(dir, "fresh.db"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { fresh.Close() })
		if err := c.Store.Close(); err != nil {
			t.Fatal(err)
		}
		c.Store = fresh
	}
}

// TestMadeAnewGraph: the graph's file is lost, and filled again from the journal.
func TestMadeAnewGraph(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, nil)
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)))
	s.settle(t)
	s.stop()
	s = start(t, dir, withFreshGraph(t, dir))
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: "MATCH (h:Host) RETURN h.name"}); got != `["web1"]` {
		t.Errorf("hosts in the new graph: %s", got)
	}
}

// TestUnderivableDocument: one whose data has not its type's shape is kept, marked and stops nobody.
func TestUnderivableDocument(t *testing.T) {
	var log lockedBuffer
	s := start(t, t.TempDir(), func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	s.send(t, seal(t, "web1", "netconfig", 1, 1, raw(`[]`)), seal(t, "web1", "os", 1, 2, raw(`{"Release":"12"}`)))
	if status := s.settle(t); status.Underivable != 1 || status.Applied != 1 {
		t.Errorf("%+v, want 1 underivable and 1 applied", status)
	}
	detail, err := s.client.HostDetail(t.Context(), "web1")
	if err != nil || len(detail.Sealed) != 2 {
		t.Fatal(detail, err)
	}
	if bad, good := detail.Sealed[0], detail.Sealed[1]; bad.Applied || !strings.Contains(bad.Refused, `document "netconfig" of host "web1"`) || !good.Applied || good.Refused != "" {
		t.Errorf("bad: %v %q, good: %v %q", bad.Applied, bad.Refused, good.Applied, good.Refused)
	}
	if n := strings.Count(log.String(), "document not for the graph"); n != 1 {
		t.Errorf("logged %d times, want once:\n%s", n, log.String())
	}
}

// ailing is the real store, behind a network that fails some of the time. It can't hold the documents of host
// "large".
type ailing struct {
	graph.Store
	late     string // id of the host whose documents fail; empty is every host
	mu       sync.Mutex
	failures int // to come
}

func (a *ailing) Apply(ctx context.Context, batch []graph.Facts) (graph.Applied, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range batch {
		switch {
		case f.Source.Host == "id-large":
			return graph.Applied{}, fmt.Errorf("%w: too large", graph.ErrRefused)
		case a.failures > 0 && (a.late == "" || a.late == f.Source.Host):
			a.failures--
			return graph.Applied{}, errors.New("connection refused")
		}
	}
	return a.Store.Apply(ctx, batch)
}

// TestRefusedFacts: a document that the graph can't take is marked and stops nobody; what moved with those
// that it took is told, though it then failed.
func TestRefusedFacts(t *testing.T) {
	var log lockedBuffer
	s := start(t, t.TempDir(), func(c *Config) {
		c.Store = &ailing{Store: c.Store, late: "id-late", failures: 1}
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	const config = `{"eth0": {"ipaddrs": {"192.0.2.9/24": {}}}}`
	s.send(t, seal(t, "web1", "netconfig", 1, 1, raw(config)))
	s.settle(t)
	s.send(t, seal(t, "large", "os", 1, 1, raw(`{}`)), seal(t, "web2", "netconfig", 1, 1, raw(config)), seal(t, "late", "os", 1, 1, raw(`{}`)))
	status := s.settle(t)
	if status.Underivable < 1 || status.ApplyFailures != 1 {
		t.Errorf("%+v, want documents that the graph can't take, and 1 failure", status)
	}
	if got := s.rows(t, api.Query{Cypher: "MATCH (h:Host) RETURN h.name ORDER BY h.name"}); got != "[\"late\"]\n[\"web1\"]\n[\"web2\"]" {
		t.Errorf("hosts %s, want all but one", got)
	}
	if got := movesIn(t, s.Journal); got != "192.0.2.9 web1>web2 1" {
		t.Errorf("told %s", got)
	}
	detail, err := s.client.HostDetail(t.Context(), "large")
	if err != nil || detail.Sealed[0].Applied || detail.Sealed[0].Refused != "refused facts: too large" {
		t.Errorf("%+v, %v, want it refused", detail, err)
	}
	if !strings.Contains(log.String(), `document not for the graph" err="refused facts: too large" host_id=id-large`) {
		t.Errorf("log %s", log.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestStoreAway: a store that is away loses nothing, and its outage is one line in the log.
func TestStoreAway(t *testing.T) {
	var log lockedBuffer
	s := start(t, t.TempDir(), func(c *Config) {
		c.Store = &ailing{Store: c.Store, failures: 2}
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	stored := s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)))
	if stored.Stored != 1 {
		t.Errorf("%+v, want it stored meanwhile", stored)
	}
	if status := s.settle(t); status.ApplyFailures != 2 || status.Applied != 1 {
		t.Errorf("%+v, want 2 failures and 1 applied", status)
	}
	if away, back := strings.Count(log.String(), "graph not fed"), strings.Count(log.String(), "graph fed again"); away != 1 || back != 1 {
		t.Errorf("told %d times that it is away and %d times that it is back:\n%s", away, back, log.String())
	}
}

// TestDrainedGivesUp: it waits for a store that is away, and not for longer than its caller.
func TestDrainedGivesUp(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) { c.Store = &ailing{Store: c.Store, failures: 1 << 30} })
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.Drained(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want %v", err, context.DeadlineExceeded)
	}
}

// watched tells of each batch that the real store has applied.
type watched struct {
	graph.Store
	applied chan []graph.Facts
}

func (w watched) Apply(ctx context.Context, batch []graph.Facts) (graph.Applied, error) {
	a, err := w.Store.Apply(ctx, batch)
	w.applied <- batch
	return a, err
}

// TestIdleWorkerWakes: documents that come while it has nothing to do are applied at once.
func TestIdleWorkerWakes(t *testing.T) {
	w := watched{applied: make(chan []graph.Facts, 10)}
	s := start(t, t.TempDir(), func(c *Config) { w.Store = c.Store; c.Store = w })
	s.settle(t)
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)))
	select {
	case batch := <-w.applied:
		if len(batch) != 1 || batch[0].Source.Instance != "os" {
			t.Errorf("applied %+v, want the one document", batch)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing was applied")
	}
}

func TestRetryAfter(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for failures, limit := range map[int]time.Duration{1: firstRetry, 2: 2 * firstRetry, 8: 128 * firstRetry, 9: lastRetry, 1 << 40: lastRetry} {
		longest := time.Duration(0)
		for range 1000 {
			d := retryAfter(failures, r)
			if d <= 0 || d > limit {
				t.Fatalf("after %d failures: %v, want above 0 and at most %v", failures, d, limit)
			}
			longest = max(longest, d)
		}
		if longest < limit*9/10 {
			t.Errorf("after %d failures: at most %v in 1000 draws, want nearly %v", failures, longest, limit)
		}
	}
}

// TestContainersDocuments: what holds in a container is derived with its own documents and the host's,
// and again when these change.
func TestContainersDocuments(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	inContainer := func(d discovery.Document) discovery.Document {
		d.Proxy, d.Instance = "docker/1a2b", "1a2b_"+d.Instance
		return d
	}
	const served = "MATCH (e:Endpoint)-[:PROVIDED_BY]->(:Process)-[:RUNS_ON]->(:Container) WHERE e.address STARTS WITH '172' RETURN e.key"
	s.send(t, inContainer(seal(t, "web1", "tcpdiscovery", 1, 1, raw(`{"app:1":{"exe":"app","listenaddrs":{"0.0.0.0:80":"tcp"}}}`))))
	for i, step := range []struct {
		doc  discovery.Document
		want string
	}{
		{seal(t, "web1", "netconfig", 1, 2, raw(netconfigOf, 1)), ""},
		{inContainer(seal(t, "web1", "netconfig", 1, 3, raw(`{"eth0":{"ipaddrs":{"172.17.0.2/16":{}}}}`))), `["host:id-web1%7Cdocker%7C1a2b|172.17.0.2|80|tcp"]`},
		{seal(t, "web1", "netconfig", 1, 4, raw(`{"docker0":{"bridge_id":"1","ipaddrs":{"172.17.0.1/16":{}}}}`)), `["host:id-web1|172.17.0.2|80|tcp"]`},
	} {
		s.send(t, step.doc)
		s.settle(t)
		if got := s.rows(t, api.Query{Cypher: served}); got != step.want {
			t.Errorf("step %d: the container serves %s, want %s", i, got, step.want)
		}
	}
}
