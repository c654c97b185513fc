package mesh

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// carryOut does what the backbone's machine wants. What takes time is done beside the loop, and its
// result goes back to it.
func (m *Mesh) carryOut(ctx context.Context, r backbone.Ready) {
	for _, j := range r.Join {
		m.begin(ctx, j)
	}
	for _, a := range r.Announce {
		if s := m.membership(a.Ring); s != nil {
			s.announce(a.Note)
		}
	}
	for _, a := range r.JoinAcross {
		if s := m.membership(a.Ring); s != nil {
			s.contact(a.Addrs)
		}
	}
	for _, left := range r.Leave {
		if s := m.membership(left); s != nil {
			s.end(errMoved)
		}
	}
	for _, a := range r.Asks {
		m.work.Go(func() { m.result(ctx, backbone.Located{Number: a.Number, Answer: m.query(ctx, a)}) })
	}
	for _, p := range r.Pulls {
		m.work.Go(func() { m.pull(ctx, p) })
	}
	for _, p := range r.Probes {
		m.work.Go(func() { m.result(ctx, backbone.Probed{Ring: p.Ring, Answered: m.probe(ctx, p)}) })
	}
	for _, e := range r.Events {
		m.report(e)
	}
}

func (m *Mesh) result(ctx context.Context, in backbone.Input) {
	select {
	case m.results <- in:
	case <-ctx.Done():
	}
}

// begin makes this host a member of a ring, once a former membership in the same has ended.
func (m *Mesh) begin(ctx context.Context, j backbone.Join) {
	former := m.membership(j.Ring)
	s, err := m.newMembership(j.Ring)
	if err != nil {
		m.cfg.Logger.Error("ring not joined", "ring", j.Ring.Name(m.cfg.Group), "err", err)
		return
	}
	ctx, s.end = context.WithCancelCause(ctx)
	m.mu.Lock()
	m.memberships = append(m.memberships, s)
	m.mu.Unlock()
	m.work.Go(func() {
		defer s.end(nil)
		if former != nil {
			<-former.ended
		}
		if err := s.run(ctx, j.Seeds); err != nil {
			s.logger.Error("ring not joined", "err", err)
		}
		m.mu.Lock()
		m.memberships = slices.DeleteFunc(m.memberships, func(o *membership) bool { return o == s })
		m.mu.Unlock()
		m.changed()
	})
}

// rings is the memberships, in the order of their beginning.
func (m *Mesh) rings() []*membership {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.memberships)
}

// byLevel is the memberships, base rings first.
func (m *Mesh) byLevel() []*membership {
	rings := m.rings()
	slices.SortStableFunc(rings, func(a, b *membership) int { return cmp.Compare(a.ring.Level, b.ring.Level) })
	return rings
}

// membership returns this host's in r, the newest, or nil.
func (m *Mesh) membership(r backbone.Ring) *membership {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range slices.Backward(m.memberships) {
		if s.ring == r {
			return s
		}
	}
	return nil
}

// base returns the membership in the base ring, or nil. While the host moves from one to another it
// is the one that it comes from.
func (m *Mesh) base() *membership {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.memberships {
		if s.ring.Level == 0 {
			return s
		}
	}
	return nil
}

// views are the memberships that have changed since they were last asked for.
func (m *Mesh) views() []backbone.Input {
	var views []backbone.Input
	for _, s := range m.rings() {
		if v, changed := s.view(); changed {
			views = append(views, v)
		}
	}
	return views
}

// raised tells all rings that this host has refuted its death in one.
func (m *Mesh) raised(epoch uint32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if epoch <= m.me.Epoch {
		return
	}
	m.me.Epoch = epoch
	for _, s := range m.memberships {
		s.inbox.change(m.me.ID, ring.Raised{Epoch: epoch})
	}
}

// markDead has memberlist's own traffic to the dead dropped: to those that some ring misses and none
// has.
func (m *Mesh) markDead() {
	dead := map[netip.AddrPort]bool{}
	for _, s := range m.rings() {
		for _, addr := range s.missing() {
			dead[addr] = true
		}
	}
	for _, s := range m.rings() {
		for _, o := range s.members() {
			if addr, err := netip.ParseAddrPort(o.Addr); err == nil {
				delete(dead, addr)
			}
		}
	}
	for addr := range m.marked {
		if !dead[addr] {
			m.wire.SetDead(addr, false)
		}
	}
	for addr := range dead {
		m.wire.SetDead(addr, true)
	}
	m.marked = dead
}

// hear is told by wire that something came from an address that is held to be dead. It never blocks.
func (m *Mesh) hear(from netip.AddrPort) {
	select {
	case m.heard <- from:
	default: // its next datagram does as well
	}
}

// doubt lets memberlist answer a host that is held to be dead and is not, and tells it what is said of
// it, so that it can refute. Until then it is marked again with the next change, and heard again.
func (m *Mesh) doubt(addr netip.AddrPort) {
	m.wire.SetDead(addr, false)
	delete(m.marked, addr)
	for _, s := range m.rings() {
		if slices.Contains(s.missing(), addr) {
			s.contact([]netip.AddrPort{addr})
		}
	}
}
