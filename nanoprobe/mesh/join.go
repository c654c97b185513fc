package mesh

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// A member that is alone tries its seeds after 1 s, 2 s and so on up to maxRetry.
	firstRetry = time.Second
	maxRetry   = 30 * time.Second
	// againAfter a first success, give or take a half, all state is exchanged once more: of many
	// members that start at once, those met first know few of the others.
	againAfter = 7 * time.Second
	// Members that are missed are tried one at a time, so often by the whole ring: the cost of those
	// gone for good does not grow with the ring.
	ringRetry = 10 * time.Second
	// Whoever is missed for longer than oftenFor is tried the less often the longer, and after
	// giveUpAfter not at all; it may still come by its seeds.
	oftenFor    = 5 * time.Minute
	giveUpAfter = 24 * time.Hour
)

// keepJoined joins the ring by its seeds and, after an outage or a partition, joins what fell apart:
// memberlist forgets who it found dead and never tries them again.
func (s *membership) keepJoined(ctx context.Context, seeds []netip.AddrPort) {
	wait, retry, again := time.Duration(0), firstRetry, false
	for {
		select {
		case <-ctx.Done():
			return
		case with := <-s.contacts:
			s.join(ctx, with)
			continue
		case <-time.After(wait):
		}
		switch present := len(s.members()); {
		case present > 1 && !again:
			s.tryMissing(ctx)
			wait = jitter(time.Duration(present)*ringRetry, s.rand)
		case s.join(ctx, append(s.missing(), seeds...)):
			again = !again
			wait, retry = jitter(againAfter, s.rand), firstRetry
		default:
			again = false
			wait, retry = jitter(retry, s.rand), min(2*retry, maxRetry)
		}
	}
}

// tryMissing joins one of those who are missed, if any is due.
func (s *membership) tryMissing(ctx context.Context) {
	s.mu.Lock()
	missing := s.machine.Missing()
	s.mu.Unlock()
	now := time.Now()
	missing = slices.DeleteFunc(missing, func(o ring.Member) bool {
		return s.rand.Float64() >= retryChance(s.roll.goneFor(o.ID, now))
	})
	if addrs := addrsOf(missing); len(addrs) > 0 {
		i := s.rand.IntN(len(addrs))
		s.join(ctx, addrs[i:i+1])
	}
}

// retryChance is how probably a member that is missed for so long takes part in the choice of whom to
// try.
func retryChance(missed time.Duration) float64 {
	switch {
	case missed <= oftenFor:
		return 1
	case missed > giveUpAfter:
		return 0
	}
	return oftenFor.Seconds() / missed.Seconds()
}

// jitter is d, give or take a half.
func jitter(d time.Duration, r *rand.Rand) time.Duration {
	return d/2 + time.Duration(r.Int64N(int64(d)))
}

// join exchanges all state with each of addrs, this host's own aside, and reports whether one of them
// took part.
func (s *membership) join(ctx context.Context, addrs []netip.AddrPort) bool {
	joined, self := false, s.self().Addr
	for _, addr := range addrs {
		if ctx.Err() != nil {
			break
		}
		if addr.String() == self {
			continue
		}
		_, err := s.memberlist.Join([]string{addr.String()})
		joined = joined || err == nil
		s.logger.Debug("state exchanged", "peer", addr, "err", err)
	}
	return joined
}
