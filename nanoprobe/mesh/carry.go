package mesh

import (
	"context"
	"errors"
	"log"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// listen opens UDP and TCP at Bind. The transport is ours, and not memberlist's own, because a
// suspect's port is dialled through it.
func (m *Mesh) listen() (memberlist.NodeAwareTransport, error) {
	if m.cfg.transport != nil {
		return m.cfg.transport, nil
	}
	bind := netip.MustParseAddrPort(m.cfg.Bind)
	return memberlist.NewNetTransport(&memberlist.NetTransportConfig{
		BindAddrs: []string{bind.Addr().String()}, BindPort: int(bind.Port()),
		Logger: log.New(&logBridge{logger: m.cfg.Logger}, "", 0),
	})
}

// carryOut does what the machine wants. What takes time is done beside the loop, and its result goes
// back to it; the machine asks for at most 4 heartbeats and 32 answers in the time of one answer.
func (m *Mesh) carryOut(ctx context.Context, r ring.Ready) {
	for _, p := range r.Pings {
		m.work.Go(func() {
			rtt, err := m.ping(p.To)
			m.result(ctx, ring.Pong{To: p.To.ID, Number: p.Number, Reached: err == nil, RTT: rtt})
		})
	}
	for _, d := range r.Dials {
		m.work.Go(func() {
			m.result(ctx, ring.Dialled{To: d.To.ID, Number: d.Number, Outcome: m.dial(d.To)})
		})
	}
	m.send(r.Send)
	m.broadcast(r.Broadcast)
	for _, e := range r.Events {
		m.cfg.Report(e)
	}
	if r.Announce {
		m.work.Go(m.announce)
	}
	if r.SyncWith.ID != "" {
		select {
		case m.exchange <- r.SyncWith:
		default: // one waits already
		}
	}
}

func (m *Mesh) result(ctx context.Context, in ring.Input) {
	select {
	case m.results <- in:
	case <-ctx.Done():
	}
}

// ping is the heartbeat: encrypted, answered only by the host of that id, with rumours on it both
// ways. It takes at most the profile's time for an answer.
func (m *Mesh) ping(to ring.Member) (time.Duration, error) {
	addr, err := netip.ParseAddrPort(to.Addr)
	if err != nil {
		return 0, err
	}
	rtt, err := m.memberlist.Ping(string(to.ID), net.UDPAddrFromAddrPort(addr))
	return max(rtt, 0), err // memberlist's clock starts after the packet has left, at times after the answer came
}

// dial tells a dead host from one whose nanoprobe alone is down. It takes as long as the rounds of a
// confirmation, less a little so that it is in time for the verdict.
func (m *Mesh) dial(to ring.Member) ring.DialOutcome {
	addr := memberlist.Address{Addr: to.Addr, Name: string(to.ID)}
	conn, err := m.transport.DialAddressTimeout(addr, 5*m.cfg.Profile.Answer()/2)
	switch {
	case err == nil:
		conn.Close()
		return ring.Accepted
	case errors.Is(err, syscall.ECONNREFUSED):
		return ring.Refused
	}
	return ring.Silence
}

func (m *Mesh) send(envelopes []ring.Envelope) {
	for _, e := range envelopes {
		node, err := nodeOf(e.To)
		if err == nil {
			err = m.memberlist.SendBestEffort(node, e.Message.Append(nil))
		}
		if err != nil {
			m.cfg.Logger.Debug("message not sent", "to", e.To.ID, "err", err)
		}
	}
}

func (m *Mesh) broadcast(messages []ring.Message) {
	for _, msg := range messages {
		m.broadcasts.QueueBroadcast(broadcast{subject: msg.Subject, message: msg.Append(nil)})
	}
}

// announce spreads this member's metadata, whose epoch has risen.
func (m *Mesh) announce() {
	if err := m.memberlist.UpdateNode(leaveTime); err != nil {
		m.cfg.Logger.Debug("announcement not confirmed", "err", err)
	}
}
