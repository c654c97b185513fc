package neo4j

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
)

const (
	client = `(c:Process {exe: 'curl'})-[:CONNECTS_TO]->(e:Endpoint {port: 80})`
	served = `(e:Endpoint {port: 80})-[:PROVIDED_BY]->(s:Process {exe: 'nginx'})`
)

// Two stores that each apply or withdraw one half of a dependency at once make and unmake it all the same,
// and of two that claim one address at once, one has it.
func TestHalvesAtOnce(t *testing.T) {
	a, b := openEmpty(t), open(t)
	defer b.Close()
	rng := rand.New(rand.NewPCG(1, 3))
	for round := range uint64(60) {
		texts, want := []string{client, served}, int64(1)
		for i := range texts {
			if rng.IntN(3) == 0 {
				texts[i], want = "", 0
			}
			texts[i] = strings.TrimPrefix(fmt.Sprintf("%s, (ip%d:IP)-[:ON]->(eth%d:NIC)", texts[i], round, i), ", ")
		}
		var halves sync.WaitGroup
		for i, s := range []*Store{a, b} {
			f := facts(t, fmt.Sprint("h", i), round+1, texts[i])
			halves.Go(func() {
				if _, err := s.Apply(t.Context(), []graph.Facts{f}); err != nil {
					t.Error(err)
				}
			})
		}
		halves.Wait()
		if got := one(t, a, "MATCH ()-[d:DEPENDS_ON]->() RETURN count(d)"); got != want {
			t.Fatalf("round %d: %d dependencies, want %d", round, got, want)
		}
		if got := one(t, a, "MATCH (:IP)-[r:ON]->(:NIC) RETURN count(r)"); got != int64(1) {
			t.Fatalf("round %d: the address is on %d interfaces, want 1", round, got)
		}
	}
}

// The embedded store and this one make the same of the same documents, conflicts among them included.
func TestEqualsEmbedded(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 2))
		here := openEmpty(t)
		there, err := embedded.Open(filepath.Join(t.TempDir(), "graph"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer there.Close()
		for step := range uint64(12) {
			var batch []graph.Facts
			for range 1 + rng.IntN(3) {
				batch = append(batch, randomFacts(t, rng, step+2))
			}
			want, err := there.Apply(t.Context(), batch)
			if err != nil {
				t.Fatal(err)
			}
			got, err := here.Apply(t.Context(), batch)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("seed=%d step=%d: applied %+v, want %+v", seed, step, got, want)
			}
			if got, want := dump(t, here), dump(t, there); got != want {
				t.Fatalf("seed=%d step=%d: the graph is\n%s\nwant\n%s", seed, step, got, want)
			}
		}
	}
}

// randomFacts are those of one of a few documents, which contradict each other.
func randomFacts(t *testing.T, rng *rand.Rand, seq uint64) graph.Facts {
	parts := []string{fmt.Sprintf("(x:Host {v: %d, w%d: true})", rng.IntN(3), rng.IntN(3))}
	for _, half := range []string{
		"(x)-[:RUNS_ON {v: %d}]->(y:Host)", "(c:Process:Client {v: %d})-[:CONNECTS_TO]->(e:Endpoint)",
		"(e:Endpoint)-[:PROVIDED_BY]->(s%d:Process:Service)", "(c:Process)-[:DEPENDS_ON {v: %d}]->(s0:Process)",
	} {
		if rng.IntN(2) == 0 {
			parts = append(parts, fmt.Sprintf(half, rng.IntN(2)))
		}
	}
	return facts(t, fmt.Sprint("h", rng.IntN(3)), seq-uint64(rng.IntN(2)), strings.Join(parts, ", "))
}

