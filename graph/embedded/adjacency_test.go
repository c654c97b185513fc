package embedded

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/graph/cypher"
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

// TestEdgesOfTypes asks for types of short lists and of long ones, between which loops lie.
func TestEdgesOfTypes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const node = 7
	for length := range 3 * shortList {
		var l edges
		for rel := range length {
			l = l.add(newEdge(uint32(rng.IntN(5)), uint32(node+rng.IntN(3)), uint32(rel)))
		}
		for _, types := range [][]cypher.TypeID{nil, {2}, {4, 0}, {1, 3, 200}} {
			for _, skipLoops := range []bool{false, true} {
				var want []cypher.RelID
				for _, e := range l {
					wanted := types == nil || slices.Contains(types, cypher.TypeID(e.kind()))
					if wanted && !(skipLoops && e.other() == node) {
						want = append(want, cypher.RelID(e.rel()))
					}
				}
				var got []cypher.RelID
				for _, e := range l.expand(nil, types, node, skipLoops) {
					got = append(got, e.Rel)
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Fatalf("types %v of %x, loops skipped %v: %v, want %v", types, l, skipLoops, got, want)
				}
			}
		}
	}
}
