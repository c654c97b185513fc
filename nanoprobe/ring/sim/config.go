package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// MaxMembers bounds a fleet: ten times what memory and patience were measured for.
	MaxMembers = 10_000_000
	// MaxFor bounds the time simulated.
	MaxFor = 100 * 365 * 24 * time.Hour

	targetBase   = 64  // members of a base ring
	targetUpper  = 256 // members of a ring of representatives, at most
	seatsPerRing = 2   // representatives that a ring sends up
)

// Beats is the form of a heartbeat.
type Beats string

// What neighbours may say to each other.
const (
	TwoWay Beats = "two-way" // each pings the other and is answered: 4 datagrams a pair and beat
	OneWay Beats = "one-way" // each says that it lives: 2 datagrams
)

// Config is a fleet and what befalls it. One Config gives one Report, whatever the machine.
type Config struct {
	Members      int           // 1 to MaxMembers
	For          time.Duration // simulated, 1 s to MaxFor; afterwards it may take 30 min to settle
	Seed         uint64
	Profile      ring.Profile
	Beats        Beats         // default TwoWay
	DeathsPerDay float64       // of each member, 0 to 1000; one in four is of the nanoprobe alone
	ReturnAfter  time.Duration // how long the dead stay dead, at least 1 s; default 10 min
	Loss         float64       // of datagrams, 0 to 0.9
	Duplicate    float64       // likewise
	Reorder      float64       // of datagrams that are overtaken by later ones, 0 to 0.9
	Delay        time.Duration // of a datagram, give or take a half; default 250 µs, at most 10 s
	Scenario     string        // one of Scenarios, or none
	Full         bool          // live through quiet time, too: thousands of times slower, the same events
	Event        func(Told)    // called with each event of a member, unless nil; not from two goroutines at once
}

// Told is an event, and where and when it was told.
type Told struct {
	At    time.Duration // since the start
	Ring  string
	Event ring.Event
}

// withDefaults fills in what was left out.
func (c Config) withDefaults() Config {
	if c.Beats == "" {
		c.Beats = TwoWay
	}
	if c.ReturnAfter == 0 {
		c.ReturnAfter = 10 * time.Minute
	}
	if c.Delay == 0 {
		c.Delay = 250 * time.Microsecond
	}
	return c
}

// validate names what is out of bounds.
func (c Config) validate() error {
	switch {
	case c.Members < 1 || c.Members > MaxMembers:
		return fmt.Errorf("%d members, 1 to %d", c.Members, MaxMembers)
	case c.For < time.Second || c.For > MaxFor:
		return fmt.Errorf("%v to simulate, 1s to %v", c.For, MaxFor)
	case c.Beats != TwoWay && c.Beats != OneWay:
		return fmt.Errorf("heartbeats %q are none of %q and %q", c.Beats, TwoWay, OneWay)
	case !(c.DeathsPerDay >= 0 && c.DeathsPerDay <= 1000):
		return fmt.Errorf("%v deaths of a member a day, 0 to 1000", c.DeathsPerDay)
	case c.ReturnAfter < time.Second:
		return fmt.Errorf("return after %v, at least 1s", c.ReturnAfter)
	case c.Delay < 0 || c.Delay > 10*time.Second:
		return fmt.Errorf("delay of %v, 0 to 10s", c.Delay)
	case c.Scenario != "" && scenarios[c.Scenario] == nil:
		return fmt.Errorf("scenario %q is none of %s", c.Scenario, strings.Join(Scenarios(), ", "))
	}
	for _, f := range []struct {
		name string
		p    float64
	}{{"loss", c.Loss}, {"duplicate", c.Duplicate}, {"reorder", c.Reorder}} {
		if !(f.p >= 0 && f.p <= 0.9) { // not a number is refused as well
			return fmt.Errorf("%s of %v, 0 to 0.9", f.name, f.p)
		}
	}
	return c.Profile.Validate()
}

// Scenarios lists what Config.Scenario may be.
func Scenarios() []string {
	names := make([]string, 0, len(scenarios))
	for name := range scenarios {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
