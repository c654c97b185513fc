package derive

import (
	"encoding/json"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
)

// said is what a host says by one document.
type said struct{ host, discoverType, data string }

// world is a graph that documents come to as the CMA brings them there.
type world struct {
	*testing.T
	store graph.Store
	held  map[documentID]discovery.Document // the newest
}

type documentID struct{ hostID, instance string }

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := embedded.Open(filepath.Join(t.TempDir(), "graph"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{T: t, store: store, held: map[documentID]discovery.Document{}}
}

// seal makes the document of a said with a sequence number.
func seal(t testing.TB, s said, seq uint64) discovery.Document {
	t.Helper()
	env := discovery.Envelope{DiscoverType: s.discoverType, Instance: s.discoverType, Data: json.RawMessage(s.data)}
	if host, proxy, ok := strings.Cut(s.host, " "); ok { // "web1 docker/1a2b"
		s.host, env.Proxy, env.Instance = host, proxy, strings.ReplaceAll(proxy, "/", "_")+"_"+s.discoverType
	}
	if discoverType, instance, ok := strings.Cut(s.discoverType, " "); ok { // "__LinkDiscovery one"
		env.DiscoverType, env.Instance = discoverType, instance
	}
	d, err := discovery.Seal(discovery.Agent{Name: env.Instance}, env,
		discovery.Origin{Host: s.host, HostID: "id-" + s.host, Boot: 7}, seq, time.UnixMilli(1_700_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hears brings a document into the graph, and again those of its host that are read together with it.
func (w *world) hears(doc discovery.Document) (graph.Applied, error) {
	w.Helper()
	w.held[documentID{doc.HostID, doc.Instance}] = doc
	facts, err := Derive(doc, w.sameHost(doc.HostID))
	if err != nil {
		return graph.Applied{}, err
	}
	batch := []graph.Facts{facts}
	for _, other := range w.held {
		if other.HostID != doc.HostID || !Reads(other, doc) {
			continue
		}
		if facts, err := Derive(other, w.sameHost(doc.HostID)); err == nil {
			batch = append(batch, facts)
		}
	}
	applied, err := w.store.Apply(w.Context(), batch)
	if err != nil {
		w.Fatal(err)
	}
	return applied, nil
}

func (w *world) sameHost(hostID string) SameHost {
	return func(discoverType, proxy string) (newest discovery.Document, found bool) {
		for _, d := range w.held {
			if d.HostID == hostID && d.DiscoverType == discoverType && ProxyOf(d) == proxy && (!found || d.Newer(newest)) {
				newest, found = d, true
			}
		}
		return newest, found
	}
}

// told brings documents into the graph, in their order.
func (w *world) told(all ...discovery.Document) {
	w.Helper()
	for _, doc := range all {
		if _, err := w.hears(doc); err != nil {
			w.Fatal(err)
		}
	}
}

// rows returns the rows of a query, each in one line, sorted.
func (w *world) rows(query string) []string {
	w.Helper()
	result, err := w.store.Query(w.Context(), query, nil)
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	encoded, err := json.Marshal(result)
	if err != nil {
		w.Fatal(err)
	}
	var in struct{ Rows [][]json.RawMessage }
	if err := json.Unmarshal(encoded, &in); err != nil {
		w.Fatal(err)
	}
	var lines []string
	for _, row := range in.Rows {
		var values []string
		for _, v := range row {
			values = append(values, strings.Trim(string(v), `"`))
		}
		lines = append(lines, strings.Join(values, " "))
	}
	slices.Sort(lines)
	return lines
}

// dump is the whole graph, but for what tells when and by which document a dependency was first seen.
func (w *world) dump() string {
	w.Helper()
	nodes := w.rows(`MATCH (n) UNWIND labels(n) AS label WITH n, label ORDER BY label
		RETURN n.key AS key, collect(label), properties(n)`)
	rels := w.rows(`MATCH (a)-[r]->(b)
		RETURN labels(a)[0], a.key, type(r), b.key, r{.*, documents: null, since: null, since_ms: null}`)
	return strings.Join(append(nodes, rels...), "\n")
}
