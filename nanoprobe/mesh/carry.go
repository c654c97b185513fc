package mesh

import (
	"context"
	"errors"
	"net/netip"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// carryOut does what the machine wants. What takes time is done beside the loop, and its result goes
// back to it. r is good until the machine is asked again, so what outlives this call is copied.
func (s *membership) carryOut(ctx context.Context, r ring.Ready) {
	for _, p := range r.Pings {
		s.work.Go(func() { s.result(ctx, s.pong(p)) })
	}
	for _, d := range r.Dials {
		s.work.Go(func() {
			s.result(ctx, ring.Dialled{To: d.To.ID, Number: d.Number, Outcome: s.dial(d.To)})
		})
	}
	s.send(r.Send)
	s.broadcast(r.Broadcast)
	for _, e := range r.Events {
		s.report(e)
	}
	s.mourn(ctx)
	if r.Announce {
		s.mesh.raised(s.self().Epoch)
		s.tell()
	}
	if r.SyncWith.ID != "" {
		s.contact(addrsOf([]ring.Member{r.SyncWith}))
	}
}

func (s *membership) result(ctx context.Context, in ring.Input) {
	select {
	case s.results <- in:
	case <-ctx.Done():
	}
}

// report passes on what the machine saw. In a ring above, hosts stand for their rings; of hosts their
// base rings tell.
func (s *membership) report(e ring.Event) {
	if s.ring.Level == 0 {
		s.mesh.report(e)
	}
}

// mourn tells the backbone's machine who was declared dead in a ring above, by whomever.
func (s *membership) mourn(ctx context.Context) {
	if s.ring.Level == 0 {
		return
	}
	for _, o := range s.newlyDead() {
		s.mesh.result(ctx, backbone.Died{Ring: s.ring, Member: o})
	}
}

// pong is the end of p.
func (s *membership) pong(p ring.Ping) ring.Pong {
	if p.Heartbeat() {
		return s.reach(wire.Heartbeat, p)
	}
	// memberlist waits for this answer as long as for a heartbeat's; a confirmation can't.
	ended := make(chan ring.Pong, 1)
	s.work.Go(func() { ended <- s.reach(wire.Confirmation, p) })
	select {
	case pong := <-ended:
		return pong
	case <-time.After(s.mesh.cfg.Profile.Answer()):
		return ring.Pong{To: p.To.ID, Number: p.Number}
	}
}

func (s *membership) reach(kind wire.Kind, p ring.Ping) ring.Pong {
	rtt, err := s.ping(kind, p.To)
	return ring.Pong{To: p.To.ID, Number: p.Number, Reached: err == nil, RTT: rtt}
}

// ping is the heartbeat: encrypted, answered only by the host of that id at that address, with rumours
// on it both ways. It takes at most the profile's time for the answer to a heartbeat.
func (s *membership) ping(kind wire.Kind, to ring.Member) (time.Duration, error) {
	addr, err := netip.ParseAddrPort(to.Addr)
	if err != nil {
		return 0, err
	}
	rtt, err := s.memberlist.Ping(nodeName(to), wire.Tagged(kind, addr))
	return max(rtt, 0), err // memberlist's clock starts after the packet has left, at times after the answer came
}

// dial tells a dead host from one whose nanoprobe alone is down. It takes as long as the rounds of a
// confirmation, less a little so that it is in time for the verdict.
func (s *membership) dial(to ring.Member) ring.DialOutcome {
	addr, ok := address(wire.Confirmation, to)
	if !ok {
		return ring.Silence
	}
	conn, err := s.transport.DialAddressTimeout(addr, 5*s.mesh.cfg.Profile.Answer()/2)
	switch {
	case err == nil:
		conn.Close()
		return ring.Accepted
	case errors.Is(err, syscall.ECONNREFUSED):
		return ring.Refused
	}
	return ring.Silence
}

func (s *membership) send(envelopes []ring.Envelope) {
	for _, e := range envelopes {
		addr, ok := address(wire.Message, e.To)
		if !ok {
			continue // a member without an address
		}
		if err := s.memberlist.SendToAddress(addr, s.mesh.sealer.Seal(nil, s.label, e.Message)); err != nil {
			s.logger.Debug("message not sent", "to", e.To.ID, "err", err)
		}
	}
}

// address is where memberlist and wire send what is of that kind.
func address(kind wire.Kind, to ring.Member) (memberlist.Address, bool) {
	addr, err := netip.ParseAddrPort(to.Addr)
	return memberlist.Address{Addr: wire.Tagged(kind, addr).String(), Name: nodeName(to)}, err == nil
}

func (s *membership) broadcast(messages []ring.Message) {
	for _, msg := range messages {
		s.broadcasts.QueueBroadcast(broadcast{name: about(msg.Subject), message: s.mesh.sealer.Seal(nil, s.label, msg)})
	}
}

// keepAnnounced spreads this host's metadata whenever they have changed, until ctx is done.
func (s *membership) keepAnnounced(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.announcing:
		}
		if err := s.memberlist.UpdateNode(leaveTime); err != nil {
			s.logger.Debug("announcement not confirmed", "err", err)
		}
	}
}
