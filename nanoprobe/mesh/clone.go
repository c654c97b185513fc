package mesh

import (
	"context"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Two hosts that claim one id are looked at so often, and reported so often while both live.
const (
	lookEvery  = time.Minute
	cloneEvery = 10 * time.Minute
)

// conflict is two hosts, or two addresses of one, under one id; a has it.
type conflict struct {
	a, b    ring.Member
	refused bool // b is no member of the ring, so that only those know of it whom it met
}

// cloneWatch remembers which host ids are not to be looked at until when, at most maxConflicts.
type cloneWatch struct {
	rest  map[ring.HostID]time.Time
	found chan conflict
}

func newCloneWatch() *cloneWatch {
	return &cloneWatch{rest: map[ring.HostID]time.Time{}, found: make(chan conflict, maxConflicts)}
}

// due reports whether the host is to be looked at now, and notes that it is.
func (c *cloneWatch) due(id ring.HostID, now time.Time) bool {
	for old, until := range c.rest {
		if !now.Before(until) {
			delete(c.rest, old)
		}
	}
	if _, rests := c.rest[id]; rests || len(c.rest) == maxConflicts {
		return false
	}
	c.rest[id] = now.Add(lookEvery)
	return true
}

// reported notes that the host was reported.
func (c *cloneWatch) reported(id ring.HostID, now time.Time) { c.rest[id] = now.Add(cloneEvery) }

// checkClones looks, beside the loop, whether both of two hosts under one id live. Otherwise it is one
// host that was elsewhere before, and takes up its membership when its former self is found dead. The
// neighbours of an id look, and whoever refused the second host, which the others don't know.
func (s *membership) checkClones(ctx context.Context) {
	for _, c := range s.roll.rivals() {
		if !c.refused && !s.watches(c.a.ID) || !s.clones.due(c.a.ID, time.Now()) {
			continue
		}
		s.work.Go(func() {
			_, errA := s.ping(wire.Confirmation, c.a)
			_, errB := s.ping(wire.Confirmation, c.b)
			if errA == nil && errB == nil && ctx.Err() == nil {
				s.clones.found <- c
			}
		})
	}
}

// clonedEvent names both hosts, whoever saw them and in whatever order.
func clonedEvent(c conflict, witness ring.HostID) ring.Event {
	if c.b.Boot < c.a.Boot || c.b.Boot == c.a.Boot && c.b.Addr < c.a.Addr {
		c.a, c.b = c.b, c.a
	}
	return ring.Event{Kind: ring.Cloned, Subject: c.a, Other: &c.b, Witness: witness}
}
