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
			var before []snapshot
			for seq := range uint64(80) {
				if seq%20 == 19 {
					s = reopened(t, s)
				}
				f := randomFacts(rng, seq+1)
				keep(rng, model.held(f.Source.Instance), f)
				model.apply(f)
				if _, err := s.Apply(t.Context(), []graph.Facts{f}); err != nil {
					t.Fatal(err)
				}
				if got, want := claimed(&s.memory.image), model.lines(); got != want {
					t.Fatalf("after %d documents memory is\n%s\nwant\n%s", seq+1, got, want)
				}
				checkIndexes(t, s.memory)
				before = append(before, snapshot{s.image.Load(), model.lines()})
				if old := before[rng.IntN(len(before))]; claimed(old.image) != old.want {
					t.Fatalf("after %d documents an older snapshot is\n%s\nwant\n%s", seq+1, claimed(old.image), old.want)
				}
			}
			s.Close()
		})
	}
}

// reopened closes a store and opens it again, which changes nothing.
func reopened(t *testing.T, s *Store) *Store {
	t.Helper()
	want := dump(s.memory)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, s.path)
	s.db.NoSync = true
	if got := dump(s.memory); got != want {
		t.Errorf("reopened memory is\n%s\nwant\n%s", got, want)
	}
	checkIndexes(t, s.memory)
	return s
}

// snapshot is what queries saw after some batch.
type snapshot struct {
	image *image
	want  string
}

