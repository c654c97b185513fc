package discovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// MaxInstances bounds the agents of a host, and its documents since the Poller was made: whoever takes
// them keeps one of each instance.
const MaxInstances = 4096

// PollerConfig is what a Poller needs: all of it.
type PollerConfig struct {
	Host   Host
	Name   string // the host's name, unique in the fleet
	HostID string
	Boot   uint64  // from 1; see Document
	Agents []Agent // at most MaxInstances; names are unique
	Rand   *rand.Rand
	Logger *slog.Logger
	// Emit takes a document that changed. It is called for one document at a time, in the order of
	// their sequence numbers, so it should do no more than store it. What it refuses is offered again,
	// under a new number, at the agent's next turn.
	Emit func(context.Context, Document) error
}

func (c PollerConfig) validate() error {
	if err := errors.Join(checkName("host name", c.Name), checkName("host id", c.HostID)); err != nil {
		return err
	}
	if c.Boot == 0 || c.Rand == nil || c.Logger == nil || c.Emit == nil {
		return errors.New("poller: Boot, Rand, Logger and Emit are needed")
	}
	if len(c.Agents) > MaxInstances {
		return fmt.Errorf("%d agents, at most %d", len(c.Agents), MaxInstances)
	}
	seen := map[string]bool{}
	for _, a := range c.Agents {
		if err := checkName("agent's name", a.Name); err != nil {
			return err
		}
		if seen[a.Name] {
			return fmt.Errorf("two agents are named %q", a.Name)
		}
		if a.Every <= 0 || a.Timeout < 0 || a.Discover == nil {
			return fmt.Errorf("agent %q: interval %v, time limit %v: needs a positive interval and a Discover", a.Name, a.Every, a.Timeout)
		}
		seen[a.Name] = true
	}
	return nil
}

// Poller runs agents and lets a document through only when it changed. No agent can hold up another:
// each has a goroutine, a time limit, and its panics are its own failures.
type Poller struct {
	cfg        PollerConfig
	origin     Origin
	agents     []*polled // as in cfg
	firstRound chan struct{}

	// emitting holds a token while Emit runs, so that documents leave in the order of their numbers. It
	// guards what follows, and each agent's last. It is no mutex because ctx must end the wait for it.
	emitting chan struct{}
	seq      uint64             // the last one that was handed out
	owners   map[string]*polled // by instance
}

// NewPoller checks cfg and returns a Poller at rest.
func NewPoller(cfg PollerConfig) (*Poller, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	p := &Poller{
		cfg:        cfg,
		origin:     Origin{Host: cfg.Name, HostID: cfg.HostID, Boot: cfg.Boot},
		firstRound: make(chan struct{}),
		emitting:   make(chan struct{}, 1),
		owners:     map[string]*polled{},
	}
	for _, agent := range cfg.Agents {
		a := &polled{
			agent:  agent,
			rand:   rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
			logger: cfg.Logger.With("agent", agent.Name),
			stats:  AgentStats{Name: agent.Name},
		}
		p.agents = append(p.agents, a)
		p.owners[agent.Name] = a // no script can speak as another agent
	}
	return p, nil
}

// Run polls until ctx is done and every agent has returned or is stuck, and returns ctx's error. The
// first turn of each agent is at once, the next ones its interval, ±10 %, after the last one's end.
// Run is called once, and not beside Once.
func (p *Poller) Run(ctx context.Context) error {
	var all, first sync.WaitGroup
	first.Add(len(p.agents))
	for _, a := range p.agents {
		all.Go(func() {
			p.turn(ctx, a)
			first.Done()
			for a.pause(ctx) {
				p.turn(ctx, a)
			}
		})
	}
	first.Wait()
	close(p.firstRound)
	all.Wait()
	<-ctx.Done() // also without agents
	return ctx.Err()
}

// FirstRound is closed when every agent had its first turn in Run, whatever came of it.
func (p *Poller) FirstRound() <-chan struct{} { return p.firstRound }

// Once gives every agent one turn, all at the same time, and waits for them. It fails only with ctx:
// what became of the agents is in Stats.
func (p *Poller) Once(ctx context.Context) error {
	var all sync.WaitGroup
	for _, a := range p.agents {
		all.Go(func() { p.turn(ctx, a) })
	}
	all.Wait()
	return ctx.Err()
}

// turn notes its failures instead of returning them: one broken agent must not stop the others.
func (p *Poller) turn(ctx context.Context, a *polled) {
	start := time.Now()
	env, err := a.discover(ctx, p.cfg.Host)
	took := time.Since(start)
	taken := false
	if err == nil {
		taken, err = p.offer(ctx, a, env)
	}
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrStuck) {
		return // interrupted, which is nobody's failure
	}
	a.note(took, taken, err)
}

// offer emits what a found if it changed, and reports whether it was taken.
func (p *Poller) offer(ctx context.Context, a *polled, env Envelope) (taken bool, err error) {
	select {
	case p.emitting <- struct{}{}:
		defer func() { <-p.emitting }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	doc, err := seal(env, p.origin, p.seq+1, time.Now())
	if err != nil {
		return false, err
	}
	switch owner := p.owners[doc.Instance]; {
	case owner == nil && len(p.owners) >= MaxInstances: // as of a script that makes up a name each time
		return false, fmt.Errorf("instance %q is one too many: a host has at most %d", doc.Instance, MaxInstances)
	case owner != nil && owner != a:
		return false, fmt.Errorf("instance %q is that of agent %q", doc.Instance, owner.agent.Name)
	}
	id := emitted{doc.Instance, doc.Hash}
	if id == a.last {
		return false, nil
	}
	p.seq++
	if err := p.cfg.Emit(ctx, doc); err != nil {
		return false, fmt.Errorf("document not taken: %w", err)
	}
	p.owners[doc.Instance], a.last = a, id
	return true, nil
}
