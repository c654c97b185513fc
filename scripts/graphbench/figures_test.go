package graphbench

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
	"github.com/assim-mesh/assim/scripts/testbed"
)

var (
	figuresFile = flag.String("figures", "", "`file` for the figures, as JSON; empty: of a small fleet, to see that they can be taken")
	hostCount   = flag.Int("hosts", 100_000, "hosts of the fleet of which all named queries are asked")
)

const (
	askedHosts = 10_000           // of the fleet that impact and why are asked of
	fillWithin = 15 * time.Minute // bounds the fill of Neo4j with a large fleet
)

// ample are limits of a CMA that let it list a whole large fleet.
func ample() []string {
	return []string{"graph.query-time=5m", "graph.query-rows=10000000", "graph.query-memory=8000"}
}

// figures are what TestFigures writes. A time of -1 is a question that was not answered.
type figures struct {
	Store     float64 `json:"neo4j_facts_per_second"`
	Bare      float64 `json:"bare_facts_per_second"`
	OneByOne  float64 `json:"one_by_one_facts_per_second"`
	Ratio     float64 `json:"neo4j_to_bare"` // of the store's rate to the bare script's, turn by turn
	DeriveCPU float64 `json:"derive_cpu_ms"`
	Impact    stores  `json:"impact_ms"`     // of a database on which a cluster rests
	ImpactHub stores  `json:"impact_hub_ms"` // of the service that every host uses
	Why       stores  `json:"why_ms"`        // of a proxy of a cluster whose database's host is dead

	NamedHosts int               `json:"named_hosts"` // of the fleet below, on Neo4j: what it took in 15 minutes
	Named      map[string]stores `json:"named_ms"`
}

// stores are ms on both.
type stores struct {
	Embedded float64 `json:"embedded"`
	Neo4j    float64 `json:"neo4j"`
}

// scale is how much is measured.
type scale struct{ warmHosts, turnHosts, rateTurns, askTurns, asked, named int }

