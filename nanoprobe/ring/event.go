package ring

import "fmt"

// Kind is what an Event says of its subject.
type Kind string

// What can be said of a subject.
const (
	Dead      Kind = "dead"      // State says whether the host or the nanoprobe alone
	Alive     Kind = "alive"     // back up after it was dead or shut down
	Restarted Kind = "restarted" // it has a new boot, and had not been found dead
	Shutdown  Kind = "shutdown"  // it said that it stops
	Link      Kind = "link"      // the witness can't reach it, another member can
	LinkUp    Kind = "link up"   // the witness can reach it again
	Isolated  Kind = "isolated"  // the subject itself: no other member answers it
	Rejoined  Kind = "rejoined"  // the subject itself: another member answers again
	Cloned    Kind = "cloned"    // two live hosts, Subject and Other, have one id
)

// HostState is what is left of a member that is gone.
type HostState string

// What may be left.
const (
	HostDead      HostState = "host dead"      // nothing answers at its address
	NanoprobeDown HostState = "nanoprobe down" // the host answers, the nanoprobe does not
	ShutDown      HostState = "shut down"      // it took its leave
)

// Event is a change that its witness vouches for. All witnesses of a change report it; ID makes one
// of their events.
type Event struct {
	Kind    Kind      `json:"kind"`
	Subject Member    `json:"subject"`
	Witness HostID    `json:"witness"`
	State   HostState `json:"state,omitempty"` // of a dead subject
	// SecondedBy lists who else could not reach a dead subject, or who could when the link is at
	// fault. A death that nobody seconded rests on the witness alone: there was nobody to ask.
	SecondedBy []HostID `json:"seconded_by,omitempty"`
	SilentMS   int64    `json:"silent_ms,omitempty"` // since the witness last heard the subject
	RTTMicros  int64    `json:"rtt_us,omitempty"`    // of the last heartbeat that the subject answered
	Other      *Member  `json:"other,omitempty"`     // of Cloned: the second host
}

// ID names the change. Two witnesses of one change give it the same id; a change that concerns its
// witness too is told from the same one of another witness.
func (e Event) ID() string {
	id := fmt.Sprintf("%s/%d/%d/%s", e.Subject.ID, e.Subject.Boot, e.Subject.Epoch, e.Kind)
	switch {
	case e.Kind == Link || e.Kind == LinkUp:
		return id + "/" + string(e.Witness)
	case e.Other != nil:
		return fmt.Sprintf("%s/%d", id, e.Other.Boot)
	}
	return id
}
