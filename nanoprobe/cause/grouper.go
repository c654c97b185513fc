package cause

import (
	"maps"
	"slices"
)

// What makes a segment a cause, and how long a Grouper waits; the package comment says how they work.
const (
	windowMS    = 10_000
	maxWindowMS = 60_000
	minHosts    = 3
	minPct      = 60
	// leftMS is how long a host may take to come back once its incident is restored: after a power cut
	// the hosts of a rack boot for some minutes.
	leftMS = 300_000
)

// Bounds limit what a Grouper holds.
type Bounds struct {
	// MaxHosts bounds the hosts known; 0 is 1,000,000, some 300 bytes each. The deaths of others are
	// released at once, and claims are cut down to those that are known.
	MaxHosts int
	// MaxIncidents bounds the incidents that are not over, and the claims not decided on; 0 is 1024. Above,
	// deaths are released though they have a common cause, and a claim is opened but never restored.
	MaxIncidents int
}

// Grouper decides which deaths have a common cause. Inputs are methods that take the time; Tick decides,
// Ready returns what came of it. It is not safe for concurrent use.
type Grouper struct {
	bounds    Bounds
	hosts     map[string]*host
	segments  map[string]*segment
	waiting   map[*host]struct{}
	claims    []*claim    // of which not all hosts are decided on
	incidents []*incident // not over, in the order in which they were opened
	tallies   map[tallyKey]heldTally
	shared    bool
	decisions []Decision
}

type state int

const (
	up      state = iota
	waiting       // died, or claimed to be lost, and not decided on
	behind        // of an incident
	down          // its death was released, or it left
)

// host is what is known of one.
type host struct {
	id       string
	state    state
	segments []*segment
	heardMS  int64 // when it was heard last; noTime: never
	// sinceMS and appearance are of the death, while waiting; a host that is claimed to be lost has no
	// appearance.
	sinceMS    int64
	appearance string
	claims     []*segment // under which it is claimed to be lost, while waiting
	incident   *incident  // while behind
}

const noTime = -1 << 62

// segment is what some hosts have in common.
type segment struct {
	name  string
	hosts map[*host]struct{}
	// boundMS is the time after which no host that is up was heard, or a later one.
	boundMS int64
}

// claim is a common loss that somebody vouches for.
type claim struct {
	id      string
	segment *segment
	hosts   []*host
}

// New returns a Grouper that knows of no hosts.
func New(b Bounds) *Grouper {
	if b.MaxHosts == 0 {
		b.MaxHosts = 1_000_000
	}
	if b.MaxIncidents == 0 {
		b.MaxIncidents = 1024
	}
	return &Grouper{
		bounds: b, hosts: map[string]*host{}, segments: map[string]*segment{}, waiting: map[*host]struct{}{},
		tallies: map[tallyKey]heldTally{},
	}
}

// Died tells that a host is dead. Its appearance tells this death from another of the same host.
func (g *Grouper) Died(nowMS int64, id, appearance string) {
	h := g.hosts[id]
	switch {
	case h == nil:
		g.tell(Decision{Kind: Released, Hosts: []string{id}})
	case h.state == behind:
	case h.state == waiting:
		if h.appearance == "" || appearance < h.appearance {
			h.appearance = appearance
		}
	default:
		g.wait(h, nowMS)
		h.appearance = appearance
		g.join(h)
	}
}

func (g *Grouper) wait(h *host, nowMS int64) {
	h.state, h.sinceMS, h.appearance = waiting, nowMS, ""
	g.waiting[h] = struct{}{}
}

// Lost tells that hosts are lost together, and why: segment is what they have in common. Telling a claim
// again changes nothing.
func (g *Grouper) Lost(nowMS int64, id, segment string, hosts []string) {
	if slices.ContainsFunc(g.claims, func(c *claim) bool { return c.id == id }) ||
		slices.ContainsFunc(g.incidents, func(i *incident) bool { return i.id == id }) {
		return
	}
	if len(g.claims) == g.bounds.MaxIncidents {
		g.tell(Decision{Kind: Opened, Incident: id, Segment: segment, Hosts: slices.Sorted(slices.Values(hosts))})
		return
	}
	c := &claim{id: id, segment: g.segment(segment)}
	for _, name := range hosts {
		h := g.known(name)
		if h == nil || h.state == down || slices.Contains(c.hosts, h) {
			continue
		}
		c.hosts = append(c.hosts, h)
		if h.state == up {
			g.wait(h, nowMS)
			g.join(h)
		}
		if h.state == waiting && !slices.Contains(h.claims, c.segment) {
			h.claims = append(h.claims, c.segment)
		}
	}
	g.claims = append(g.claims, c)
}

// Heard tells that a host is there. Where the CMA is the driver, whatever it sends itself tells that.
func (g *Grouper) Heard(nowMS int64, id string) {
	h := g.hosts[id]
	if h == nil {
		return
	}
	switch h.state {
	case waiting:
		g.release(h)
	case behind:
		g.back(nowMS, h)
	}
	h.state, h.heardMS = up, nowMS
	for _, s := range h.segments {
		s.boundMS = max(s.boundMS, nowMS)
	}
}

// Left tells that a host has taken its leave: it will not be heard, and that explains nothing.
func (g *Grouper) Left(nowMS int64, id string) {
	h := g.hosts[id]
	if h == nil {
		return
	}
	switch h.state {
	case waiting:
		g.release(h)
	case behind:
		g.leave(nowMS, h)
	}
	h.state = down
}

// release ends the wait of a host without a cause. The death of one that is only claimed to be lost was
// told by nobody, so there is nothing to release.
func (g *Grouper) release(h *host) {
	if h.appearance != "" {
		g.tell(Decision{Kind: Released, Hosts: []string{h.id}})
	}
	g.decided(h, down)
}

// decided ends the wait of a host.
func (g *Grouper) decided(h *host, to state) {
	h.state, h.claims = to, nil
	delete(g.waiting, h)
}

// Idle reports whether nothing is to be decided before something happens.
func (g *Grouper) Idle() bool { return len(g.waiting)+len(g.claims)+len(g.incidents) == 0 }

// Waiting returns the hosts that are not decided on, sorted.
func (g *Grouper) Waiting() []string {
	ids := make([]string, 0, len(g.waiting))
	for h := range maps.Keys(g.waiting) {
		ids = append(ids, h.id)
	}
	slices.Sort(ids)
	return ids
}
