package ring

import (
	"fmt"
	"slices"
)

// Circle is a ring whose members are known, for many machines to be formed of. It is not changed by
// them and may be used by several goroutines.
type Circle struct{ roster roster }

// NewCircle returns the circle of members, at most MaxMembers with different ids.
func NewCircle(members []Member) (*Circle, error) {
	if len(members) > MaxMembers {
		return nil, fmt.Errorf("%w: %d members, at most %d", ErrFull, len(members), MaxMembers)
	}
	for _, m := range members {
		if err := m.validate(); err != nil {
			return nil, err
		}
	}
	c := &Circle{roster: newRoster(members...)}
	if len(c.roster.index) < len(members) {
		return nil, fmt.Errorf("two of %d members have one host id", len(members))
	}
	return c, nil
}

// Form returns the Machine of the member self of c in a ring that has run well for long: all know each
// other, every neighbour answered all heartbeats at once, and the next goes out in the phase-th Tick
// from now, 1 to profile.BeatTicks. The costs are a few microseconds and some 200 bytes a member.
func (c *Circle) Form(self HostID, profile Profile, phase int) (*Machine, error) {
	if err := profile.Validate(); err != nil {
		return nil, err
	}
	e := c.roster.find(self)
	if e == nil {
		return nil, fmt.Errorf("host %q: %w", self, ErrStranger)
	}
	if phase < 1 || phase > profile.BeatTicks {
		return nil, fmt.Errorf("a heartbeat in the tick %d, 1 to %d", phase, profile.BeatTicks)
	}
	m := &Machine{profile: profile, self: e.Member, roster: c.roster, now: uint64(profile.BeatTicks - phase)}
	m.roster.entries = slices.Clone(c.roster.entries)
	m.chooseWatches(false)
	for i := range m.watches {
		w := &m.watches[i]
		w.heard, w.seen, w.beatTicks, w.silentTicks = true, measured, phase, profile.BeatTicks-phase
	}
	return m, nil
}
