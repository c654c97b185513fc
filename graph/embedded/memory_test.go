package embedded

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// TestModel applies random documents that share and contradict each other, and holds memory against
// the sentence that defines it.
func TestModel(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 5))
			path := filepath.Join(t.TempDir(), "graph.db")
			s := open(t, path)
			s.db.NoSync = true // of a disk, this test wants nothing
			model := model{}
			for seq := range uint64(80) {
				f := randomFacts(rng, seq+1)
				keep(rng, model.held(f.Source.Instance), f)
				model.apply(f)
				if _, err := s.Apply(t.Context(), []graph.Facts{f}); err != nil {
					t.Fatal(err)
				}
				if got, want := claimed(s.memory), model.lines(); got != want {
					t.Fatalf("after %d documents memory is\n%s\nwant\n%s", seq+1, got, want)
				}
				checkIndexes(t, s.memory)
			}
			want := dump(s.memory)
			s.Close()
			s = open(t, path)
			defer s.Close()
			if got := dump(s.memory); got != want {
				t.Errorf("reopened memory is\n%s\nwant\n%s", got, want)
			}
			checkIndexes(t, s.memory)
		})
	}
}

func randomFacts(rng *rand.Rand, seq uint64) graph.Facts {
	f := graph.Facts{Source: graph.Source{Host: "h", Instance: fmt.Sprint("doc", rng.IntN(5)), Boot: 1, Seq: seq}}
	for i := range 5 {
		if rng.IntN(3) == 0 {
			continue
		}
		n := graph.Node{Ref: graph.Ref{Label: []string{graph.Host, graph.Endpoint}[i%2], Key: fmt.Sprint("n", i)}, Props: randomProps(rng)}
		for _, l := range []string{graph.Client, "Proxy", graph.Service} {
			if rng.IntN(3) == 0 {
				n.Labels = append(n.Labels, l)
			}
		}
		f.Nodes = append(f.Nodes, n)
	}
	for _, from := range f.Nodes {
		for _, to := range f.Nodes {
			if rng.IntN(3) == 0 {
				f.Rels = append(f.Rels, graph.Rel{Type: []string{graph.ConnectsTo, graph.RunsOn}[rng.IntN(2)], From: from.Ref, To: to.Ref, Props: randomProps(rng)})
			}
		}
	}
	return f
}

// keep leaves half of is as it was, so that what changes stands beside what does not.
func keep(rng *rand.Rand, was, is graph.Facts) {
	for i, n := range is.Nodes {
		same := func(o graph.Node) bool { return o.Ref == n.Ref }
		if j := slices.IndexFunc(was.Nodes, same); j >= 0 && rng.IntN(2) == 0 {
			is.Nodes[i] = was.Nodes[j]
		}
	}
	for i, r := range is.Rels {
		same := func(o graph.Rel) bool { return o.Ref() == r.Ref() }
		if j := slices.IndexFunc(was.Rels, same); j >= 0 && rng.IntN(2) == 0 {
			is.Rels[i] = was.Rels[j]
		}
	}
}

func randomProps(rng *rand.Rand) graph.Props {
	p := graph.Props{}
	for _, name := range []string{"name", "port", "exe"} {
		if rng.IntN(2) == 0 {
			p[name] = []any{"a", int64(80), 80.0, 0.5, true, []string{"x"}}[rng.IntN(6)]
		}
	}
	return p
}

// model is the slow truth: documents in the order of their last change.
type model []graph.Facts

func (m *model) apply(f graph.Facts) {
	same := func(g graph.Facts) bool { return g.Source.Instance == f.Source.Instance }
	if i := slices.IndexFunc(*m, same); i >= 0 {
		if graph.Diff((*m)[i], f).Empty() {
			return
		}
		*m = slices.Delete(*m, i, i+1)
	}
	*m = append(*m, f)
}

func (m model) held(instance string) graph.Facts {
	for _, f := range m {
		if f.Source.Instance == instance {
			return f
		}
	}
	return graph.Facts{}
}

