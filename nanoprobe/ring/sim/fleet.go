package sim

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// level is the rings of one height: 0 those of all hosts, above them those of representatives.
type level struct {
	height int
	rings  int
	of     int // members in all: places that always somebody has
}

// levels divides a fleet into rings. The last level is one ring.
func levels(members int) []level {
	base := level{0, max(1, (members+targetBase/2)/targetBase), members}
	all := []level{base}
	for below := base; below.height == 0 || below.rings > 1; {
		of := min(seatsPerRing*below.rings, below.of)
		below = level{below.height + 1, (of + targetUpper - 1) / targetUpper, of}
		all = append(all, below)
	}
	return all
}

// share is the part of n things that falls to the i-th of parts.
func share(n, parts, i int) (from, to int) { return n * i / parts, n * (i + 1) / parts }

// ringName names ring i of a level.
func ringName(height, i int) string {
	if height == 0 {
		return fmt.Sprintf("%d", i)
	}
	return fmt.Sprintf("+%d/%d", height, i)
}

// hostID names the j-th host of base ring i.
func hostID(i, j int) ring.HostID { return ring.HostID(fmt.Sprintf("%d.%d", i, j)) }

// Run simulates a fleet with so many seeds, cfg.Seed and those that follow it, and sums up. It takes as
// long as there are things to happen; when ctx is done it ends with ctx's error.
func Run(ctx context.Context, cfg Config, seeds int) (Report, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return Report{}, err
	}
	if seeds < 1 || seeds > maxSeeds {
		return Report{}, fmt.Errorf("%d seeds, 1 to %d", seeds, maxSeeds)
	}
	if tell := cfg.Event; tell != nil {
		var one sync.Mutex
		cfg.Event = func(t Told) {
			one.Lock()
			defer one.Unlock()
			tell(t)
		}
	}
	began, all := time.Now(), levels(cfg.Members)
	var total tally
	for i := range seeds {
		run := cfg
		run.Seed += uint64(i)
		if err := runFleet(ctx, run, all, &total); err != nil {
			return Report{}, err
		}
	}
	r := total.report(cfg, all, seeds)
	r.WallSeconds = time.Since(began).Seconds()
	return r, nil
}

// maxSeeds bounds the runs of one Run.
const maxSeeds = 1_000_000

// runFleet runs one fleet, ring by ring from the bottom up: rings influence each other only through
// their representatives, so what a ring did is the schedule of the ring above.
func runFleet(ctx context.Context, cfg Config, all []level, total *tally) error {
	var base, lower []outcome // of the bottom, and of the level below the next
	for _, l := range all {
		plans := planBase(cfg, l)
		if l.height > 0 {
			plans = planAbove(cfg, l, all[l.height-1], lower, base)
		}
		outcomes, err := runLevel(ctx, cfg, l, plans, total)
		if err != nil {
			return err
		}
		if lower = outcomes; l.height == 0 {
			base = outcomes
		}
	}
	return nil
}

// runLevel runs the rings of a level, as many at once as there are processors.
func runLevel(ctx context.Context, cfg Config, l level, planOf func(int) plan, total *tally) ([]outcome, error) {
	outcomes := make([]outcome, l.rings)
	var group sync.WaitGroup
	var mu sync.Mutex // of total and failed
	var failed error
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), l.rings) {
		group.Go(func() {
			for i := range next {
				t, o, err := runRing(ctx, cfg, planOf(i))
				outcomes[i] = o
				mu.Lock()
				total.add(t)
				failed = cmp.Or(failed, err)
				mu.Unlock()
			}
		})
	}
	for i := 0; i < l.rings && ctx.Err() == nil; i++ {
		next <- i
	}
	close(next)
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return outcomes, failed
}

// runRing runs one ring. A ring that nothing befalls is not built: what it sends is known.
func runRing(ctx context.Context, cfg Config, p plan) (tally, outcome, error) {
	if len(p.faults) == 0 && cfg.Loss+cfg.Reorder == 0 && !cfg.Full {
		return idleTally(cfg, p), outcomeOf(p), nil
	}
	w, err := newWorld(cfg, p)
	if err != nil {
		return tally{}, outcome{}, fmt.Errorf("ring %s: %w", p.name, err)
	}
	w.run(ctx)
	return w.tally(), w.outcome, nil
}

// planBase plans the rings of all hosts.
func planBase(cfg Config, l level) func(int) plan {
	seed := chance(cfg.Seed).of(0)
	return func(i int) plan {
		from, to := share(cfg.Members, l.rings, i)
		p := plan{name: ringName(0, i), chance: seed.of(uint64(i)), returnAfter: cfg.ReturnAfter}
		s := scenarios[cfg.Scenario]
		for j := range to - from {
			p.members = append(p.members, memberPlan{id: hostID(i, j), late: cfg.Scenario == "power-on"})
		}
		p.faults = randomDeaths(cfg, p, p.chance.of(1<<32))
		if s.befalls(i) {
			p.faults = append(p.faults, s.faults(p, p.chance.of(1<<33))...)
		}
		slices.SortStableFunc(p.faults, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
		return p
	}
}
