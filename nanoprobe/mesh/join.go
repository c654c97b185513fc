package mesh

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// A member that is alone tries its seeds after 1 s, 2 s and so on up to maxRetry.
	firstRetry = time.Second
	maxRetry   = 30 * time.Second
	// againAfter a first success, give or take a half, all state is exchanged once more: of many
	// members that start at once, those met first know few of the others.
	againAfter = 7 * time.Second
	// Members that are missed, and seeds that are no members, are tried one at a time, so often by
	// the whole ring: the cost of those gone for good does not grow with the ring.
	ringRetry = 10 * time.Second

	lookupTime = 5 * time.Second
)

// keepJoined joins the ring and, after an outage or a partition, joins what fell apart: memberlist
// forgets who it found dead and never tries them again.
func (m *Mesh) keepJoined(ctx context.Context) {
	wait, retry, again := time.Duration(0), firstRetry, false
	for {
		select {
		case <-ctx.Done():
			return
		case with := <-m.exchange:
			m.join(ctx, addrsOf([]ring.Member{with}))
			continue
		case <-time.After(wait):
		}
		switch members := addrsOf(m.Members()); {
		case len(members) > 1 && !again:
			m.tryStranger(ctx, members)
			wait = m.jitter(time.Duration(len(members)) * ringRetry)
		case m.trySeeds(ctx):
			again = !again
			wait, retry = m.jitter(againAfter), firstRetry
		default:
			again = false
			wait, retry = m.jitter(retry), min(2*retry, maxRetry)
		}
	}
}

// trySeeds joins all seeds and reports whether one took part.
func (m *Mesh) trySeeds(ctx context.Context) bool {
	seeds := m.strangers(ctx, nil)
	joined := m.join(ctx, seeds)
	switch {
	case joined:
		m.cfg.Logger.Info("joined the ring", "addr", m.Self().Addr)
	case len(seeds) > 0 && ctx.Err() == nil:
		m.cfg.Logger.Warn("no seed was reached, trying again", "seeds", m.cfg.Seeds)
	}
	return joined
}

// tryStranger joins one of the seeds and missing members that are no members.
func (m *Mesh) tryStranger(ctx context.Context, members []netip.AddrPort) {
	if strangers := append(m.strangers(ctx, members), m.missing()...); len(strangers) > 0 {
		i := m.rand.IntN(len(strangers))
		m.join(ctx, strangers[i:i+1])
	}
}

// jitter is d, give or take a half.
func (m *Mesh) jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(m.rand.Int64N(int64(d)))
}

// join exchanges all state with each of addrs and reports whether one of them took part.
func (m *Mesh) join(ctx context.Context, addrs []netip.AddrPort) bool {
	joined := false
	for _, addr := range addrs {
		if ctx.Err() != nil {
			break
		}
		_, err := m.memberlist.Join([]string{addr.String()})
		switch {
		case err == nil:
			joined = true
			m.cfg.Logger.Debug("state exchanged", "peer", addr)
		case saysWrongKey(err.Error()):
			m.cfg.Logger.Warn("peer refused: it has not the ring's key", "peer", addr)
		default:
			m.cfg.Logger.Debug("peer not reached", "peer", addr, "err", err)
		}
	}
	return joined
}

// strangers resolves the seeds and returns those that are not among known, nor this member itself.
// Names are looked up here, since memberlist asks name servers for ANY over TCP first.
func (m *Mesh) strangers(ctx context.Context, known []netip.AddrPort) []netip.AddrPort {
	known = append(slices.Clone(known), addrsOf([]ring.Member{m.Self()})...)
	var strangers []netip.AddrPort
	for _, seed := range m.cfg.Seeds {
		for _, addr := range m.resolve(ctx, seed) {
			if !slices.Contains(known, addr) {
				strangers = append(strangers, addr)
			}
		}
	}
	return strangers
}

func (m *Mesh) resolve(ctx context.Context, seed string) []netip.AddrPort {
	if addr, err := netip.ParseAddrPort(seed); err == nil {
		return []netip.AddrPort{addr}
	}
	host, text, _ := net.SplitHostPort(seed) // validated, like the port
	port, _ := strconv.ParseUint(text, 10, 16)
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		m.cfg.Logger.Warn("seed has no address", "seed", seed, "err", err)
	}
	var addrs []netip.AddrPort
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return addrs
}
