package ring

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
)

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
	Flapping  Kind = "flapping"  // it died and returned so often that no more is said of that until it settled
	Settled   Kind = "settled"   // it flaps no more; the Dead or Alive that follows says as what

	// AddressMoved is of Subject, which has an address that Other had. The CMA alone knows.
	AddressMoved Kind = "address moved"

	// Of many at once. This package knows no others than its ring's members and says none of these;
	// it lends them its Event.
	RingLost    Kind = "ring unreachable"    // of a whole ring nobody answers
	SwitchDown  Kind = "switch down"         // all that hangs on a switch went with it
	SegmentDown Kind = "segment unreachable" // likewise a rack or a subnet
	Restored    Kind = "restored"            // members of one of the three are heard again
)

// HostState is what is left of a member that is gone.
type HostState string

// What may be left.
const (
	HostDead      HostState = "host dead"      // nothing answers at its address
	NanoprobeDown HostState = "nanoprobe down" // the host answers, the nanoprobe does not
	ShutDown      HostState = "shut down"      // it took its leave
	Moved         HostState = "moved"          // it went over to another ring, where it lives on
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
	Asked      []HostID `json:"asked,omitempty"`     // who was asked about the subject, at most 16
	Dial       string   `json:"dial,omitempty"`      // what a connection to it came to: refused, accepted, silence
	SilentMS   int64    `json:"silent_ms,omitempty"` // since the witness last heard the subject
	RTTMicros  int64    `json:"rtt_us,omitempty"`    // of the last heartbeat that the subject answered
	LossPct    int      `json:"loss_pct,omitempty"`  // of the last 128 heartbeats before its silence, there or back
	Returns    int      `json:"returns,omitempty"`   // of Flapping and Settled: since it began; of AddressMoved: moves that it tells of
	Other      *Member  `json:"other,omitempty"`     // of Cloned: the second host; of AddressMoved: who had it before
	Address    string   `json:"address,omitempty"`   // of AddressMoved

	// Of RingLost, SwitchDown, SegmentDown and Restored.
	Ring     string   `json:"ring,omitempty"`     // readable name of the ring
	Segment  string   `json:"segment,omitempty"`  // such as switch:CHASSIS
	Members  []Member `json:"members,omitempty"`  // whom it concerns, at most MaxMembers
	Incident string   `json:"incident,omitempty"` // the same for all witnesses of one change
	// HostCount is how many it concerns, if its witness knows of more than it can list in Members; else 0.
	HostCount int `json:"host_count,omitempty"`

	Number    uint64 `json:"number,omitempty"`    // of the event among its witness's since boot
	Signature []byte `json:"signature,omitempty"` // by the witness's key, over all of the above
}

// ID names the change. Two witnesses of one change give it the same id; a change that concerns its
// witness too is told from the same one of another witness.
func (e Event) ID() string {
	if e.Incident != "" {
		return e.Incident + "/" + string(e.Kind)
	}
	id := fmt.Sprintf("%s/%d/%d/%s", e.Subject.ID, e.Subject.Boot, e.Subject.Epoch, e.Kind)
	switch {
	case e.Kind == Link || e.Kind == LinkUp:
		return id + "/" + string(e.Witness)
	case e.Kind == AddressMoved:
		return fmt.Sprintf("%s/%d/%s", e.Address, e.Number, e.Kind)
	case e.Other != nil:
		return fmt.Sprintf("%s/%d", id, e.Other.Boot)
	}
	return id
}

// Sign returns e with the signature of its witness, whose key this is.
func (e Event) Sign(key ed25519.PrivateKey) Event {
	e.Signature = ed25519.Sign(key, e.signed())
	return e
}

// Verify reports whether the owner of key signed e as it is.
func (e Event) Verify(key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, e.signed(), e.Signature)
}

// signed is what a signature covers. The JSON of a struct has one order of fields, and reading it and
// writing it again changes nothing in texts that are UTF-8, which a Member's are held to be.
func (e Event) signed() []byte {
	e.Signature = nil
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("ring: event %+v has no JSON form: %v", e, err)) // it has no field that could fail
	}
	return append([]byte("assim event 1\x00"), b...)
}
