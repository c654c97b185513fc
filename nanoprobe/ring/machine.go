package ring

import (
	"errors"
	"fmt"
)

// ErrStranger is returned for what concerns a host that is not a member.
var ErrStranger = errors.New("not a member of the ring")

// Stats counts since New.
type Stats struct {
	Beats       uint64 `json:"beats"`       // heartbeats sent
	Looks       uint64 `json:"looks"`       // of these, to look at once at who comes into view by a death
	Missed      uint64 `json:"missed"`      // heartbeats that were not answered, not even late
	Late        uint64 `json:"late"`        // heartbeats answered after more than half of the profile's time
	Suspicions  uint64 `json:"suspicions"`  // confirmations begun
	Cleared     uint64 `json:"cleared"`     // suspects that answered after all
	Deaths      uint64 `json:"deaths"`      // of neighbours, found or learnt of by this member
	Links       uint64 `json:"links"`       // troubles of a link told
	Isolations  uint64 `json:"isolations"`  // times that nobody answered this member
	Refutations uint64 `json:"refutations"` // of this member's own death
	Flaps       uint64 `json:"flaps"`       // members found to die and return over and over
	Stalls      uint64 `json:"stalls"`      // times that this member was held up itself
	Pings       uint64 `json:"pings"`       // sent beside the heartbeats, for confirmations and others' questions
	Asks        uint64 `json:"asks"`        // messages sent, by kind, broadcasts not among them
	Answers     uint64 `json:"answers"`     // likewise
	Verdicts    uint64 `json:"verdicts"`    // likewise
	Unanswered  uint64 `json:"unanswered"`  // questions of others beyond what can wait
}

// Machine is one member's view of its ring. It is not safe for concurrent use.
type Machine struct {
	profile    Profile
	self       Member
	now        uint64 // ticks since New
	number     uint32 // of dials, questions and pings that are no heartbeats, so far
	roster     roster
	watches    []watch // at most 4, or 2*maxAbreast while many die
	fallen     [2]int  // deaths in a row on each side, since one that lives was next there
	asked      []asked // at most maxAsked
	settleTick uint64  // when a hold ends; 0: there is none
	isolated   bool
	left       bool
	stats      Stats
	ready      Ready
	handed     Ready // what Ready returned last: its slices are used again
}

// New returns the Machine of self, alone in its ring.
func New(self Member, profile Profile) (*Machine, error) {
	if err := self.validate(); err != nil {
		return nil, err
	}
	if err := profile.Validate(); err != nil {
		return nil, err
	}
	return &Machine{profile: profile, self: self, roster: newRoster(self)}, nil
}

// Self is this member as the others should see it.
func (m *Machine) Self() Member { return m.self }

// Stats returns the counters.
func (m *Machine) Stats() Stats { return m.stats }

// Isolated reports whether no other member answers this one.
func (m *Machine) Isolated() bool { return m.isolated }

// Members lists those present, self among them, in the order of the circle.
func (m *Machine) Members() []Member {
	present := make([]Member, 0, m.roster.present)
	for i := range m.roster.entries {
		if e := &m.roster.entries[i]; e.gone == "" {
			present = append(present, e.Member)
		}
	}
	return present
}

// Missing lists those that died or were lost and have not come back; those that shut down or moved are
// not missing.
func (m *Machine) Missing() []Member {
	var missing []Member
	for i := range m.roster.entries {
		if e := &m.roster.entries[i]; e.dead() || e.gone == lost {
			missing = append(missing, e.Member)
		}
	}
	return missing
}

// Verdicts is what Synced takes: who is dead.
func (m *Machine) Verdicts() []Message {
	var verdicts []Message
	for i := range m.roster.entries {
		if e := &m.roster.entries[i]; e.dead() {
			verdicts = append(verdicts, m.verdict(*e))
		}
	}
	return verdicts
}

// Ready hands over the pending work and forgets it.
func (m *Machine) Ready() Ready {
	old := m.handed
	m.handed = m.ready
	m.ready = Ready{
		Pings: old.Pings[:0], Dials: old.Dials[:0], Send: old.Send[:0],
		Broadcast: old.Broadcast[:0], Events: old.Events[:0],
	}
	return m.handed
}

// Tick lets n ticks of the profile pass: at most Idle, unless the caller was held up.
func (m *Machine) Tick(n int) {
	if m.left || n < 1 {
		return
	}
	m.now += uint64(n)
	if n > m.profile.freshTicks() {
		m.forgive()
		n = 1
	}
	m.ageQuestions(n)
	for i := range m.watches {
		m.watches[i].age(n)
	}
	for i := range m.watches {
		m.tickWatch(&m.watches[i])
	}
	for i := 0; i < len(m.watches); { // a verdict replaces the watches
		if w := &m.watches[i]; m.over(w) {
			m.conclude(w)
			i = 0
			continue
		}
		i++
	}
	if m.settleTick > 0 && m.now >= m.settleTick {
		m.settle()
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
		m.lost(in.ID)
	case Pong:
		m.pong(in)
	case Dialled:
		m.dialled(in)
	case Received:
		return m.received(in.Message)
	case Synced:
		m.synced(in.Verdicts)
	case Raised:
		m.raise(in.Epoch)
	default:
		panic("ring: an input of no known type") // its value is not printed, so that inputs need no heap
	}
	return nil
}

// farewellsPerSide is how many members on either side are told by whoever goes: its neighbours may be
// going too, as in a restart of the whole ring, and those beyond them watch it then.
const farewellsPerSide = 4

// Leave tells those next to it on the circle that this member goes: that it shuts down or, without an
// event to be made of it, Moved to another ring. The Machine does nothing after the Ready that follows,
// whose messages the shell should send more than once.
func (m *Machine) Leave(state HostState) {
	if state != ShutDown && state != Moved {
		panic(fmt.Sprintf("ring: leave as %q", state))
	}
	farewell := m.verdict(entry{Member: m.self, gone: state})
	var told [2]int
	m.roster.walk(m.self.ID, func(e *entry, side int) bool {
		m.send(e.Member, farewell)
		told[side]++
		return told[side] < farewellsPerSide
	})
	m.ready.Broadcast = append(m.ready.Broadcast, farewell)
	m.left = true
}

func (m *Machine) send(to Member, msg Message) {
	switch msg.Kind {
	case Ask:
		m.stats.Asks++
	case Answer:
		m.stats.Answers++
	case Verdict:
		m.stats.Verdicts++
	}
	m.ready.Send = append(m.ready.Send, Envelope{To: to, Message: msg})
}

func (m *Machine) event(e Event) {
	e.Witness = m.self.ID
	m.ready.Events = append(m.ready.Events, e)
}

// ping asks for a ping of to that is no heartbeat and returns its number, which is odd.
func (m *Machine) ping(to Member) uint32 {
	n := m.nextNumber()
	m.stats.Pings++
	m.ready.Pings = append(m.ready.Pings, Ping{To: to, Number: n})
	return n
}

// nextNumber returns an odd number.
func (m *Machine) nextNumber() uint32 {
	m.number++
	return 2*m.number - 1
}
