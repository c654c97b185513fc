package mesh

import (
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
