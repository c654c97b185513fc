package ring

import (
	"errors"
	"fmt"
	"time"
)

// Profile is how patient a ring is. Every member of a ring should have the same one.
type Profile struct {
	Tick        time.Duration // between two calls of Tick, which is the shell's to see to
	BeatTicks   int           // between two heartbeats
	DeadBeats   int           // a neighbour silent for so many beats is suspect, more on a bad link; 2 to 30
	AnswerTicks int           // how long the answer to a ping may take, and a round of confirmation lasts
	PerSide     int           // neighbours watched on either side, 1 or 2; a small ring has 2 anyhow
}

// smallRing is the number of members below which each watches two on either side: with so few, two
// deaths at once would else often leave a member that nobody watches.
const smallRing = 8

// LAN is the profile of hosts in one data centre: dead 6 to 7 s after the last sign of life, and a
// pause of 5 s is forgiven.
func LAN() Profile {
	return Profile{Tick: 250 * time.Millisecond, BeatTicks: 4, DeadBeats: 5, AnswerTicks: 2, PerSide: 1}
}

// Local is the profile of hosts whose network loses next to nothing: dead after 4 to 5 s.
func Local() Profile {
	p := LAN()
	p.DeadBeats = 3
	return p
}

// WAN is the profile of hosts in several places: answers may take 2 s, dead after 16 to 18 s.
func WAN() Profile {
	return Profile{Tick: 500 * time.Millisecond, BeatTicks: 4, DeadBeats: 5, AnswerTicks: 4, PerSide: 1}
}

// NamedProfile returns the profile called local, lan or wan.
func NamedProfile(name string) (Profile, error) {
	switch name {
	case "local":
		return Local(), nil
	case "lan":
		return LAN(), nil
	case "wan":
		return WAN(), nil
	}
	return Profile{}, fmt.Errorf("profile %q is none of local, lan and wan", name)
}

// Answer is how long the answer to a ping may take.
func (p Profile) Answer() time.Duration { return time.Duration(p.AnswerTicks) * p.Tick }

// LateAnswer is how long the answer to a heartbeat is waited for: two heartbeats, since it is a sign of
// life also when the time for an answer is over.
func (p Profile) LateAnswer() time.Duration {
	return time.Duration(max(2*p.BeatTicks, p.AnswerTicks)) * p.Tick
}

// Validate says what makes p unfit for a ring.
func (p Profile) Validate() error {
	switch {
	case p.Tick <= 0:
		return fmt.Errorf("tick of %v is not positive", p.Tick)
	case p.BeatTicks < 1:
		return fmt.Errorf("%d ticks between heartbeats, at least 1", p.BeatTicks)
	case p.DeadBeats < 2 || p.DeadBeats > maxPatience:
		return fmt.Errorf("suspect after %d missed heartbeats, 2 to %d", p.DeadBeats, maxPatience)
	case p.AnswerTicks < 1:
		return errors.New("no time for the answer to a ping")
	case p.PerSide != 1 && p.PerSide != 2:
		return fmt.Errorf("%d neighbours on either side, 1 or 2", p.PerSide)
	}
	return nil
}

// suspectTicks is how long a neighbour may be silent that may miss so many heartbeats: the last of
// them has its time for an answer too.
func (p Profile) suspectTicks(beats int) int { return beats*p.BeatTicks + p.AnswerTicks }

// late reports whether an answer took more than half of its time.
func (p Profile) late(rtt time.Duration) bool { return rtt > p.Answer()/2 }

// freshTicks is how long a sign of life counts as fresh; a watcher whose own tick comes later than
// that was held up, and its impressions are worth nothing.
func (p Profile) freshTicks() int { return 2 * p.BeatTicks }
