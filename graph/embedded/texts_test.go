package embedded

import (
	"hash/maphash"
	"math/rand/v2"
	"strconv"
	"testing"
)

// TestTexts uses and drops texts, more and then fewer at a time, beside a map of their users.
func TestTexts(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 1))
		known := texts{seed: maphash.MakeSeed()}
		users := map[string]int{}
		for step := range 1000 {
			s := strconv.Itoa(rng.IntN(1 + step%500))
			if users[s] > 0 && rng.IntN(3) < 2 {
				known.drop(known.find(s), 1)
				if users[s]--; users[s] == 0 {
					delete(users, s)
				}
			} else {
				known.use(s, 1)
				users[s]++
			}
		}
		for s, n := range users {
			if id := known.find(s); id == 0 || known.text(id) != s || known.users[id] != uint32(n) {
				t.Fatalf("seed %d: %q has number %d, wanted one with %d users", seed, s, id, n)
			}
		}
		if n := tabled(&known); n != len(users) {
			t.Fatalf("seed %d: %d texts in the table, want %d", seed, n, len(users))
		}
	}
}

// tabled counts the texts that the table has and finds.
func tabled(t *texts) (n int) {
	for _, id := range t.table {
		if id != 0 && t.find(t.text(id)) == id {
			n++
		}
	}
	return n
}
