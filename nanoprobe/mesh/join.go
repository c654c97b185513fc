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
	// Whoever has joined looks after firstLook, give or take a half, then after twice that and so on up to
	// lastLook whether others came in meanwhile, and if so exchanges all state once more: of many members
	// that start at once, those met first know few of the others. One that comes alone does it once.
	firstLook = time.Second
	lastLook  = 8 * time.Second
	// Members that are missed are tried one at a time, so often by the whole ring: the cost of those
	// gone for good does not grow with the ring.
	ringRetry = 5 * time.Second
	// But while parts of the ring come together each tries after rejoinRetry, give or take a half: when within
	// the last lately at least as many came back as are still missed, and minReturns. Who is missed then is
	// most likely back, and what was told of that has died on the way, as rumours on pings to the same few do.
	rejoinRetry = 8 * time.Second
	lately      = 30 * time.Second
	minReturns  = 3
	// Whoever is missed for longer than oftenFor is tried the less often the longer, and after
	// giveUpAfter not at all; it may still come by its seeds.
	oftenFor    = 5 * time.Minute
	giveUpAfter = 24 * time.Hour
)

// keepJoined joins the ring by its seeds and, after an outage or a partition, joins what fell apart:
// memberlist forgets who it found dead and never tries them again.
func (s *membership) keepJoined(ctx context.Context, seeds []netip.AddrPort) {
	due, retry, young := time.Now(), firstRetry, settling{}
	for {
		select {
		case <-ctx.Done():
			return
		case with := <-s.contacts:
			s.join(ctx, with)
			continue
		case <-s.regroup:
			if soon := time.Now().Add(jitter(rejoinRetry, s.rand)); s.rejoining() && soon.Before(due) {
				due = soon
			}
			continue
		case <-time.After(time.Until(due)):
		}
		var wait time.Duration
		switch present := len(s.members()); {
		case present > 1 && young.settled():
			s.tryMissing(ctx)
			if wait = jitter(time.Duration(present)*ringRetry, s.rand); s.rejoining() {
				wait = jitter(rejoinRetry, s.rand)
			}
		case present > 1 && present <= young.knew:
			wait = jitter(young.next(), s.rand)
		case s.join(ctx, append(s.missing(), seeds...)):
			wait, retry = jitter(young.exchanged(len(s.members())), s.rand), firstRetry
		default:
			wait, retry, young = jitter(retry, s.rand), min(2*retry, maxRetry), settling{}
		}
		due = time.Now().Add(wait)
	}
}

// settling is how a member that has joined finds who else does so at that time.
type settling struct {
	knew int           // members, itself included, after the last exchange; 0 before the first
	look time.Duration // how long the last wait was to be
}

// exchanged notes the members known after an exchange of all state and returns when to look.
func (s *settling) exchanged(present int) time.Duration {
	if s.settled() { // it was alone, the first time or again
		*s = settling{}
	}
	s.knew = present
	return s.next()
}

// next is when to look again.
func (s *settling) next() time.Duration {
	s.look = min(max(firstLook, 2*s.look), lastLook)
	return s.look
}

// settled reports whether the ring is known: to whom the others came, it is from the start.
func (s *settling) settled() bool { return s.knew == 0 || s.look == lastLook }

// rejoining reports whether this host's part of the ring and another one come together.
func (s *membership) rejoining() bool {
	missed := len(s.missing())
	return rejoins(s.roll.backSince(time.Now().Add(-lately)), missed)
}

// rejoins reports whether so many that are back and so many that are missed are parts that come together.
func rejoins(back, missed int) bool { return missed > 0 && back >= max(minReturns, missed) }

// tryMissing joins one of those who are missed, if any is due.
func (s *membership) tryMissing(ctx context.Context) {
	s.mu.Lock()
	missing := s.machine.Missing()
	s.mu.Unlock()
	now := time.Now()
	if !s.rejoining() {
		missing = slices.DeleteFunc(missing, func(o ring.Member) bool {
			return s.rand.Float64() >= retryChance(s.roll.goneFor(o.ID, now))
		})
	}
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
