package sim

import (
	"math"
	"time"
)

// chance decides by what a decision is about and not by when it is asked for: the same question has
// the same answer however many others came before it. That is what lets a run that skips quiet time
// meet the same fate as one that lives through it.
type chance uint64

// golden is 2^64 divided by the golden ratio: the step of splitmix64, whose finalizer of follows.
const golden = 0x9e3779b97f4a7c15

// of is the chance of the n-th thing of c.
func (c chance) of(n uint64) chance {
	z := uint64(c) + (n+1)*golden
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return chance(z ^ z>>31)
}

// fraction is uniform in [0, 1).
func (c chance) fraction() float64 { return float64(c.of(0)>>11) / (1 << 53) }

// hits with probability p.
func (c chance) hits(p float64) bool { return p > 0 && c.fraction() < p }

// below is one of 0 to n-1.
func (c chance) below(n int) int { return int(uint64(c.of(0)) % uint64(n)) }

// span is uniform in [0, d).
func (c chance) span(d time.Duration) time.Duration {
	return time.Duration(c.fraction() * float64(d))
}

// exponential is the time to the next of things that happen once in mean, at random.
func (c chance) exponential(mean time.Duration) time.Duration {
	return time.Duration(-math.Log(1-c.fraction()) * float64(mean))
}

// never is the ordinal of what doesn't happen.
const never = math.MaxUint64

// rarity is a probability in the form that gap needs: 1/ln(1-p), 0 for what never happens.
type rarity float64

func rarityOf(p float64) rarity {
	if p <= 0 {
		return 0
	}
	return rarity(1 / math.Log1p(-min(p, 1-1e-9)))
}

// gap is how many trials go well before the next that doesn't.
func (r rarity) gap(c chance) uint64 {
	if r == 0 {
		return never
	}
	return uint64(math.Log(1-c.fraction()) * float64(r)) // Log1p is four times as slow
}
