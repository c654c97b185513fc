package embedded

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEdges adds and removes edges of a few types, on lists that share memory with older ones.
func TestEdges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		var l edges
		var model []edge
		for step := range 200 {
			if rng.IntN(10) == 0 {
				l = slices.Clip(l) // shared from now on
			}
			old, was := slices.Clip(l), slices.Clone(l)
			if i := rng.IntN(len(model) + 1); i < len(model) && rng.IntN(3) == 0 {
				l = slices.Clip(l).remove(model[i])
				model = slices.Delete(model, i, i+1)
			} else {
				e := newEdge(uint32(rng.IntN(5))*60, uint32(rng.IntN(maxID)), uint32(step))
				l = slices.Clip(l).add(e)
				model = append(model, e)
			}
			if !slices.Equal(old, was) {
				t.Fatal("a shared list was changed")
			}
			checkOrder(t, l)
			if got, want := slices.Sorted(slices.Values(l)), slices.Sorted(slices.Values(model)); !slices.Equal(got, want) {
				t.Fatalf("%x, want %x", got, want)
			}
			for kind := uint32(0); kind < maxTypes; kind += 60 {
				checkGroup(t, l, kind)
			}
		}
	}
}

func checkGroup(t *testing.T, l edges, kind uint32) {
	t.Helper()
	of := l.of(kind)
	for _, e := range l {
		rel, found := of.find(kind, e.other())
		if slices.Contains(of, e) != (e.kind() == kind) || found && !slices.Contains(of, newEdge(kind, e.other(), rel)) {
			t.Fatalf("of type %d %x, of %x", kind, of, l)
		}
	}
}
