package mesh

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// A member that goes says so that often, and all of it takes no longer than leaveTime.
	farewells     = 5
	farewellEvery = 100 * time.Millisecond
	leaveTime     = 3 * time.Second
)

// errMoved ends a membership whose host goes on in another ring.
var errMoved = errors.New("moved to another ring")

// membership is a host's part in one ring: a memberlist, a machine, and the goroutine that drives it.
type membership struct {
	mesh       *Mesh
	ring       backbone.Ring
	label      string // of ring
	nodeName   string // of this host in memberlist
	logger     *slog.Logger
	rand       *rand.Rand // of keepJoined
	transport  memberlist.NodeAwareTransport
	memberlist *memberlist.Memberlist
	inbox      *inbox
	roll       *roll
	broadcasts *memberlist.TransmitLimitedQueue
	results    chan ring.Input // of pings and dials
	recent     recent          // letters
	clones     *cloneWatch
	dead       map[ring.HostID]bool  // as of the last look; of the loop
	contacts   chan []netip.AddrPort // of capacity 1: exchange all state with these
	regroup    chan struct{}         // of capacity 1: members came or went
	announcing chan struct{}         // of capacity 1: the metadata has changed
	present    atomic.Int32          // members, for broadcasts, which must not wait for mu
	work       sync.WaitGroup        // keepJoined, keepAnnounced, and pings and dials under way
	end        context.CancelCauseFunc
	ended      chan struct{} // closed when run has returned

	mu      sync.Mutex // held for no longer than one input takes
	machine *ring.Machine
	note    backbone.Note
	heard   bool // a heartbeat was answered at least once
	news    bool // the view has changed since it was last taken
	settled bool // likewise, for newlyDead
}

// newMembership makes this host a member of r, with nobody else in it as yet.
func (m *Mesh) newMembership(r backbone.Ring) (*membership, error) {
	machine, err := ring.New(m.Self(), m.cfg.Profile)
	if err != nil {
		return nil, err
	}
	s := &membership{
		mesh: m, ring: r, label: r.Label(), nodeName: nodeName(machine.Self()), machine: machine, inbox: newInbox(), roll: newRoll(),
		logger:     m.cfg.Logger.With("ring", r.Label()),
		rand:       m.newRand(),
		results:    make(chan ring.Input, 64),
		recent:     recent{seed: maphash.MakeSeed()},
		clones:     newCloneWatch(),
		contacts:   make(chan []netip.AddrPort, 1),
		regroup:    make(chan struct{}, 1),
		announcing: make(chan struct{}, 1),
		ended:      make(chan struct{}),
	}
	s.present.Store(1)
	s.broadcasts = &memberlist.TransmitLimitedQueue{
		RetransmitMult: retransmits, NumNodes: func() int { return int(s.present.Load()) },
	}
	return s, nil
}

// open begins to be heard of in the ring.
func (s *membership) open() error {
	var err error
	if s.transport, err = s.mesh.wire.Ring(s.label); err != nil {
		return err
	}
	c := settings(s.mesh.cfg, s.mesh.keyring, s.logger)
	c.Name, c.Label, c.Transport = s.nodeName, s.label, s.transport
	addr := netip.MustParseAddrPort(s.self().Addr) // made by listen, or validated
	c.AdvertiseAddr, c.AdvertisePort = addr.Addr().String(), int(addr.Port())
	d := delegate{s}
	c.Delegate, c.Events, c.Alive = d, d, d
	if s.memberlist, err = memberlist.Create(c); err != nil {
		s.transport.Shutdown()
	}
	return err
}

// run watches and is watched until ctx is done or end is called, takes its leave, which takes at most
// 3 s, and waits for what is under way; an exchange with a member that hangs may hold it up for
// another second (8 times the profile's time for an answer). It fails at once if it can't begin.
func (s *membership) run(ctx context.Context, seeds []netip.AddrPort) error {
	defer close(s.ended)
	if err := s.open(); err != nil {
		return err
	}
	s.work.Go(func() { s.keepJoined(ctx, seeds) })
	s.work.Go(func() { s.keepAnnounced(ctx) })
	s.loop(ctx)
	state := ring.ShutDown
	if errors.Is(context.Cause(ctx), errMoved) {
		state = ring.Moved
	}
	s.leave(state)
	s.memberlist.Shutdown()
	s.work.Wait()
	return nil
}

