package graph

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// randomFacts draws from so few names and values that two draws overlap.
func randomFacts(rng *rand.Rand) Facts {
	f := Facts{Source: Source{Host: "h", Instance: "i", Boot: 1, Seq: 1}}
	for i := range 6 {
		if rng.IntN(3) == 0 {
			continue
		}
		n := Node{Ref: Ref{Host, fmt.Sprint("n", i)}, Props: randomProps(rng)}
		if rng.IntN(2) == 0 {
			n.Labels = []string{Service}
		}
		f.Nodes = append(f.Nodes, n)
	}
	rng.Shuffle(len(f.Nodes), func(i, j int) { f.Nodes[i], f.Nodes[j] = f.Nodes[j], f.Nodes[i] })
	for _, from := range f.Nodes {
		for _, to := range f.Nodes {
			if rng.IntN(4) == 0 {
				f.Rels = append(f.Rels, Rel{Type: RunsOn, From: from.Ref, To: to.Ref, Props: randomProps(rng)})
			}
		}
	}
	return f
}

func randomProps(rng *rand.Rand) Props {
	values := []any{"", "a", true, int64(1), int64(1<<62 + 1), 1.0, 2.5, []string{}, []string{"x", "y"}}
	p := Props{}
	for _, name := range []string{"p", "q"} {
		if i := rng.IntN(len(values) + 3); i < len(values) {
			p[name] = values[i]
		}
	}
	return p
}

// apply is what a store does with a Change.
func apply(f Facts, c Change) Facts {
	nodes, rels := map[Ref]Node{}, map[RelRef]Rel{}
	for _, n := range f.Nodes {
		nodes[n.Ref] = n
	}
	for _, r := range f.Rels {
		rels[r.Ref()] = r
	}
	for _, n := range c.NodesRemoved {
		delete(nodes, n.Ref)
	}
	for _, n := range c.NodesAdded {
		nodes[n.Ref] = n
	}
	for _, n := range c.NodesChanged {
		nodes[n.Old.Ref] = n.New
	}
	for _, r := range c.RelsRemoved {
		delete(rels, r.Ref())
	}
	for _, r := range c.RelsAdded {
		rels[r.Ref()] = r
	}
	for _, r := range c.RelsChanged {
		rels[r.Old.Ref()] = r.New
	}
	out := Facts{Source: f.Source}
	for _, n := range nodes {
		out.Nodes = append(out.Nodes, n)
	}
	for _, r := range rels {
		out.Rels = append(out.Rels, r)
	}
	return out
}

func sorted(f Facts) Facts {
	f.Nodes, f.Rels = slices.Clone(f.Nodes), slices.Clone(f.Rels)
	slices.SortFunc(f.Nodes, func(a, b Node) int { return compareText(a.Ref, b.Ref) })
	slices.SortFunc(f.Rels, func(a, b Rel) int { return compareText(a.Ref(), b.Ref()) })
	return f
}

func compareText(a, b any) int { return slices.Compare([]byte(fmt.Sprint(a)), []byte(fmt.Sprint(b))) }

func TestDiffProperties(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a, b := randomFacts(rng), randomFacts(rng)
		if err := a.Validate(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		shuffled := sorted(a)
		if c := Diff(a, shuffled); !c.Empty() {
			t.Errorf("seed %d: Diff(a, a in another order) = %+v, want nothing", seed, c)
		}
		got := sorted(apply(a, Diff(a, b)))
		if !reflect.DeepEqual(got, sorted(b)) {
			t.Errorf("seed %d: applying Diff(a, b) to a gives\n%+v, want\n%+v", seed, got, sorted(b))
		}
		back, forth := Diff(b, a), Diff(a, b)
		if len(back.NodesAdded) != len(forth.NodesRemoved) || len(back.RelsChanged) != len(forth.RelsChanged) {
			t.Errorf("seed %d: Diff(b, a) does not undo Diff(a, b)", seed)
		}
	}
}

func TestDiff(t *testing.T) {
	host := Node{Ref: Ref{Host, "h"}, Props: Props{"name": "web1", "n": int64(1)}}
	with := func(p Props, labels ...string) Node { return Node{Ref: host.Ref, Props: p, Labels: labels} }
	tests := []struct {
		name string
		new  Node
		want bool // changed
	}{
		{"the same", with(Props{"n": int64(1), "name": "web1"}), false},
		{"another value", with(Props{"n": int64(2), "name": "web1"}), true},
		{"another type", with(Props{"n": 1.0, "name": "web1"}), true},
		{"a property gone", with(Props{"name": "web1"}), true},
		{"a label more", with(host.Props, Service), true},
	}
	for _, tt := range tests {
		c := Diff(Facts{Nodes: []Node{host}}, Facts{Nodes: []Node{tt.new}})
		if got := len(c.NodesChanged) == 1; got != tt.want || c.Empty() == tt.want || len(c.NodesAdded)+len(c.NodesRemoved) != 0 {
			t.Errorf("%s: %+v, want changed = %v", tt.name, c, tt.want)
		}
	}
}

func TestFactsJSON(t *testing.T) {
	for seed := range uint64(50) {
		f := randomFacts(rand.New(rand.NewPCG(seed, 2)))
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back Facts
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if back.Source != f.Source || !Diff(f, back).Empty() {
			t.Errorf("%s came back as %+v", text, back)
		}
	}
}

func FuzzFactsJSON(f *testing.F) {
	f.Add([]byte(`{"source":{"host":"h","instance":"i","boot":1,"seq":1},"nodes":[{"l":"Host","k":"h","props":{"n":9007199254740993,"f":2.0,"l":["a"]}}]}`))
	f.Add([]byte(`{"nodes":[{"l":"A","k":"1"},{"l":"A","k":"2"}],"rels":[{"t":"T","from":{"l":"A","k":"1"},"to":{"l":"A","k":"2"},"props":{"x":1e3}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var a, b Facts
		if json.Unmarshal(text, &a) != nil || a.Validate() != nil {
			return
		}
		again, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &b); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if !Diff(a, b).Empty() || b.Validate() != nil {
			t.Errorf("%s came back as %s", text, again)
		}
	})
}
