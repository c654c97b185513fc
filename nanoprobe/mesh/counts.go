package mesh

import (
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// A switch may have hosts in many base rings. So while hosts die, the representatives of these count them
// for each other, by segments, in the ring above that they have in common:
//
//	base ring dc1/0: 2 of switch s1 died, 1 is up ──▶ ring above ──▶ representatives of dc1/1, dc1/2 ...
//
// Counts ride on the packets of that ring, and whoever reads one passes it on: they cost no datagram of
// their own. Rings that have no ring above in common, of which a fleet of ten thousand hosts may have some,
// are told apart.

// countEvery is how long at least lies between two counts of one representative.
const countEvery = 5 * time.Second

// count is what a representative of a base ring counts there.
type count struct {
	of      backbone.Ring
	tallies []ring.Tally
}

// readTallies takes a count of another representative and passes it on.
func (s *membership) readTallies(l letter) error {
	msg, tallies, err := ring.OpenTallies(l.bytes, s.label, s.roll.key)
	if err != nil {
		return err
	}
	of := s.roll.note(msg.From).Stands.Ring
	if s.ring.Level != 1 || of.Generation == 0 {
		return fmt.Errorf("tallies of %q, which stands for no base ring here: %w", msg.From, ring.ErrStranger)
	}
	if err := s.admit(msg); err != nil {
		return err
	}
	if msg.From != s.mesh.cfg.HostID {
		s.broadcasts.QueueBroadcast(broadcast{name: talliesOf(msg.From), message: l.bytes})
		select {
		case s.mesh.counted <- count{of, tallies}:
		default: // the next comes in 5 s
		}
	}
	return nil
}

// takeCount tells the causes of what others count. The other representative of this host's own ring knows
// no other hosts than this one.
func (m *Mesh) takeCount(c count) {
	own := m.causes
	if own == nil || c.of.Level != own.ring.Level || c.of.Prefix.Overlaps(own.ring.Prefix) {
		return
	}
	own.succeed(c.of)
	for _, t := range c.tallies {
		heard := cause.Tally{From: c.of.Label(), Segment: t.Segment, Up: int(t.Up), Died: int(t.Died)}
		if t.Died > 0 {
			heard.Lowest, heard.Appearance, heard.Told = string(t.Lowest.ID), appearance(t.Lowest), t.Told
		}
		own.grouper.Tally(time.Since(m.began).Milliseconds(), heard)
	}
}

// succeed has what was counted in a ring forgotten that another took the place of, in whole or in part: the
// hosts would count twice.
func (c *causes) succeed(r backbone.Ring) {
	c.counted = slices.DeleteFunc(c.counted, func(o backbone.Ring) bool {
		overlap := o.Prefix.Overlaps(r.Prefix)
		if overlap && o != r {
			c.grouper.Discount(o.Label())
		}
		return overlap
	})
	c.counted = append(c.counted[max(0, len(c.counted)+1-ring.MaxMembers):], r)
}

// mayShare reports whether other base rings may have a representative in the ring above this one. A host
// that has just become its representative can't know yet.
func (m *Mesh) mayShare() bool {
	c, above := m.causes, m.above()
	if c.others || above == nil {
		return true // that there were some is enough, so nobody needs to be looked at each second
	}
	others, heard := above.heardOthers()
	c.others = slices.ContainsFunc(others, func(p backbone.Peer) bool {
		stands := p.Note.Stands.Ring
		return stands.Generation > 0 && !stands.Prefix.Overlaps(c.ring.Prefix)
	})
	return c.others || !heard
}

// above returns the membership in the ring above the base ring, or nil.
func (m *Mesh) above() *membership {
	for _, s := range m.rings() {
		if s.ring.Level == 1 {
			return s
		}
	}
	return nil
}

// sendCount counts the base ring for the others, if there is anything that they should know.
func (m *Mesh) sendCount(now time.Time) {
	c, above, at := m.causes, m.above(), now.Sub(m.began)
	if above == nil || c.toldAt > 0 && at < c.toldAt+countEvery {
		return
	}
	tallies := c.tallies(at)
	if len(tallies) == 0 {
		return
	}
	b, n := m.sealer.SealTallies(nil, above.label, tallies)
	above.broadcasts.QueueBroadcast(broadcast{name: talliesOf(m.cfg.HostID), message: b})
	c.toldAt, c.next = at, c.next+n
}

// tallies is what the others should know at a time since the beginning. Since a message may not hold all of
// it, each time another segment comes first.
func (c *causes) tallies(at time.Duration) []ring.Tally {
	var tallies []ring.Tally
	for _, t := range c.grouper.Tallies(at.Milliseconds()) {
		if cause.ValidateSegments([]string{t.Segment}) != nil {
			continue // of another host's note, which is not checked further than for its size
		}
		counted := ring.Tally{Segment: t.Segment, Up: uint16(t.Up), Died: uint16(t.Died), Told: t.Told} // of maxRoll
		if t.Died > 0 {
			counted.Lowest = appeared(t.Lowest, t.Appearance)
		}
		tallies = append(tallies, counted)
	}
	if len(tallies) == 0 {
		return nil
	}
	first := c.next % len(tallies)
	return slices.Concat(tallies[first:], tallies[:first])
}
