package mesh

import (
	"slices"
	"testing"
	"time"
)

// TestRetryChance: who is missed for long is tried less and less often, and after a day not at all.
func TestRetryChance(t *testing.T) {
	for _, tt := range []struct {
		missed time.Duration
		want   float64
	}{
		{0, 1},
		{oftenFor, 1},
		{2 * oftenFor, 0.5},
		{10 * time.Hour, 1. / 120},
		{giveUpAfter, 1. / 288},
		{giveUpAfter + 1, 0},
	} {
		if got := retryChance(tt.missed); got != tt.want {
			t.Errorf("missed for %v: tried with a chance of %v, want %v", tt.missed, got, tt.want)
		}
	}
}

// TestRejoins: many that come back speak for those that are still missed; few do not, and with nobody missed
// there is nothing to try.
func TestRejoins(t *testing.T) {
	for _, tt := range []struct {
		back, missed int
		want         bool
	}{{2, 1, false}, {3, 1, true}, {3, 3, true}, {3, 4, false}, {31, 1, true}, {31, 0, false}, {0, 0, false}} {
		if got := rejoins(tt.back, tt.missed); got != tt.want {
			t.Errorf("%d back, %d missed: %v", tt.back, tt.missed, got)
		}
	}
}

// TestSettling: a member that comes alone exchanges all state once, one of many that start together whenever
// others came in, for some 15 s, and one that was alone again starts over.
func TestSettling(t *testing.T) {
	for _, tt := range []struct {
		name    string
		present []int // members at each look; an exchange tells of no others
		want    []int // whether they were exchanged, and how many seconds to wait
	}{
		{"alone", []int{9, 9, 9, 9}, []int{+1, -2, -4, -8}},
		{"with few", []int{3, 9, 9, 10}, []int{+1, +2, -4, +8}},
		{"some leave", []int{9, 8, 9, 8}, []int{+1, -2, -4, -8}},
	} {
		young := settling{}
		if !young.settled() {
			t.Errorf("%s: not settled although others came before it could join", tt.name)
		}
		for _, round := range []string{"at first", "alone again"} {
			var got []int
			for i, present := range tt.present {
				if i > 0 && young.settled() {
					t.Fatalf("%s, %s: settled after %v", tt.name, round, got)
				}
				if i == 0 || present > young.knew {
					got = append(got, int(young.exchanged(present).Seconds()))
				} else {
					got = append(got, -int(young.next().Seconds()))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s, %s: %v, want %v", tt.name, round, got, tt.want)
			}
			if !young.settled() {
				t.Errorf("%s, %s: not settled after %v", tt.name, round, got)
			}
		}
	}
}
