package ring

import "time"

// Input is something that happened, for Step: one of Joined, Lost, Pong, Dialled, Received,
// Synced, Raised.
type Input interface{ input() }

// Joined says that memberlist lists Member, or that its metadata changed.
type Joined struct{ Member Member }

// Lost says that memberlist dropped a member.
type Lost struct{ ID HostID }

// Pong ends a Ping. Those of heartbeats may come in another order than these were sent.
type Pong struct {
	To      HostID
	Number  uint32        // of the Ping
	Reached bool          // an answer came in time
	RTT     time.Duration // of the answer
}

// Dialled ends a Dial.
type Dialled struct {
	To      HostID
	Number  uint32 // of the Dial
	Outcome DialOutcome
}

// Received is a message from another member.
type Received struct{ Message Message }

// Synced is what another member holds to be gone, all at once.
type Synced struct{ Verdicts []Message }

// Raised says that this host refuted its death in another ring. A host has one epoch in all its rings.
type Raised struct{ Epoch uint32 }

func (Joined) input()   {}
func (Lost) input()     {}
func (Pong) input()     {}
func (Dialled) input()  {}
func (Received) input() {}
func (Synced) input()   {}
func (Raised) input()   {}

// DialOutcome is what a TCP connection to a suspect's port came to.
type DialOutcome uint8

// Silence is no outcome, or no answer in time.
const (
	Silence  DialOutcome = iota
	Refused              // the host is up and nobody listens
	Accepted             // the host is up; its nanoprobe may be stopped
)

// Ping asks the shell for one ping; a Pong of the same number ends it: at once when the answer comes,
// and without one after the profile's LateAnswer for a heartbeat, and after its Answer for any other.
type Ping struct {
	To     Member
	Number uint32
}

// Heartbeat reports whether p is one, or a ping of a confirmation or for another member.
func (p Ping) Heartbeat() bool { return heartbeat(p.Number) }

// heartbeat tells by the number: heartbeats have even ones, each neighbour its own, other pings odd ones.
func heartbeat(number uint32) bool { return number%2 == 0 }

// Dial asks the shell to open a TCP connection; a Dialled of the same number ends it.
type Dial struct {
	To     Member
	Number uint32
}

// Envelope is a message on its way, by datagram: it may be lost.
type Envelope struct {
	To      Member
	Message Message
}

// String is the outcome as an Event tells it.
func (o DialOutcome) String() string {
	switch o {
	case Refused:
		return "refused"
	case Accepted:
		return "accepted"
	}
	return "silence"
}

// Ready is the work that a Machine wants done, in order. Its slices are good until the next call of
// Ready.
type Ready struct {
	Pings     []Ping
	Dials     []Dial
	Send      []Envelope
	Broadcast []Message // to every member, in no hurry
	Events    []Event
	Announce  bool   // the metadata has changed: Self says how
	SyncWith  Member // exchange all state with this member, unless its ID is empty
}