func (m model) lines() string {
	labels, props := map[string][]string{}, map[string]graph.Props{}
	claim := func(name string, l []string, p graph.Props) {
		labels[name] = append(labels[name], l...)
		if props[name] == nil {
			props[name] = graph.Props{}
		}
		maps.Copy(props[name], p)
	}
	for _, f := range m {
		for _, n := range f.Nodes {
			claim(fmt.Sprint(n.Ref), n.Labels, n.Props)
		}
		for _, r := range f.Rels {
			claim(fmt.Sprint(r.Ref()), nil, r.Props)
		}
	}
	var out []string
	for name, p := range props {
		slices.Sort(labels[name])
		out = append(out, line(name, slices.Compact(labels[name]), p))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// line tells types apart: as JSON, 80 and 80.0 differ.
func line(name string, labels []string, p graph.Props) string {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return fmt.Sprint(name, " ", labels, " ", string(text))
}

// claimed is what memory holds, as the model writes it.
func claimed(m *memory) string {
	var out []string
	for _, n := range m.nodes {
		if n != nil {
			p := maps.Clone(n.content.props)
			if p[graph.KeyProp] != n.ref.Key || n.content.labels[0] != n.ref.Label {
				panic("a node that does not know its name")
			}
			delete(p, graph.KeyProp)
			out = append(out, line(fmt.Sprint(n.ref), n.content.labels[1:], p))
		}
	}
	for _, r := range m.rels {
		if r != nil {
			ref := graph.RelRef{Type: m.kinds[r.kind], From: m.nodes[r.from].ref, To: m.nodes[r.to].ref}
			out = append(out, line(fmt.Sprint(ref), nil, r.content.props))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// checkIndexes holds every list and index of memory against a scan.
func checkIndexes(t *testing.T, m *memory) {
	t.Helper()
	byLabel := map[string][]cypher.NodeID{}
	ends := 0
	for id, n := range m.nodes {
		if n == nil {
			continue
		}
		if m.byRef[n.ref] != cypher.NodeID(id) || n.touched {
			t.Fatalf("node %v is not found by its name, or left unfinished", n.ref)
		}
		for _, l := range n.content.labels {
			byLabel[l] = append(byLabel[l], cypher.NodeID(id))
		}
		ends += len(n.out) + len(n.in)
	}
	rels := 0
	for id, r := range m.rels {
		if r != nil {
			rels++
			at := func(e edge) bool { return e.rel == cypher.RelID(id) && e.kind == r.kind }
			if !slices.ContainsFunc(m.nodes[r.from].out, at) || !slices.ContainsFunc(m.nodes[r.to].in, at) {
				t.Fatalf("relationship %d is not at its ends", id)
			}
		}
	}
	if ends != 2*rels {
		t.Fatalf("%d ends of %d relationships", ends, rels)
	}
	for label, want := range byLabel {
		if got := slices.Sorted(slices.Values(m.labels.ids[label])); !slices.Equal(got, want) {
			t.Fatalf("nodes of label %q: %v, want %v", label, got, want)
		}
		for _, on := range []string{"name", "port", "exe", graph.KeyProp} {
			for _, value := range []any{"a", int64(80), 80.0, 0.5, true, "n1"} {
				got, indexed := m.lookup(label, on, value, nil)
				if !indexed {
					continue
				}
				want := slices.DeleteFunc(slices.Clone(want), func(id cypher.NodeID) bool {
					a, ok1 := indexValue(m.nodes[id].content.props[on])
					b, ok2 := indexValue(value)
					return !ok1 || !ok2 || a != b
				})
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Fatalf("%s.%s = %v: %v, want %v", label, on, value, got, want)
				}
			}
		}
	}
}

func TestLookup(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host {name: 'x'}), (e:Endpoint {port: 80}), (p:Process:Service {exe: 'x'}), (s:Switch), (r:Router:Switch)")
	for _, tt := range []struct {
		label, prop string
		value       any
		indexed     bool
		found       int
	}{
		{graph.Host, "name", "x", true, 1},
		{graph.Host, "name", "y", true, 0},
		{graph.Host, "other", "x", false, 0},
		{graph.Endpoint, "port", 80.0, true, 1},
		{graph.Endpoint, "port", int64(80), true, 1},
		{graph.Endpoint, "port", 80.5, true, 0},
		{graph.Endpoint, "port", nil, false, 0},
		{graph.Process, "exe", []any{"x"}, false, 0},
		{graph.Process, "key", "p", true, 1},
		{graph.Process, "key", "q", true, 0},
		{graph.Process, "key", int64(1), true, 0},
		{"Switch", "key", "r", false, 0}, // a Router by its first label
		{graph.Service, "key", "p", false, 0},
	} {
		nodes, indexed := s.memory.lookup(tt.label, tt.prop, tt.value, nil)
		if indexed != tt.indexed || len(nodes) != tt.found {
			t.Errorf("%s.%s = %v: indexed %v, %d nodes; want %v, %d", tt.label, tt.prop, tt.value, indexed, len(nodes), tt.indexed, tt.found)
		}
	}
	applyText(t, s, "h", 2, "(s:Switch)")
	if _, indexed := s.memory.lookup("Switch", "key", "s", nil); !indexed {
		t.Error("Switch.key is not indexed with no other node called a Switch")
	}
}

func TestRels(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host)-[:RUNS_ON]->(b:Host)-[:HAS]->(a), (a)-[:HAS]->(a), (a)-[:RUNS_ON]->(a)")
	a := s.memory.byRef[graph.Ref{Label: graph.Host, Key: "a"}]
	for _, tt := range []struct {
		dir  cypher.Direction
		kind string
		want int
	}{
		{cypher.Out, "", 3}, {cypher.In, "", 3}, {cypher.Both, "", 4},
		{cypher.Out, "HAS", 1}, {cypher.In, "HAS", 2}, {cypher.Both, "HAS", 2},
		{cypher.Both, "RUNS_ON", 2}, {cypher.Both, "NONE", 0},
	} {
		if got := len(view{s.memory}.expand(a, tt.dir, tt.kind)); got != tt.want {
			t.Errorf("direction %d, type %q: %d relationships, want %d", tt.dir, tt.kind, got, tt.want)
		}
	}
}

// A package that every host has costs a claim a host, and its properties once.
func TestClaimsShare(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	for i := range 5 {
		applyText(t, s, fmt.Sprint("h", i), 1, "(ssl:Package {name: 'openssl'})")
	}
	n := s.memory.nodes[0]
	for _, c := range n.claims {
		if c.says != n.content {
			t.Errorf("%d claims that say the same keep it more than once", len(n.claims))
		}
	}
	if n.mixed || len(n.claims) != 5 {
		t.Errorf("mixed is %v with %d claims, want 5 that say the same", n.mixed, len(n.claims))
	}
	applyText(t, s, "h2", 2, "(ssl:Package {name: 'OpenSSL'})")
	applyText(t, s, "h2", 3, "")
	if n.mixed || n.content.props["name"] != "openssl" {
		t.Errorf("with the odd one gone: mixed is %v, name %v", n.mixed, n.content.props["name"])
	}
}

// What is withdrawn leaves room for what comes next.
func TestFreeIDs(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	for seq := range uint64(10) {
		applyText(t, s, "h", 2*seq+1, "(a:Host)-[:HAS]->(b:Package), (b)-[:IN]->(c:Subnet)")
		applyText(t, s, "h", 2*seq+2, "")
	}
	if len(s.memory.nodes) != 3 || len(s.memory.rels) != 2 {
		t.Errorf("room for %d nodes and %d relationships, want 3 and 2", len(s.memory.nodes), len(s.memory.rels))
	}
}

func TestDistinct(t *testing.T) {
	x, y := &assertion{}, &assertion{}
	age := func(s sourceID) uint64 { return uint64(s) * 10 }
	got := distinct([]claim{{3, x}, {1, x}, {2, y}}, age)
	if !slices.Equal(got, []*assertion{y, x}) {
		t.Error("x, which the youngest source says, is not last")
	}
}
