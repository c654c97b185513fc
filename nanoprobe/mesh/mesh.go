package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// backboneTick is the time of one tick of the backbone's machine.
const backboneTick = time.Second

// Mesh is this host's part in the fleet: its port, its memberships, and what decides of these.
type Mesh struct {
	cfg      Config
	rand     *rand.Rand // of the loop
	keyring  *memberlist.Keyring
	sealer   *ring.Sealer
	replays  ring.Replays
	asker    asker
	refused  tally
	wire     *wire.Host          // set by Run
	wake     chan struct{}       // of capacity 1: a membership has changed
	results  chan backbone.Input // of what the backbone's machine asked for
	heard    chan netip.AddrPort // that were held to be dead
	counted  chan count          // by other rings' representatives
	work     sync.WaitGroup      // memberships, and calls under way
	seeds    seedLog
	lookedUp [][]netip.AddrPort      // of each of cfg.Seeds; of findSeeds, and then of keepSeeds
	marked   map[netip.AddrPort]bool // given to wire as dead; of the loop
	causes   *causes                 // nil unless this host represents its base ring; of the loop
	began    time.Time               // set before the first membership begins

	reporting sync.Mutex // one event at a time goes to Config.Report

	mu          sync.Mutex // held for no longer than one input takes, and never while a membership's is taken
	me          ring.Member
	segments    []string
	machine     *backbone.Machine // set by Run
	memberships []*membership     // in the order of their beginning
	calls       Calls
}

// New returns a Mesh that Run takes part with.
func New(cfg Config) (*Mesh, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	sealer, err := ring.NewSealer(ring.Author{ID: cfg.HostID, Boot: cfg.Boot, Key: cfg.Key})
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	keyring, err := memberlist.NewKeyring(nil, cfg.RingKey)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	return &Mesh{
		cfg: cfg, keyring: keyring, sealer: sealer,
		rand:     rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
		me:       ring.Member{ID: cfg.HostID, Name: cfg.Name, Boot: cfg.Boot},
		segments: cfg.Segments,
		wake:     make(chan struct{}, 1), results: make(chan backbone.Input, 64), heard: make(chan netip.AddrPort, 64),
		counted: make(chan count, 64),
		seeds:   seedLog{logger: cfg.Logger}, marked: map[netip.AddrPort]bool{},
	}, nil
}

// Run joins the fleet, watches and is watched until ctx is done, announces the shutdown in all rings,
// which takes at most 3 s, and returns ctx's error when all its goroutines have ended; an exchange
// with a member that hangs may hold it up for another second (8 times the profile's time for an
// answer). It fails at once if it can't listen at Config.Bind. Run is called once.
func (m *Mesh) Run(ctx context.Context) error {
	if err := m.listen(); err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	defer m.wire.Shutdown()
	seeds := m.findSeeds(ctx)
	if err := m.think(seeds); err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	lookups := m.newRand()
	m.work.Go(func() { m.keepSeeds(ctx, seeds, lookups) })
	m.wire.Serve(m.serve)
	m.loop(ctx)
	m.work.Wait()
	return ctx.Err()
}

// listen opens the port and learns under which address others reach it.
func (m *Mesh) listen() error {
	open := wire.Listen
	if m.cfg.open != nil {
		open = m.cfg.open
	}
	host, err := open(wire.Config{
		Bind: m.cfg.Bind, Keyring: m.keyring, Logger: m.cfg.Logger, Heard: m.hear,
	})
	if err != nil {
		return err
	}
	addr := m.cfg.Advertise
	if addr == "" {
		own, err := host.Advertised()
		if err != nil {
			host.Shutdown()
			return err
		}
		addr = own.String()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wire, m.me.Addr = host, addr
	return nil
}

// think makes the backbone's machine. From here on SetSegments tells it.
func (m *Mesh) think(seeds []netip.AddrPort) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.machine, err = backbone.New(backbone.Config{
		Self: m.me, Group: m.cfg.Group, Seeds: seeds,
		Base: m.cfg.BaseSizes, Above: m.cfg.AboveSizes, Segments: m.segments,
	})
	return err
}

// newRand is a source of chance for one more goroutine. Only Run and the loop call it.
func (m *Mesh) newRand() *rand.Rand { return rand.New(rand.NewPCG(m.rand.Uint64(), m.rand.Uint64())) }

// nextBeat is when the next heartbeats of this host go out: in step in all its rings and with the ticks
// of the backbone's machine, so that a host in the quiet wakes up for all of it once.
func (m *Mesh) nextBeat() time.Time {
	beat := time.Duration(m.cfg.Profile.BeatTicks) * m.cfg.Profile.Tick
	return m.began.Add((time.Since(m.began)/beat + 1) * beat)
}

// loop is the one goroutine that drives the backbone's machine.
func (m *Mesh) loop(ctx context.Context) {
	// Members started at once should not beat at once.
	m.began = time.Now().Add(-time.Duration(m.rand.Int64N(int64(m.cfg.Profile.BeatTicks) * int64(m.cfg.Profile.Tick))))
	last := m.nextBeat()
	wake := time.NewTimer(time.Until(last.Add(backboneTick)))
	defer wake.Stop()
	m.carryOut(ctx, m.advance(0, nil))
	for {
		var inputs []backbone.Input
		select {
		case <-ctx.Done():
			return
		case now := <-wake.C:
			m.seekCauses(now)
		case <-m.wake:
			inputs = m.views()
			m.markDead()
		case in := <-m.results:
			inputs = []backbone.Input{in}
		case addr := <-m.heard:
			m.doubt(addr)
		case c := <-m.counted:
			m.takeCount(c)
		}
		ticks := max(0, time.Since(last)) / backboneTick
		last = last.Add(ticks * backboneTick)
		m.carryOut(ctx, m.advance(int(ticks), inputs))
		wake.Reset(time.Until(last.Add(backboneTick)))
	}
}

// advance lets the backbone's machine take time and inputs, and returns what it wants.
func (m *Mesh) advance(ticks int, inputs []backbone.Input) backbone.Ready {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.machine.Tick(ticks)
	for _, in := range inputs {
		m.machine.Step(in)
	}
	return m.machine.Ready()
}

// changed wakes the loop to look at the memberships. It never blocks.
func (m *Mesh) changed() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// report hands an event to Config.Report.
func (m *Mesh) report(e ring.Event) {
	m.reporting.Lock()
	defer m.reporting.Unlock()
	m.cfg.Report(e)
}

// SetSegments says what this host hangs on, such as "switch:CHASSIS", "rack:R7" or
// "subnet:10.1.2.0/24": at most 8 of at most 64 bytes each, the most telling first.
func (m *Mesh) SetSegments(segments []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.segments = slices.Clone(segments)
	if m.machine != nil {
		m.machine.SetSegments(segments)
	}
}

// Self is this host as the others see it. It has no Addr before Run listens.
func (m *Mesh) Self() ring.Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.me
}