// dump is the whole graph as text, but for what the clock says.
func dump(t *testing.T, s graph.Store) string {
	t.Helper()
	var lines []string
	for _, text := range []string{
		"MATCH (n) RETURN n.key, n.v, n.w0, n.w1, n.w2, n:Process, n:Client, n:Service, properties(n)",
		"MATCH (a)-[r]->(b) RETURN a.key, type(r), b.key, r.v, r.endpoints, r.documents",
	} {
		res, err := s.Query(t.Context(), text, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range res.Rows {
			lines = append(lines, fmt.Sprint(r[:len(r)-1]...)+fmt.Sprint(" ", r[len(r)-1]))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// What many hosts have in common costs one number, and what one has alone nothing.
func TestBookkeepingStaysSmall(t *testing.T) {
	s := openEmpty(t)
	var batch []graph.Facts
	for i := range 60 {
		batch = append(batch, facts(t, fmt.Sprint("h", i), 1, fmt.Sprintf("(h%d:Host)-[:HAS]->(ssl:Package {name: 'openssl'})", i)))
	}
	if _, err := s.Apply(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	own := overwrite(t, "MATCH (n) WHERE NOT n:"+ownQuoted+" UNWIND keys(n) AS k WITH k, n WHERE k STARTS WITH 'assim.' RETURN k, n[k]")
	if len(own) != 1 || own[0].Values[0] != claimsProp || own[0].Values[1] != int64(60) {
		t.Errorf("bookkeeping %v, want 60 claims of the package alone", own)
	}
	if own := overwrite(t, "MATCH ()-[r]->() UNWIND keys(r) AS k RETURN k"); len(own) != 0 {
		t.Errorf("bookkeeping of relationships: %v, want none", own)
	}
}

func TestOwnNodesStayHidden(t *testing.T) {
	s := openEmpty(t)
	if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h1", 1, client), facts(t, "h2", 1, client), facts(t, "h3", 1, "(c:Process {pid: 1})")}); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"MATCH (n) RETURN count(n)":                                     "2",
		"MATCH (n:!Process) RETURN n.key":                               "e",
		"MATCH (n) WHERE n.facts IS NOT NULL RETURN count(*)":           "0",
		"RETURN COUNT { MATCH (n)-[*0..1]-(m) }":                        "4",
		"MATCH (c:Process) RETURN properties(c)":                        "map[exe:curl key:c pid:1]",
		"MATCH (c:Process) RETURN c{.*}":                                "map[exe:curl key:c pid:1]",
		"MATCH (c:Process) RETURN c":                                    "{0 [Process] map[exe:curl key:c pid:1]}",
		"MATCH p = (:Process)-->(:Endpoint) RETURN relationships(p)[0]": "{0 CONNECTS_TO 0 1 map[]}",
	} {
		if got := fmt.Sprint(one(t, s, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// More rows than a statement takes come and go whole.
func TestManyRows(t *testing.T) {
	s := openEmpty(t)
	f := facts(t, "h", 1, "(h:Host)")
	const packages = maxRows + 500
	for i := range packages {
		p := graph.Ref{Label: graph.Package, Key: fmt.Sprint("p", i)}
		f.Nodes = append(f.Nodes, graph.Node{Ref: p})
		f.Rels = append(f.Rels, graph.Rel{Type: graph.Has, From: f.Nodes[0].Ref, To: p})
	}
	for _, step := range []struct {
		seq  uint64
		n    int
		want graph.Applied
	}{
		{1, packages, graph.Applied{NodesAdded: packages + 1, RelsAdded: packages}},
		{2, packages - 1, graph.Applied{NodesRemoved: 1, RelsRemoved: 1}},
		{3, 0, graph.Applied{NodesRemoved: packages - 1, RelsRemoved: packages - 1}},
	} {
		f.Source.Seq, f.Nodes, f.Rels = step.seq, f.Nodes[:step.n+1], f.Rels[:step.n]
		if got, err := s.Apply(t.Context(), []graph.Facts{f}); err != nil || !reflect.DeepEqual(got, step.want) {
			t.Errorf("%d packages: applied %+v, %v; want %+v", step.n, got, err, step.want)
		}
	}
}

// What the server can't hold, by an index or a constraint of the user's own, is refused as a fault of the
// facts. An indexed property at its bound is taken.
func TestRefusedByServer(t *testing.T) {
	s := openEmpty(t)
	for _, rule := range []string{"INDEX users FOR (p:Process) ON (p.cwd)", "CONSTRAINT users FOR (p:Process) REQUIRE p.cwd IS UNIQUE"} {
		kind, _, _ := strings.Cut(rule, " ")
		overwrite(t, "CREATE "+rule)
		for host, wrong := range map[string]graph.Props{
			"long": {"cwd": strings.Repeat("x", 9000)}, // an index holds 8 kB
			"same": {"cwd": "/"},
			"fits": {"exe": strings.Repeat("x", graph.MaxKeyBytes)},
		} {
			f := facts(t, host, 1, fmt.Sprintf("(p1_%[1]s%[2]s:Process), (p2_%[1]s%[2]s:Process)", kind, host))
			f.Nodes[0].Props, f.Nodes[1].Props = wrong, wrong
			_, err := s.Apply(t.Context(), []graph.Facts{f})
			refused := host == "long" || host == "same" && kind == "CONSTRAINT"
			if errors.Is(err, graph.ErrRefused) != refused || (err != nil) != refused {
				t.Errorf("%s, %s: %v, want it refused: %v", rule, host, err, refused)
			}
		}
		overwrite(t, "DROP "+kind+" users")
		s = openEmpty(t)
	}
}

func TestReplaced(t *testing.T) {
	s := openEmpty(t)
	empty(t)
	if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h", 1, client)}); !errors.Is(err, ErrReplaced) {
		t.Errorf("after the database was emptied: %v, want %v", err, ErrReplaced)
	}
	if again := open(t); again.ID() == s.ID() {
		t.Error("an emptied database has the id it had before")
	}
}

// What somebody deleted by hand comes back when a document changes what it says of it.
func TestDeletedByHand(t *testing.T) {
	s := openEmpty(t)
	for seq, step := range []struct {
		text string
		want int64
	}{
		{client, 2},
		{strings.Replace(client, "curl", "wget", 1), 1}, // the process
		{strings.Replace(client, "80", "81", 1) + ", (h:Host)", 3},
		{"", 0},
	} {
		if _, err := s.Apply(t.Context(), []graph.Facts{facts(t, "h", uint64(seq+1), step.text)}); err != nil {
			t.Fatal(err)
		}
		if got := one(t, s, "MATCH (n) RETURN count(n)"); got != step.want {
			t.Errorf("%s: %d nodes, want %d", step.text, got, step.want)
		}
		overwrite(t, "MATCH (n) WHERE NOT n:"+ownQuoted+" DETACH DELETE n")
	}
}
