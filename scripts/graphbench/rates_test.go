package graphbench

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	driver "github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/neo4j"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

const password = "correct horse"

// neo4jMemory is the heap and the page cache, in MB each.
const neo4jMemory = 2048

// startNeo4j starts a server that ends with the test.
func startNeo4j(t testing.TB) *neo4jtest.Server {
	t.Helper()
	server, err := neo4jtest.Start(t.Context(), neo4jtest.Config{Lib: neo4jtest.Lib(t), Home: t.TempDir(), Password: password, Memory: neo4jMemory})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop() })
	return server
}

func openNeo4j(t testing.TB, server *neo4jtest.Server) *neo4j.Store {
	t.Helper()
	s, err := neo4j.Open(t.Context(), neo4j.Config{
		URI: server.URI(), Username: neo4jtest.User, Password: password, Logger: slog.New(slog.DiscardHandler), OpenTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rates are facts a second, and what the store's is of the bare script's, which a busy machine slows alike.
// The median of all turns counts.
type rates struct{ store, bare, oneByOne, ratio []float64 }

// oneByOneFacts are applied in a turn in transactions of their own: with more of them, the turns would be
// about those alone.
const (
	ratePackages  = 100
	rateIdle      = 10
	oneByOneFacts = 300
)

// measureRates applies hosts that are new to the server, in turns. Before the first, both ways have applied
// as many as it takes until the server has compiled what they ask of it: its plans, and its own code.
func measureRates(t *testing.T, server *neo4jtest.Server, s scale) (r rates) {
	t.Helper()
	store := openNeo4j(t, server)
	defer store.Close()
	db, err := driver.NewDriverWithContext(server.URI(), driver.BasicAuth(neo4jtest.User, password, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	ways := [2]applier{
		func(batch []graph.Facts) error { _, err := store.Apply(t.Context(), batch); return err },
		func(batch []graph.Facts) error { return bare{db}.apply(t.Context(), batch) },
	}
	subnet := 0
	fleetOf := func(name string, hosts int) fleet {
		f := fleet{name: name, hosts: hosts, packages: ratePackages, idle: rateIdle, subnet: subnet}
		subnet += (hosts + subnetHosts - 1) / subnetHosts
		return f
	}
	alternate(t, ways, fleetOf("w", s.warmHosts), fleetOf("x", s.warmHosts))
	for turn := range s.rateTurns {
		rate := alternate(t, ways, fleetOf(fmt.Sprint("a", turn), s.turnHosts), fleetOf(fmt.Sprint("b", turn), s.turnHosts))
		r.store, r.bare, r.ratio = append(r.store, rate[0]), append(r.bare, rate[1]), append(r.ratio, rate[0]/rate[1])
		r.oneByOne = append(r.oneByOne, measureOneByOne(t, db, fleetOf(fmt.Sprint("c", turn), 2)))
	}
	return r
}

// applier is a way to apply a batch.
type applier func([]graph.Facts) error

// alternate applies fleets of one size, each in its way and a batch at a time, and returns the facts a
// second of each. To derive them is not what is timed.
func alternate(t *testing.T, ways [2]applier, fleets ...fleet) (rate [2]float64) {
	t.Helper()
	var batches [2][][]graph.Facts
	for i, f := range fleets {
		batches[i] = slices.Collect(f.batches(t, 0, f.hosts))
	}
	var facts [2]int
	var took [2]time.Duration
	for n := range batches[0] {
		for i, apply := range ways {
			began := time.Now()
			if err := apply(batches[i][n]); err != nil {
				t.Fatal(err)
			}
			took[i] += time.Since(began)
			facts[i] += size(batches[i][n])
		}
	}
	for i := range rate {
		rate[i] = float64(facts[i]) / took[i].Seconds()
	}
	return rate
}

func measureOneByOne(t *testing.T, db driver.DriverWithContext, f fleet) float64 {
	t.Helper()
	var all []statement
	for batch := range f.batches(t, 0, f.hosts) {
		all = append(all, statements(batch)...)
	}
	n, began := 0, time.Now()
	for _, s := range all {
		for _, row := range s.rows {
			if n++; n > oneByOneFacts {
				return oneByOneFacts / time.Since(began).Seconds()
			}
			if err := (bare{db}).write(t.Context(), []statement{{s.text, []any{row}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// bare is what one would write by hand: the same nodes and relationships by UNWIND and MERGE, a
// transaction a batch, with nothing of who says what.
type bare struct{ db driver.DriverWithContext }

// statement has a text for each label or type, since these can't be parameters.
type statement struct {
	text string
	rows []any
}

func (b bare) apply(ctx context.Context, batch []graph.Facts) error {
	return b.write(ctx, statements(batch))
}

func (b bare) write(ctx context.Context, all []statement) error {
	session := b.db.NewSession(ctx, driver.SessionConfig{})
	defer session.Close(ctx)
	_, err := session.ExecuteWrite(ctx, func(tx driver.ManagedTransaction) (any, error) {
		for _, s := range all {
			res, err := tx.Run(ctx, s.text, map[string]any{"rows": s.rows})
			if err == nil {
				_, err = res.Consume(ctx)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.text, err)
			}
		}
		return nil, nil
	})
	return err
}

// statements are those for a batch, nodes first.
func statements(batch []graph.Facts) []statement {
	nodes, rels := map[string][]any{}, map[string][]any{}
	for _, f := range batch {
		for _, n := range f.Nodes {
			text := fmt.Sprintf("UNWIND $rows AS row MERGE (n:%s {key: row.key}) SET n += row.props", n.Label)
			for _, l := range n.Labels {
				text += " SET n:" + l
			}
			nodes[text] = append(nodes[text], map[string]any{"key": n.Key, "props": map[string]any(n.Props)})
		}
		for _, r := range f.Rels {
			text := fmt.Sprintf("UNWIND $rows AS row MATCH (a:%s {key: row.a}) MATCH (b:%s {key: row.b}) MERGE (a)-[r:%s]->(b) SET r += row.props",
				r.From.Label, r.To.Label, r.Type)
			rels[text] = append(rels[text], map[string]any{"a": r.From.Key, "b": r.To.Key, "props": map[string]any(r.Props)})
		}
	}
	return append(ordered(nodes), ordered(rels)...)
}

func ordered(rows map[string][]any) (all []statement) {
	for text, r := range rows {
		all = append(all, statement{text, r})
	}
	slices.SortFunc(all, func(a, b statement) int { return strings.Compare(a.text, b.text) })
	return all
}

func median(values []float64) float64 {
	sorted := slices.SortedFunc(slices.Values(values), cmp.Compare[float64])
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// deriveCPU is the processor time in ms of deriving the documents of one host with 100 processes, 300
// sockets and 800 packages.
func deriveCPU(t *testing.T) float64 {
	t.Helper()
	const rounds = 200
	h := fleet{name: "d", hosts: 1, packages: 800, idle: 97}.host(0) // a process of theirs has three sockets
	docs := h.documents()
	h.facts(t, docs)
	before := cpu(t)
	for range rounds {
		h.facts(t, docs)
	}
	return (cpu(t) - before).Seconds() * 1000 / rounds
}

// cpu is the processor time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