// loop is the one goroutine that drives the machine.
func (s *membership) loop(ctx context.Context) {
	tick, last := s.mesh.cfg.Profile.Tick, s.mesh.nextBeat()
	select {
	case <-time.After(time.Until(last)):
	case <-ctx.Done():
		return
	}
	wake := time.NewTimer(tick)
	defer wake.Stop()
	for {
		var inputs []ring.Input
		select {
		case <-ctx.Done():
			return
		case <-wake.C:
		case <-s.inbox.wake:
			changes, mail := s.inbox.take()
			inputs = append(changes, s.read(mail)...)
		case in := <-s.results:
			inputs = []ring.Input{in}
		case c := <-s.clones.found:
			s.clones.reported(c.a.ID, time.Now())
			s.mesh.report(clonedEvent(c, s.mesh.cfg.HostID))
		}
		// Time first: a machine that was held up must know it before it judges what it hears.
		ticks := time.Since(last) / tick
		last = last.Add(ticks * tick)
		s.carryOut(ctx, s.advance(int(ticks), inputs))
		wake.Reset(time.Until(last.Add(s.idle() * tick)))
		s.checkClones(ctx)
	}
}

// advance lets the machine take time and inputs, and returns what it wants. That is good until the
// next call.
func (s *membership) advance(ticks int, inputs []ring.Input) ring.Ready {
	s.mu.Lock()
	defer s.mu.Unlock()
	deaths := s.machine.Stats().Deaths
	s.machine.Tick(ticks)
	changed := s.machine.Stats().Deaths != deaths
	for _, in := range inputs {
		s.step(in)
		switch in := in.(type) {
		case ring.Pong:
			changed = changed || in.Reached && !s.heard
			s.heard = s.heard || in.Reached
		case ring.Dialled:
		default:
			changed = true
		}
	}
	if changed {
		s.settle()
	}
	return s.machine.Ready()
}

// idle is how many ticks may pass before the machine has to be told.
func (s *membership) idle() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(s.machine.Idle())
}

// step gives the machine one input. mu is held.
func (s *membership) step(in ring.Input) {
	if err := s.machine.Step(in); err != nil {
		s.mesh.refused.count(err)
		s.logger.Debug("refused by the ring", "err", err)
	}
}

// settle tells everyone else here who is present and who is missing. mu is held.
func (s *membership) settle() {
	for _, heir := range s.roll.settle(s.machine.Members(), time.Now()) {
		s.step(ring.Joined{Member: heir})
	}
	s.present.Store(int32(len(s.machine.Members())))
	s.news, s.settled = true, true
	select {
	case s.regroup <- struct{}{}:
	default:
	}
	s.mesh.changed()
}

// leave announces that this member goes. Pings take memberlist's own farewell along.
func (s *membership) leave(state ring.HostState) {
	s.mu.Lock()
	present, self := s.machine.Members(), s.machine.Self()
	s.machine.Leave(state)
	ready := s.machine.Ready()
	s.mu.Unlock()
	s.broadcast(ready.Broadcast)
	left := make(chan error, 1)
	go func() { left <- s.memberlist.Leave(leaveTime - farewells*farewellEvery) }()
	for i := range farewells {
		s.send(ready.Send)
		for _, e := range ready.Send {
			s.work.Go(func() { s.ping(wire.Message, e.To) })
		}
		if state == ring.Moved && i%2 == 0 {
			s.sendAll(present, self.ID, ready.Broadcast)
		}
		time.Sleep(farewellEvery)
	}
	if err := <-left; err != nil {
		s.logger.Debug("leave not confirmed", "err", err)
	}
}

// sendAll tells each of members by itself. When a ring moves, most of its members leave within a
// second: who is a neighbour to whoever stays for longer is not told by its neighbours of before.
func (s *membership) sendAll(members []ring.Member, self ring.HostID, messages []ring.Message) {
	for _, msg := range messages {
		for _, o := range members {
			if o.ID != self {
				s.send([]ring.Envelope{{To: o, Message: msg}})
			}
		}
	}
}
