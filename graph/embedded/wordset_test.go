package embedded

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/graph/cypher"
)

// TestSets holds both sets, and snapshots of them, against a map.
func TestSets(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var words wordSet
			var ids idSet
			model := map[uint64]bool{}
			for batch := range uint64(30) {
				oldWords, oldIDs, oldModel := words, ids, sorted(model)
				for range rng.IntN(1500) {
					w := uint64(rng.IntN(40_000))
					if batch > 20 {
						w = uint64(rng.IntN(40_000)) / 1000 * 1000 // leaves run empty
					}
					if model[w] {
						delete(model, w)
						words.remove(w, batch+1)
						ids.remove(uint32(w), batch+1)
					} else {
						model[w] = true
						words.add(w, batch+1)
						ids.add(uint32(w), batch+1)
					}
				}
				checkSets(t, rng, &words, &ids, sorted(model))
				if batch == 10 {
					words = newWordSet(sorted(model), batch+1)
				}
				checkSets(t, rng, &oldWords, &oldIDs, oldModel)
			}
		})
	}
}

func sorted(model map[uint64]bool) (all []uint64) {
	for w := range model {
		all = append(all, w)
	}
	slices.Sort(all)
	return all
}

func checkSets(t *testing.T, rng *rand.Rand, words *wordSet, ids *idSet, want []uint64) {
	t.Helper()
	least := uint64(rng.IntN(42_000))
	from, _ := slices.BinarySearch(want, least)
	if got := slices.Collect(words.from(least)); !slices.Equal(got, want[from:]) {
		t.Fatalf("from %d on: %d words, want %d", least, len(got), len(want[from:]))
	}
	var got []uint64
	buf := make([]cypher.NodeID, 1+rng.IntN(500))
	for n, cursor := ids.read(0, buf); n > 0; n, cursor = ids.read(cursor, buf) {
		for _, id := range buf[:n] {
			got = append(got, uint64(id))
		}
	}
	if !slices.Equal(got, want) || ids.count != len(want) {
		t.Fatalf("%d ids, counted as %d, want %d", len(got), ids.count, len(want))
	}
	w := uint32(rng.IntN(40_000))
	if _, found := slices.BinarySearch(want, uint64(w)); ids.has(w) != found {
		t.Fatalf("has %d: %v, want %v", w, ids.has(w), found)
	}
	for _, l := range words.leaves {
		if len(l.words) == 0 || len(l.words) > maxLeaf {
			t.Fatalf("a leaf of %d words", len(l.words))
		}
	}
}
