package mesh

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
)

const (
	lookupTime  = 5 * time.Second
	lookupsTime = time.Minute
	// The names of seeds are looked up again so often, give or take a half; from soonSeeds on, twice as
	// long each time, while none has an address.
	soonSeeds = 30 * time.Second
	laterOn   = 10 * time.Minute
)

// findSeeds resolves the seeds. Name servers may come up after this host, so it tries for a minute
// while none has an address: a host without a seed would found a ring of its own.
func (m *Mesh) findSeeds(ctx context.Context) []netip.AddrPort {
	for start, wait := time.Now(), firstRetry; ; wait *= 2 {
		addrs := m.resolve(ctx)
		if len(addrs) > 0 || len(m.cfg.Seeds) == 0 || time.Since(start) > lookupsTime {
			m.seeds.expect(addrs)
			return addrs
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// keepSeeds looks the seeds up again until ctx is done: a name server may come up later than a minute
// after this host, and names move to other addresses.
func (m *Mesh) keepSeeds(ctx context.Context, addrs []netip.AddrPort, r *rand.Rand) {
	if !slices.ContainsFunc(m.cfg.Seeds, isName) {
		return
	}
	for wait := soonSeeds; ; wait = min(2*wait, laterOn) {
		if len(addrs) > 0 {
			wait = laterOn
		}
		select {
		case <-time.After(jitter(wait, r)):
		case <-ctx.Done():
			return
		}
		addrs = m.resolve(ctx)
		m.seeds.expect(addrs)
		m.mu.Lock()
		m.machine.SetSeeds(addrs)
		m.mu.Unlock()
	}
}

// isName reports whether a seed has to be looked up.
func isName(seed string) bool {
	_, err := netip.ParseAddrPort(seed)
	return err != nil
}

// resolve looks up all seeds at once. A name that can't be looked up keeps its addresses: who is cut off
// from the fleet is often cut off from the name servers too, and needs its seeds when it is back. Names are
// looked up here, since memberlist asks name servers for ANY over TCP first.
func (m *Mesh) resolve(ctx context.Context) []netip.AddrPort {
	found := make([][]netip.AddrPort, len(m.cfg.Seeds))
	copy(found, m.lookedUp)
	var work sync.WaitGroup
	for i, seed := range m.cfg.Seeds {
		work.Go(func() {
			addrs, err := lookup(ctx, seed)
			if err != nil {
				m.cfg.Logger.Warn("seed not looked up", "seed", seed, "known", found[i], "err", err)
				return
			}
			found[i] = addrs
		})
	}
	work.Wait()
	m.lookedUp = found
	return slices.Concat(found...)
}

func lookup(ctx context.Context, seed string) ([]netip.AddrPort, error) {
	if addr, err := netip.ParseAddrPort(seed); err == nil {
		return []netip.AddrPort{addr}, nil
	}
	host, text, _ := net.SplitHostPort(seed) // validated, like the port
	port, _ := strconv.ParseUint(text, 10, 16)
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	var addrs []netip.AddrPort
	for _, ip := range ips {
		addrs = append(addrs, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return addrs, err
}

// seedLog says once, and once more when it is over, that a seed can't be reached. It is safe for
// concurrent use.
type seedLog struct {
	logger *slog.Logger

	mu     sync.Mutex
	silent map[netip.AddrPort]bool // the seeds, and whether they were silent when last asked
}

// expect says which addresses are seeds.
func (l *seedLog) expect(seeds []netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := l.silent
	l.silent = make(map[netip.AddrPort]bool, len(seeds))
	for _, seed := range seeds {
		l.silent[seed] = known[seed]
	}
}

// note takes the outcome of a call to a host that may be a seed.
func (l *seedLog) note(addr netip.AddrPort, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, seed := l.silent[addr]
	switch {
	case !seed:
		return
	case err == nil && was:
		l.logger.Info("seed reached", "seed", addr)
	case err != nil && !was && errors.Is(err, wire.ErrWrongKey):
		l.logger.Warn("seed refused: it has not the ring's key", "seed", addr)
	case err != nil && !was:
		l.logger.Warn("seed not reached, trying on", "seed", addr, "err", err)
	}
	l.silent[addr] = err != nil
}
