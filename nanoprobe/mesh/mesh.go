package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// A member that shuts down says so that often, and all of it takes no longer than leaveTime.
	farewells     = 5
	farewellEvery = 100 * time.Millisecond
	leaveTime     = 3 * time.Second
)

// Stats counts since New.
type Stats struct {
	ring.Stats
	Members int    `json:"members"` // present, this one among them
	Refused uint64 `json:"refused"` // inputs that the machine refused: strangers, a full ring
	Dropped uint64 `json:"dropped"` // messages that were none, or came faster than they are read
}

// Mesh is this host's membership in its ring.
type Mesh struct {
	cfg        Config
	rand       *rand.Rand // of keepJoined
	phase      time.Duration
	memberlist *memberlist.Memberlist // set by Run
	transport  memberlist.NodeAwareTransport
	inbox      *inbox
	broadcasts *memberlist.TransmitLimitedQueue
	results    chan ring.Input // of pings and dials
	clones     *cloneWatch
	exchange   chan ring.Member // of capacity 1: exchange all state with this member
	present    atomic.Int32     // members, for broadcasts, which must not wait for mu
	work       sync.WaitGroup   // keepJoined, and pings, dials and announcements under way

	mu      sync.Mutex // held for no longer than one input takes
	machine *ring.Machine
	refused uint64
}

// New returns a Mesh that Run joins to its ring.
func New(cfg Config) (*Mesh, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	machine, err := ring.New(ring.Member{ID: cfg.HostID, Name: cfg.Name, Boot: cfg.Boot}, cfg.Profile)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	m := &Mesh{
		cfg: cfg, machine: machine, inbox: newInbox(),
		rand:     rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
		phase:    rand.N(time.Duration(cfg.Profile.BeatTicks) * cfg.Profile.Tick),
		results:  make(chan ring.Input, 64),
		clones:   newCloneWatch(),
		exchange: make(chan ring.Member, 1),
	}
	m.present.Store(1)
	m.broadcasts = &memberlist.TransmitLimitedQueue{
		RetransmitMult: retransmits, NumNodes: func() int { return int(m.present.Load()) },
	}
	return m, nil
}

// Run joins the ring, watches and is watched until ctx is done, announces the shutdown, which takes
// at most 3 s, and returns ctx's error; an exchange with a member that hangs may hold it up for
// another second (8 times the profile's time for an answer). It fails at once if it can't listen at
// Config.Bind. Run is called once.
func (m *Mesh) Run(ctx context.Context) error {
	var err error
	if m.transport, err = m.listen(); err != nil {
		return fmt.Errorf("mesh: listen at %s: %w", m.cfg.Bind, err)
	}
	c := settings(m.cfg, delegate{m})
	c.Transport = m.transport
	if m.memberlist, err = memberlist.Create(c); err != nil {
		m.transport.Shutdown()
		return fmt.Errorf("mesh: %w", err)
	}
	defer m.memberlist.Shutdown()
	inputs, _ := m.inbox.take() // this member's own address
	m.advance(0, inputs)
	m.work.Go(func() { m.keepJoined(ctx) })
	m.loop(ctx)
	m.leave()
	m.work.Wait()
	return ctx.Err()
}

// loop is the one goroutine that drives the machine.
func (m *Mesh) loop(ctx context.Context) {
	select { // members started at once should not beat at once
	case <-time.After(m.phase):
	case <-ctx.Done():
		return
	}
	last := time.Now()
	ticker := time.NewTicker(m.cfg.Profile.Tick)
	defer ticker.Stop()
	for {
		var inputs []ring.Input
		var conflicts []conflict
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-m.inbox.wake:
			inputs, conflicts = m.inbox.take()
		case in := <-m.results:
			inputs = []ring.Input{in}
		case e := <-m.clones.found:
			m.cfg.Report(e)
		}
		// Time first: a machine that was held up must know it before it judges what it hears.
		ticks := time.Since(last) / m.cfg.Profile.Tick
		last = last.Add(ticks * m.cfg.Profile.Tick)
		m.carryOut(ctx, m.advance(int(ticks), inputs))
		m.checkClones(ctx, conflicts)
	}
}

// advance lets the machine take time and inputs, and returns what it wants.
func (m *Mesh) advance(ticks int, inputs []ring.Input) ring.Ready {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.machine.Tick(ticks)
	for _, in := range inputs {
		if err := m.machine.Step(in); err != nil {
			m.refused++
			m.cfg.Logger.Debug("refused by the ring", "err", err)
		}
	}
	if len(inputs) > 0 {
		m.present.Store(int32(len(m.machine.Members())))
	}
	return m.machine.Ready()
}

// leave announces the shutdown. Pings take memberlist's own farewell along.
func (m *Mesh) leave() {
	m.mu.Lock()
	m.machine.Leave()
	ready := m.machine.Ready()
	m.mu.Unlock()
	m.broadcast(ready.Broadcast)
	left := make(chan error, 1)
	go func() { left <- m.memberlist.Leave(leaveTime - farewells*farewellEvery) }()
	for range farewells {
		m.send(ready.Send)
		for _, e := range ready.Send {
			m.work.Go(func() { m.ping(e.To) })
		}
		time.Sleep(farewellEvery)
	}
	if err := <-left; err != nil {
		m.cfg.Logger.Debug("leave not confirmed", "err", err)
	}
}

// Self is this member as the others see it.
func (m *Mesh) Self() ring.Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.machine.Self()
}

// Members lists who is present, this member among them, in the order of the circle.
func (m *Mesh) Members() []ring.Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.machine.Members()
}

// Watching lists the neighbours that this member watches. As far as it knows, the same watch it.
func (m *Mesh) Watching() []ring.Neighbour {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.machine.Watching()
}

// Stats returns the counters.
func (m *Mesh) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inbox.mu.Lock()
	defer m.inbox.mu.Unlock()
	return Stats{
		Stats: m.machine.Stats(), Members: len(m.machine.Members()),
		Refused: m.refused, Dropped: m.inbox.dropped,
	}
}

// missing lists the addresses that members had who are gone without a farewell.
func (m *Mesh) missing() []netip.AddrPort {
	m.mu.Lock()
	defer m.mu.Unlock()
	return addrsOf(m.machine.Missing())
}

func addrsOf(members []ring.Member) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, o := range members {
		if a, err := netip.ParseAddrPort(o.Addr); err == nil && !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}
