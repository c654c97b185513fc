package mesh

import (
	"context"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// cloneEvery is how often two addresses under one host id are looked at. Each exchange of state
// brings them up again.
const cloneEvery = 10 * time.Minute

// cloneWatch remembers which host ids were looked at, at most maxConflicts.
type cloneWatch struct {
	looked map[ring.HostID]time.Time
	found  chan ring.Event
}

func newCloneWatch() *cloneWatch {
	return &cloneWatch{looked: map[ring.HostID]time.Time{}, found: make(chan ring.Event, maxConflicts)}
}

// due reports whether the host is to be looked at now, and notes that it is.
func (c *cloneWatch) due(id ring.HostID, now time.Time) bool {
	for old, at := range c.looked {
		if now.Sub(at) >= cloneEvery {
			delete(c.looked, old)
		}
	}
	if _, recent := c.looked[id]; recent || len(c.looked) == maxConflicts {
		return false
	}
	c.looked[id] = now
	return true
}

// checkClones tells two live hosts with one id from one that moved to another address: of two, both
// answer. memberlist keeps the one that was there first, so neither pushes the other out.
func (m *Mesh) checkClones(ctx context.Context, conflicts []conflict) {
	for _, c := range conflicts {
		if !m.clones.due(c.a.ID, time.Now()) {
			continue
		}
		m.work.Go(func() {
			_, errA := m.ping(c.a)
			_, errB := m.ping(c.b)
			if errA == nil && errB == nil && ctx.Err() == nil {
				m.clones.found <- clonedEvent(c, m.cfg.HostID)
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
