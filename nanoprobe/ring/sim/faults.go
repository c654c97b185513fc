package sim

import (
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// fault is something that befalls a ring. do runs when it is due.
type fault struct {
	at time.Duration
	do func(w *world)
}

const (
	firstFault = time.Minute // when a scenario begins: the ring is at rest by then
	cutFor     = 10 * time.Minute
	// powerOn is the time in which the hosts of a site come up after an outage.
	powerOn = 30 * time.Second
)

// scenario befalls one base ring. Those of everywhere befall all, the others the first.
type scenario struct {
	everywhere bool
	rings      int // how many, the first ones; 0 is one
	faults     func(p plan, c chance) []fault
}

var scenarios = map[string]*scenario{
	"power-on":             {everywhere: true, faults: powerOnFaults},
	"rolling-restart":      {everywhere: true, faults: rollingRestart},
	"partition":            {faults: partition},
	"one-way":              {faults: oneWayLoss},
	"stall":                {faults: stalls},
	"clock-jump":           {faults: clockJumps},
	"mass-death-adjacent":  {faults: massDeath(func(w *world, c chance) []int { return w.adjacent(c) })},
	"mass-death-scattered": {faults: massDeath(func(w *world, c chance) []int { return w.scattered(c) })},
	"ring-death":           {faults: massDeath(func(w *world, _ chance) []int { return w.everybody() })},
	"switch-death":         {rings: 4, faults: switchDeath},
	"flapping":             {faults: flapping},
}

// befalls reports whether base ring i is struck.
func (s *scenario) befalls(i int) bool {
	return s != nil && (s.everywhere || i < max(1, s.rings))
}

// randomDeaths are the deaths of a ring's members, each on its own and at random. Each brings the next
// about, so that only one waits at a time.
func randomDeaths(cfg Config, p plan, c chance) []fault {
	if cfg.DeathsPerDay == 0 {
		return nil
	}
	const day = 24 * time.Hour
	mean := time.Duration(float64(day) / (cfg.DeathsPerDay * float64(len(p.members))))
	return nthDeath(cfg, p, c, mean, 0, 0)
}

// nthDeath is the n-th of random deaths, some time after the last; none if that is after the end.
func nthDeath(cfg Config, p plan, c chance, mean time.Duration, n uint64, last time.Duration) []fault {
	draw := c.of(n)
	at := last + draw.of(1).exponential(mean)
	if at >= cfg.For {
		return nil
	}
	victim, state := draw.of(2).below(len(p.members)), ring.HostDead
	if draw.of(3).hits(0.25) {
		state = ring.NanoprobeDown
	}
	return []fault{{at, func(w *world) {
		w.die(victim, state, p.returnAfter)
		for _, f := range nthDeath(cfg, p, c, mean, n+1, at) {
			w.schedule(f)
		}
	}}}
}

func powerOnFaults(p plan, c chance) []fault {
	var faults []fault
	for i := range p.members {
		faults = append(faults, fault{c.of(uint64(i)).span(powerOn), func(w *world) { w.start(i) }})
	}
	return faults
}

// rollingRestart stops one member after the other for 20 s, as one does with a new version; the rings
// are not in step.
func rollingRestart(p plan, c chance) []fault {
	const step = 30 * time.Second
	var faults []fault
	begin, first := firstFault+c.of(0).span(step), c.of(1).below(len(p.members))
	for n := range p.members {
		at, i := begin+time.Duration(n)*step, (first+n)%len(p.members)
		faults = append(faults,
			fault{at, func(w *world) { w.leave(i, ring.ShutDown) }},
			fault{at + 20*time.Second, func(w *world) { w.start(i) }})
	}
	return faults
}

// partition cuts the ring in two halves and heals it.
func partition(p plan, c chance) []fault {
	sides := make([]int8, len(p.members))
	for i := range sides {
		sides[i] = int8(c.of(uint64(i)).below(2))
	}
	return []fault{
		{firstFault, func(w *world) { w.split(sides, cutFor) }},
		{firstFault + cutFor, func(w *world) { w.heal() }},
	}
}

// oneWayLoss makes one member deaf to its successor on the circle.
func oneWayLoss(p plan, c chance) []fault {
	return []fault{
		{firstFault, func(w *world) { w.deafen(c.of(0).below(len(p.members))) }},
		{firstFault + cutFor, func(w *world) { w.heal() }},
	}
}

// stalls holds up one member for less than its watchers' patience, and another one for longer.
func stalls(p plan, c chance) []fault {
	short, long := c.of(0).below(len(p.members)), c.of(1).below(len(p.members))
	return []fault{
		{firstFault, func(w *world) { w.stall(short, 4*time.Second) }},
		{2 * firstFault, func(w *world) { w.stall(long, 30*time.Second) }},
	}
}

// clockJumps gives one member time that did not pass, and withholds from another time that did.
func clockJumps(p plan, c chance) []fault {
	fast, slow := c.of(0).below(len(p.members)), c.of(1).below(len(p.members))
	return []fault{
		{firstFault, func(w *world) { w.hosts[fast].jump = 120 }},
		{2 * firstFault, func(w *world) { w.hosts[slow].jump = -12 }},
	}
}

// massDeath kills all that pick chooses, at once.
func massDeath(pick func(*world, chance) []int) func(plan, chance) []fault {
	return func(p plan, c chance) []fault {
		return []fault{{firstFault + c.of(0).span(10*time.Second), func(w *world) {
			for _, i := range pick(w, c.of(1)) {
				w.die(i, ring.HostDead, p.returnAfter)
			}
		}}}
	}
}

// switchDeath cuts a fifth of the ring's members off, each from everybody, until the switch is back.
func switchDeath(p plan, c chance) []fault {
	sides := make([]int8, len(p.members))
	for i := range len(p.members) / 5 {
		sides[c.of(uint64(i)).below(len(sides))] = int8(i + 1)
	}
	return []fault{
		{firstFault, func(w *world) { w.split(sides, cutFor) }},
		{firstFault + cutFor, func(w *world) { w.heal() }},
	}
}

// flapping kills one member six times, each time soon after it came back.
func flapping(p plan, c chance) []fault {
	var faults []fault
	victim := c.of(0).below(len(p.members))
	for i := range 6 {
		at := firstFault + time.Duration(i)*90*time.Second
		faults = append(faults, fault{at, func(w *world) { w.die(victim, ring.HostDead, 30*time.Second) }})
	}
	return faults
}
