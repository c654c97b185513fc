package ring

import (
	"errors"
	"fmt"
	"slices"
)

// ErrStranger is returned by Step for what concerns a host that is not a member.
var ErrStranger = errors.New("not a member of the ring")

// maxAsked bounds the questions of others that wait for the answer to a ping. A member has at most 4
// neighbours, and each is asked about by few.
const maxAsked = 32

// Stats counts since New.
type Stats struct {
	Beats      uint64 `json:"beats"`      // heartbeats sent
	Missed     uint64 `json:"missed"`     // pings of neighbours that were not answered in time
	Suspicions uint64 `json:"suspicions"` // confirmations begun
	Cleared    uint64 `json:"cleared"`    // suspects that answered after all
	Deaths     uint64 `json:"deaths"`     // reported by this member
	Stalls     uint64 `json:"stalls"`     // times that this member was held up itself
	Unanswered uint64 `json:"unanswered"` // questions of others beyond what can wait
}

// asked is a question of another member that waits for the answer to a ping.
type asked struct {
	by       HostID
	subject  HostID
	number   uint32 // of the question
	ping     uint32 // number of our ping
	ageTicks int
}

// Machine is one member's view of its ring. It is not safe for concurrent use.
type Machine struct {
	profile  Profile
	self     Member
	now      uint64 // ticks since New
	number   uint32 // of the newest ping, dial or question
	roster   roster
	watches  []watch // at most 4
	asked    []asked // at most maxAsked
	isolated bool
	left     bool
	stats    Stats
	ready    Ready
}

// New returns the Machine of self, alone in its ring.
func New(self Member, profile Profile) (*Machine, error) {
	if err := self.validate(); err != nil {
		return nil, err
	}
	if err := profile.Validate(); err != nil {
		return nil, err
	}
	m := &Machine{profile: profile, self: self}
	m.roster.add(self)
	return m, nil
}

// Self is this member as the others should see it.
func (m *Machine) Self() Member { return m.self }

// Stats returns the counters.
func (m *Machine) Stats() Stats { return m.stats }

// Isolated reports whether no other member answers this one.
func (m *Machine) Isolated() bool { return m.isolated }

// Members lists those present, self among them, in the order of the circle.
func (m *Machine) Members() []Member {
	var present []Member
	for _, e := range m.roster.entries {
		if e.gone == "" {
			present = append(present, e.Member)
		}
	}
	return present
}

// Missing lists those that died or were lost and have not come back; those that shut down are not
// missing.
func (m *Machine) Missing() []Member {
	var missing []Member
	for _, e := range m.roster.entries {
		if e.gone != "" && e.gone != ShutDown {
			missing = append(missing, e.Member)
		}
	}
	return missing
}

// Verdicts is what Synced takes: who is dead.
func (m *Machine) Verdicts() []Message {
	var verdicts []Message
	for _, e := range m.roster.entries {
		if e.gone == HostDead || e.gone == NanoprobeDown {
			verdicts = append(verdicts, m.verdict(e))
		}
	}
	return verdicts
}

// Ready hands over the pending work and forgets it.
func (m *Machine) Ready() Ready {
	r := m.ready
	m.ready = Ready{}
	return r
}

// Tick lets n ticks of the profile pass: 1, unless the caller was held up.
func (m *Machine) Tick(n int) {
	if m.left || n < 1 {
		return
	}
	m.now += uint64(n)
	if n > m.profile.freshTicks() {
		m.forgive()
		n = 1
	}
	for i := range m.asked {
		m.asked[i].ageTicks += n
	}
	m.asked = slices.DeleteFunc(m.asked, func(a asked) bool { return a.ageTicks > 2*m.profile.AnswerTicks })
	for i := range m.watches {
		m.tickWatch(&m.watches[i], n)
	}
	for i := 0; i < len(m.watches); { // a verdict replaces the watches
		if w := &m.watches[i]; w.suspect && w.round == maxRounds {
			m.conclude(w)
			i = 0
			continue
		}
		i++
	}
}

// Step takes one input. An error says what was refused; it leaves the Machine as it was.
func (m *Machine) Step(in Input) error {
	if m.left {
		return nil
	}
	switch in := in.(type) {
	case Joined:
		return m.joined(in.Member)
	case Lost:
		return m.lost(in.ID)
	case Pong:
		m.pong(in)
	case Dialled:
		m.dialled(in)
	case Received:
		return m.received(in.Message)
	case Synced:
		m.synced(in.Verdicts)
	default:
		panic(fmt.Sprintf("ring: input of type %T", in))
	}
	return nil
}

// Leave tells the neighbours that this member shuts down. The Machine does nothing after the Ready
// that follows, whose messages the shell should send more than once.
func (m *Machine) Leave() {
	farewell := m.verdict(entry{Member: m.self, gone: ShutDown})
	for _, w := range m.watches {
		m.send(w.Member, farewell)
	}
	m.ready.Broadcast = append(m.ready.Broadcast, farewell)
	m.left = true
}

func (m *Machine) verdict(e entry) Message {
	return Message{Kind: Verdict, From: m.self.ID, Subject: e.ID, Boot: e.Boot, Epoch: e.Epoch, State: e.gone}
}

func (m *Machine) send(to Member, msg Message) {
	m.ready.Send = append(m.ready.Send, Envelope{To: to, Message: msg})
}

func (m *Machine) event(e Event) {
	e.Witness = m.self.ID
	m.ready.Events = append(m.ready.Events, e)
}

// ping asks for a ping of to and returns its number.
func (m *Machine) ping(to Member) uint32 {
	m.number++
	m.ready.Pings = append(m.ready.Pings, Ping{To: to, Number: m.number})
	return m.number
}
