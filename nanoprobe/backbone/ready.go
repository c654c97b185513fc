package backbone

import (
	"net/netip"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Input is something that happened, for Step: one of View, Died, Located, Pulled, Probed.
type Input interface{ input() }

// View is all that a membership knows, whenever its members or their notes change. A view of a ring
// that this host has left is ignored.
type View struct {
	Ring  Ring
	Peers []Peer // the present members but this host; at most ring.MaxMembers are looked at
	Heard bool   // a heartbeat of another member has been answered since Join
}

// Died says that a member of a ring was declared dead there; its View without the member may come
// before or after. Who shuts down or moves did not die.
type Died struct {
	Ring   Ring
	Member ring.Member
}

// Located ends an Ask: every Ask gets one, within some seconds.
type Located struct {
	Number uint32
	Answer Answer // the zero Answer, Silent, if none came
}

// Pulled ends a Pull, if a list came. Else it is asked for again.
type Pulled struct {
	Ring Ring // of the Pull
	List List
}

// Probed ends a Probe: every Probe gets one.
type Probed struct {
	Ring     Ring // of the Probe
	Answered bool // one of those members at least
}

func (View) input()    {}
func (Died) input()    {}
func (Located) input() {}
func (Pulled) input()  {}
func (Probed) input()  {}

// Ready is the work that a Machine wants done, in the order of the fields.
type Ready struct {
	Join       []Join
	Announce   []Announcement
	JoinAcross []Across
	Leave      []Ring // the host lives on in another: ring.Moved
	Asks       []Ask
	Pulls      []Pull
	Probes     []Probe
	Events     []ring.Event
}

// Join asks for a membership in a ring that the host is not in. Seeds are tried, all of them and with
// back-off, until another member is known; none of them need be a member yet. Without seeds the host
// is the first member.
type Join struct {
	Ring  Ring
	Seeds []netip.AddrPort // at most 8
}

// Announcement changes this host's note in a ring it is in.
type Announcement struct {
	Ring Ring
	Note Note
}

// Across asks to exchange all state with members of a ring that are not known in this host's part of
// it, so that the two parts become one.
type Across struct {
	Ring  Ring
	Addrs []netip.AddrPort
}

// Ask is a question to another host: its Machine.Answer, brought back as Located. It may be asked by
// any host of the fleet, member of a common ring or not.
type Ask struct {
	Number uint32
	To     netip.AddrPort
	Query  Query
}

// Pull asks a member of a ring for its members: its Machine.List, brought back as Pulled.
type Pull struct {
	Ring Ring
	From netip.AddrPort
}

// Probe asks whether any of some hosts answers, all asked at once, within a second or two.
type Probe struct {
	Ring    Ring
	Members []ring.Member // at most 16
}
