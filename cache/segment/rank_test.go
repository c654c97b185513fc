package segment

import "testing"

// TestRankLimits has no room: ranks stay where they are read again, and never fall.
func TestRankLimits(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to uint64
	}{
		{"room", 0, rankStep},
		{"room for two of three", 10, 13},
		{"no room", 10, 11},
		{"before what it follows", 10, 5},
		{"at the end of ranks", maxRank, 5},
		{"near the end of ranks", maxRank - 2, 0},
	} {
		pending := []*record{{}, {}, {}}
		between(pending, c.from, c.to)
		last := c.from
		for i, r := range pending {
			if r.rank < last || r.rank > maxRank || c.to > c.from && r.rank >= c.to {
				t.Errorf("%s: rank %d of line %d after %d, between %d and %d", c.name, r.rank, i, last, c.from, c.to)
			}
			last = r.rank
		}
	}
	pending := []*record{{}, {}}
	if after(pending, maxRank-rankStep); pending[0].rank != maxRank || pending[1].rank != maxRank {
		t.Errorf("ranks %d and %d at the end, want %d", pending[0].rank, pending[1].rank, uint64(maxRank))
	}
}