// TestFigures takes the figures, and holds that both stores give the same answers.
func TestFigures(t *testing.T) {
	neo4jtest.Lib(t)
	s := scale{warmHosts: 4, turnHosts: 8, rateTurns: 1, askTurns: 1, asked: 2 * clusterHosts, named: 0}
	if *figuresFile != "" {
		s = scale{warmHosts: 500, turnHosts: 60, rateTurns: 7, askTurns: 15, asked: askedHosts, named: *hostCount}
	}
	var f figures
	t.Run("rates", func(t *testing.T) {
		r := measureRates(t, startNeo4j(t), s)
		f.Store, f.Bare, f.OneByOne = median(r.store), median(r.bare), median(r.oneByOne)
		f.Ratio = median(r.ratio)
		f.DeriveCPU = deriveCPU(t)
	})
	p := build(t)
	t.Run("asked", func(t *testing.T) { f.askBoth(t, p, s) })
	if s.named > 0 {
		t.Run("named", func(t *testing.T) { f.askNamed(t, p, s.named) })
	}
	f.report()
	if *figuresFile == "" {
		return
	}
	text, err := json.MarshalIndent(f, "", "\t")
	if err == nil {
		err = os.WriteFile(*figuresFile, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// askBoth asks impact and why of one fleet in both stores.
func (f *figures) askBoth(t *testing.T, p programs, s scale) {
	fleet := fleet{name: "q", hosts: s.asked, packages: 5}
	dead, broken, hub := fleet.host(first("db")), fleet.host(first("proxy")), fleet.host(0)
	questions := []struct {
		into *stores
		args []string
	}{
		{&f.Impact, []string{"impact", "db@" + dead.hostname(), "--csv"}},
		{&f.ImpactHub, []string{"impact", "collector@" + hub.hostname(), "--csv"}},
		{&f.Why, []string{"why", broken.hostname(), "--csv"}},
	}
	answers := make([][2]string, len(questions))
	both(t, p, fleet, func(store int, s2 server) {
		for i, q := range questions {
			ms, out := s2.timed(t, s.askTurns, q.args...)
			answers[i][store] = string(out)
			*q.into.of(store) = ms
		}
	})
	for i, q := range questions {
		if answers[i][0] != answers[i][1] {
			t.Errorf("assim %s: the embedded graph says\n%.2000s\nNeo4j\n%.2000s", strings.Join(q.args, " "), answers[i][0], answers[i][1])
		}
	}
	if want := dead.hostname(); !strings.Contains(answers[2][0], want) {
		t.Errorf("why says\n%s\nwant %s in it", answers[2][0], want)
	}
}

// of is the time of store 0, the embedded one, or 1.
func (s *stores) of(store int) *float64 {
	if store == 0 {
		return &s.Embedded
	}
	return &s.Neo4j
}

// both fills both stores with a fleet and calls ask with a CMA on each. It returns how many hosts Neo4j took.
func both(t *testing.T, p programs, f fleet, ask func(store int, s server)) int {
	t.Helper()
	data := filepath.Join(t.TempDir(), "embedded")
	embeddedGraph(t, f, data)
	s, stop := p.serve(t, data, ample()...)
	ask(0, s)
	stop()
	neo := startNeo4j(t)
	store := openNeo4j(t, neo)
	hosts := f.fill(t, store, fillWithin)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	s, stop = p.serve(t, data, append(ample(), "graph.store=neo4j", "graph.uri="+neo.URI(), "graph.password-file="+secret)...)
	defer stop()
	ask(1, s)
	return hosts
}

// askNamed asks each named query once on a large fleet in both stores.
func (f *figures) askNamed(t *testing.T, p programs, hosts int) {
	queries, err := graph.Queries()
	if err != nil {
		t.Fatal(err)
	}
	fleet := fleet{name: "n", hosts: hosts, packages: 5}
	f.Named = map[string]stores{}
	f.NamedHosts = both(t, p, fleet, func(store int, s server) {
		for _, q := range queries {
			args := []string{"query", "--ndjson", q.Name}
			for _, param := range q.Params {
				if param.Required {
					args = append(args, param.Name+"="+fleet.example(param.Name))
				}
			}
			cost := f.Named[q.Name]
			*cost.of(store), _ = s.once(args...)
			f.Named[q.Name] = cost
		}
	})
}

// example is a value for a named query's parameter.
func (f fleet) example(param string) string {
	db := f.host(first("db")).hostname()
	if param == "hosts" { // at least two, that have something in common
		return db + "," + f.host(first("db")+1).hostname()
	}
	for part, value := range map[string]string{
		"ip": f.address(7).String(), "mac": "02:fc:00:00:07:01", "package": "package-3", "prefix": "package", "regex": "package-[34]",
		"host": db, "system": db, "to": db, "what": db, "from": f.host(0).hostname(),
	} {
		if strings.Contains(param, part) {
			return value
		}
	}
	return f.host(0).hostname()
}

// once asks once, and is -1 for what is not answered.
func (s server) once(args ...string) (ms float64, out []byte) {
	began := time.Now()
	out, err := s.ask(args...)
	if err != nil && !testbed.NothingMatched(err) {
		fmt.Fprintln(os.Stderr, err)
		return -1, nil
	}
	return time.Since(began).Seconds() * 1000, out
}

// report prints the figures with what they are to be.
func (f figures) report() {
	fmt.Printf("%-52s %10.0f /s\n", "facts, a transaction each", f.OneByOne)
	fmt.Printf("%-52s %10.0f /s\n", "facts, a bare script of UNWIND and MERGE", f.Bare)
	fmt.Printf("%-52s %10.0f /s   %.2f of at least 0.80; %.0f of at least 10 of a transaction each\n", "facts, the store",
		f.Store, f.Ratio, f.Store/f.OneByOne)
	fmt.Printf("%-52s %10.2f ms   of at most 2\n", "CPU of deriving a host's documents", f.DeriveCPU)
	for _, q := range []struct {
		what string
		took stores
	}{{"impact of a cluster's database", f.Impact}, {"impact of what every host uses", f.ImpactHub}, {"why of a proxy", f.Why}} {
		fmt.Printf("%-52s %10.1f ms   of at most 100; Neo4j %.1f ms\n", q.what+", embedded", q.took.Embedded, q.took.Neo4j)
	}
	slowest := slices.SortedFunc(maps.Keys(f.Named), func(a, b string) int { return cmp.Compare(f.Named[b].Embedded, f.Named[a].Embedded) })
	for _, name := range slowest {
		fmt.Printf("%-52s %10.1f ms   Neo4j %.1f ms\n", name, f.Named[name].Embedded, f.Named[name].Neo4j)
	}
}
