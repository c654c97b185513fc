package backbone

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// ErrConfig is returned by New for a Config that can't work.
var ErrConfig = errors.New("not a host of a backbone")

// Machine decides in which rings one host is a member. It is not safe for concurrent use.
type Machine struct {
	cfg    Config
	addr   netip.AddrPort // of this host
	key    Key
	now    uint64 // seconds since New
	number uint32 // of the newest Ask

	seats  [maxLevels]*seat // by level; that of level 0 is always there
	deputy deputy           // of this host
	serves principal        // whose deputy this host is

	guides  []netip.AddrPort // of rings above, the latest first; at most maxGuides
	desk    desk             // what was answered to newcomers of late
	ready   Ready
	scratch []byte // of announce
}

// New returns the Machine of a host that is in no ring yet; the first Tick sets it going.
func New(cfg Config) (*Machine, error) {
	if cfg.Base == (Sizes{}) {
		cfg.Base = Sizes{Split: 128, Merge: 16, MergeSum: 72}
	}
	if cfg.Above == (Sizes{}) {
		cfg.Above = Sizes{Split: 256, Merge: 32, MergeSum: 144}
	}
	addr, err := netip.ParseAddrPort(cfg.Self.Addr)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: address %q is not ip:port", ErrConfig, cfg.Self.Addr)
	case cfg.Self.ID == "" || len(cfg.Self.ID) > maxIDBytes:
		return nil, fmt.Errorf("%w: host id of %d bytes, 1 to %d", ErrConfig, len(cfg.Self.ID), maxIDBytes)
	case cfg.Group == "" || len(cfg.Group) > maxNameBytes:
		return nil, fmt.Errorf("%w: group of %d bytes, 1 to %d", ErrConfig, len(cfg.Group), maxNameBytes)
	}
	if err := errors.Join(cfg.Base.validate(), cfg.Above.validate()); err != nil {
		return nil, err
	}
	m := &Machine{cfg: cfg, addr: unmapped(addr), key: KeyOf(cfg.Group, cfg.Self.ID)}
	m.seats[0] = &seat{key: m.key.prefix(keyBits)}
	m.SetSeeds(cfg.Seeds)
	m.SetSegments(cfg.Segments)
	return m, nil
}

// unmapped is the one form of an address: hosts name each other by it.
func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// SetSeeds replaces Config.Seeds: names are known late, or stand for other hosts after a while. What this
// host is in already, it compares with what those who are new know, lest they are in two parts of the
// fleet.
func (m *Machine) SetSeeds(addrs []netip.AddrPort) {
	was := m.cfg.Seeds
	m.cfg.Seeds = make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		a = unmapped(a)
		m.cfg.Seeds[i] = a
		for _, s := range m.seats {
			if s != nil && s.now != nil && !slices.Contains(was, a) {
				m.distrust(s, a, false)
			}
		}
	}
}

// SetSegments replaces Config.Segments.
func (m *Machine) SetSegments(segments []string) { m.cfg.Segments = slices.Clone(segments) }

// place is where this host lies on the circle of each ring that it is in.
func (m *Machine) place() uint32 { return uint32(m.key) }

// Ready hands over the pending work and forgets it.
func (m *Machine) Ready() Ready {
	r := m.ready
	m.ready = Ready{}
	return r
}

// Tick lets n seconds pass: 1, unless the caller was held up. It decides anew, level by level, what
// follows from all that is known; nothing else does, so that no order of inputs is special.
func (m *Machine) Tick(n int) {
	if n < 1 {
		return
	}
	m.now += uint64(n)
	m.serve()
	for level := range m.seats {
		m.appoint()
		m.fill(uint8(level))
		if s := m.seats[level]; s != nil {
			m.sit(s)
		}
	}
	m.announce()
}

// sit lets one seat act.
func (m *Machine) sit(s *seat) {
	m.overdue(s)
	if s.now == nil {
		m.seek(s)
		return
	}
	m.look(s)
	m.elect(s)
	m.direct(s)
	m.follow(s)
	m.arrive(s)
	m.relocate(s)
	m.ask(s)
	m.guard(s)
}

// Step takes one input.
func (m *Machine) Step(in Input) {
	switch in := in.(type) {
	case View:
		m.view(in)
	case Died:
		m.died(in)
	case Located:
		m.located(in)
	case Pulled:
		m.pulled(in)
	case Probed:
		m.probed(in)
	default:
		panic(fmt.Sprintf("backbone: input of type %T", in))
	}
}

// after reports whether a condition has lasted for so many seconds; *since is its memory.
func (m *Machine) after(since *uint64, holds bool, seconds uint64) bool {
	switch {
	case !holds:
		*since = 0
		return false
	case *since == 0:
		*since = m.now
	}
	return m.now-*since >= seconds
}