func randomFacts(rng *rand.Rand, seq uint64) graph.Facts {
	f := graph.Facts{Source: graph.Source{Host: "h", Instance: fmt.Sprint("doc", rng.IntN(5)), Boot: 1, Seq: seq}}
	for i := range 5 {
		if rng.IntN(3) == 0 {
			continue
		}
		n := graph.Node{Ref: graph.Ref{Label: []string{graph.Host, graph.Endpoint}[i%2], Key: fmt.Sprint("n", i)}}
		if rng.IntN(3) == 0 { // only named, as most documents do with what others describe
			f.Nodes = append(f.Nodes, n)
			continue
		}
		n.Props = randomProps(rng)
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
func claimed(im *image) string {
	var out []string
	for id := range im.all.all() {
		ref, labels, p := im.ref(id), labelNamesOf(im, id), propsOf(im, im.nodeProps, id)
		if p[graph.KeyProp] != ref.Key || labels[0] != ref.Label {
			panic("a node that does not know its name")
		}
		delete(p, graph.KeyProp)
		out = append(out, line(fmt.Sprint(ref), labels[1:], p))
	}
	for id := range relsOf(im) {
		out = append(out, line(fmt.Sprint(im.relRef(id)), nil, propsOf(im, im.relProps, id)))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func TestLookup(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host {name: 'x'}), (e:Endpoint {port: 80}), (p:Process:Service {exe: 'x'}), (s:Cabinet), (r:Router:Cabinet)")
	for _, tt := range []struct {
		label, prop string
		value       any
		indexed     bool
		found       int
	}{
		{graph.Host, "name", "x", true, 1},
		{graph.Host, "name", "y", true, 0},
		{graph.Host, "exe", "x", false, 0},
		{graph.Endpoint, "port", 80.0, true, 1},
		{graph.Endpoint, "port", int64(80), true, 1},
		{graph.Endpoint, "port", 80.5, true, 0},
		{graph.Endpoint, "port", nil, false, 0},
		{graph.Process, "exe", []any{"x"}, false, 0},
		{graph.Process, "key", "p", true, 1},
		{graph.Process, "key", "q", true, 0},
		{graph.Process, "key", int64(1), true, 0},
		{"Cabinet", "key", "r", false, 0}, // a Router by its first label
		{graph.Service, "key", "p", false, 0},
	} {
		v := view{s.image.Load()}
		label, ok1 := v.Label(tt.label)
		key, ok2 := v.Key(tt.prop)
		if !ok1 || !ok2 {
			t.Fatalf("nothing has %s.%s", tt.label, tt.prop)
		}
		nodes, indexed := v.Seek(label, key, tt.value, nil)
		if indexed != tt.indexed || len(nodes) != tt.found {
			t.Errorf("%s.%s = %v: indexed %v, %d nodes; want %v, %d", tt.label, tt.prop, tt.value, indexed, len(nodes), tt.indexed, tt.found)
		}
	}
	applyText(t, s, "h", 2, "(s:Cabinet)")
	v := view{s.image.Load()}
	label, _ := v.Label("Cabinet")
	if nodes, indexed := v.Seek(label, keyProp, "s", nil); !indexed || len(nodes) != 1 {
		t.Error("Cabinet.key is not indexed with no other node called a Cabinet")
	}
}

func TestExpand(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host)-[:RUNS_ON]->(b:Host)-[:HAS]->(a), (a)-[:HAS]->(a), (a)-[:RUNS_ON]->(a), (b)-[:ON]->(b)")
	v := view{s.image.Load()}
	a, _ := v.find(graph.Ref{Label: graph.Host, Key: "a"})
	for _, tt := range []struct {
		dir   cypher.Direction
		types []string
		want  int
	}{
		{cypher.Out, nil, 3}, {cypher.In, nil, 3}, {cypher.Both, nil, 4},
		{cypher.Out, []string{"HAS"}, 1}, {cypher.In, []string{"HAS"}, 2}, {cypher.Both, []string{"HAS"}, 2},
		{cypher.Both, []string{"RUNS_ON"}, 2}, {cypher.Both, []string{"ON"}, 0}, {cypher.In, []string{"RUNS_ON", "HAS"}, 3},
	} {
		var types []cypher.TypeID
		for _, name := range tt.types {
			id, _ := v.Type(name)
			types = append(types, id)
		}
		if got := len(v.Expand(cypher.NodeID(a), tt.dir, types, nil)); got != tt.want {
			t.Errorf("direction %d, types %q: %d edges, want %d", tt.dir, tt.types, got, tt.want)
		}
	}
}

// A package that every host has costs a claim a host, and the file keeps what is said of it once.
func TestClaimsShare(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	for i := range 5 {
		applyText(t, s, fmt.Sprint("h", i), 1, "(ssl:Package {name: 'openssl'})")
	}
	if s.head.Sayings.Records != 1 {
		t.Errorf("%d sayings for 5 claims that say the same, want 1", s.head.Sayings.Records)
	}
	id, _ := s.memory.find(graph.Ref{Label: graph.Package, Key: "ssl"})
	if c := &s.memory.nodeClaims; len(c.of(id)) != 5 || c.mixed(id) {
		t.Errorf("%d claims, mixed %v, want 5 that say the same", len(c.of(id)), c.mixed(id))
	}
	applyText(t, s, "h2", 2, "(ssl:Package {name: 'OpenSSL'})")
	if s.head.Sayings.Records != 2 {
		t.Errorf("%d sayings where one of five says something else, want 2", s.head.Sayings.Records)
	}
	applyText(t, s, "h2", 3, "")
	if s.head.Sayings.Records != 1 || s.memory.nodeClaims.mixed(id) || propsOf(&s.memory.image, s.memory.nodeProps, id)["name"] != "openssl" {
		t.Errorf("with the odd one gone: %d sayings, mixed %v", s.head.Sayings.Records, s.memory.nodeClaims.mixed(id))
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
	// A page each for Host, Package and Subnet, and for HAS and IN.
	if nodes, rels := s.memory.nodes.limit()/pageLen, s.memory.rels.limit()/pageLen; nodes != 3 || rels != 2 {
		t.Errorf("%d pages of nodes and %d of relationships, want 3 and 2", nodes, rels)
	}
	if s.memory.says > 4 {
		t.Errorf("%d numbers for what at most 3 nodes and no relationship have said of them", s.memory.says)
	}
}
