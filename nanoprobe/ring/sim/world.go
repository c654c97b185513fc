package sim

import (
	"context"
	"math"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// settleFor bounds how long a ring may take after the last fault until nothing is left to say.
const settleFor = 30 * time.Minute

// plan is a ring and what befalls it.
type plan struct {
	name        string // readable
	level       int
	chance      chance
	members     []memberPlan
	returnAfter time.Duration // of the dead
	faults      []fault       // in order of time
	below       []below       // of a ring above: the rings that its members stand for
}

// memberPlan is a host that is a member at some time.
type memberPlan struct {
	id    ring.HostID
	late  bool // not there at the start
	below int  // in a ring above: index in plan.below of the ring that it stands for
}

// world is one ring of machines on a virtual clock, which stands still while nothing happens.
//
// Time goes in rounds of one tick. In each, every host that is up ticks once, in an order and at a
// moment of its own; what arrives in between is delivered in order of time.
type world struct {
	cfg           Config
	plan          plan
	net           network
	path          path
	now           time.Duration
	round         int64
	cursor        int   // of order: who ticks next in this round
	order         []int // hosts by phase
	hosts         []*host
	byID          map[ring.HostID]int
	exchangeEvery time.Duration // in a ring of this size
	echoes        queue[echo]
	talk          queue[delivery]
	serial        uint64 // of arrivals
	up            int    // hosts that are
	doubts        []doubt
	seats         [seatsPerRing]seat
	oracle        oracle
	worries       []worry
	packets       Packets
	outcome       outcome
	past          tally         // of machines that are no more
	struck        time.Duration // when the last fault was
	whole         bool          // the ring was at rest after that
	wholeAt       time.Duration // for the first time
	restful       bool          // it was at rest, and there is no news since
}

// newWorld returns the ring of p at rest, or empty if nobody is there at the start.
func newWorld(cfg Config, p plan) (*world, error) {
	w := &world{
		cfg: cfg, plan: p, net: newNetwork(cfg), exchangeEvery: scaled(exchangeEvery, len(p.members)),
		byID: map[ring.HostID]int{},
	}
	w.oracle = newOracle(w)
	var first []ring.Member
	for i, m := range p.members {
		h := newHost(i, m, p.chance.of(uint64(i)), cfg.Profile)
		w.hosts, w.byID[m.id] = append(w.hosts, h), i
		if !m.late {
			first = append(first, h.member)
		}
	}
	w.order = byPhase(w.hosts)
	if err := w.form(first); err != nil {
		return nil, err
	}
	w.seats, w.outcome = firstSeats(p), outcomeOf(p)
	return w, nil
}

// form puts the first members together as if they had been so for long.
func (w *world) form(first []ring.Member) error {
	circle, err := ring.NewCircle(first)
	if err != nil {
		return err
	}
	for _, h := range w.hosts {
		h.table = make([]sighting, len(w.hosts))
		if h.plan.late {
			continue
		}
		for _, m := range first {
			h.note(w.now, w.byID[m.ID], sighting{member: m, incarnation: 1})
		}
		phase := 1 + h.chance.of(1).below(w.cfg.Profile.BeatTicks)
		if h.machine, err = circle.Form(h.member.ID, w.cfg.Profile, phase); err != nil {
			return err
		}
		h.up, h.ticked = true, -1
		w.up++
	}
	return nil
}

// run lets the ring live until cfg.For, and then on until it is at rest; or until ctx is done.
func (w *world) run(ctx context.Context) {
	const steps = 1 << 14 // some 10 ms of work
	for n := 0; w.now < w.cfg.For+settleFor && (n%steps > 0 || ctx.Err() == nil); n++ {
		if w.cursor == 0 && w.round%int64(w.cfg.Profile.BeatTicks) == 0 && w.minds() && w.atRest() {
			if !w.restful {
				w.rest()
			}
			if w.now >= w.cfg.For {
				break
			}
			if !w.cfg.Full {
				w.skip(ctx)
			}
		}
		w.step()
	}
	w.oracle.finish()
}

// rest notes that the ring is at rest. Rumours that are still told then are news to nobody, and
// memberlist would tell them for minutes after a return; here they end.
func (w *world) rest() {
	if w.restful = true; !w.whole {
		w.whole, w.wholeAt = true, w.now
	}
	for _, h := range w.hosts {
		h.rumours.queue = nil
	}
}

// tell lets h pass on what is news to it.
func (w *world) tell(h *host, n news) {
	w.restful = false
	h.rumours.add(n)
}

// minds reports whether it matters if the ring is at rest: whoever lives through quiet time anyway need
// not look for it all the time.
func (w *world) minds() bool { return !w.cfg.Full || !w.restful || w.now >= w.cfg.For }

// step does what is due next: a fault, an arrival or a tick.
func (w *world) step() {
	tick := w.tickTime()
	echo, talk := w.echoes.next(), w.talk.next()
	due := w.nextFault()
	switch {
	case due <= min(echo.at, talk.at, tick):
		w.now = max(w.now, due)
		f := w.plan.faults[0]
		w.struck, w.restful, w.whole = w.now, false, false
		w.plan.faults = w.plan.faults[1:]
		f.do(w)
	case echo.at <= tick && echo.compare(talk) < 0:
		w.now = max(w.now, echo.at)
		w.echoed(w.echoes.pop())
	case talk.at <= tick:
		w.now = max(w.now, talk.at)
		w.arrive(w.talk.pop())
	default:
		w.now = tick
		w.tick(w.hosts[w.order[w.cursor]])
		if w.cursor++; w.cursor == len(w.order) {
			w.cursor = 0
			w.round++
			w.endRound()
		}
	}
}

// tickTime is when the next host ticks.
func (w *world) tickTime() time.Duration {
	return w.roundTime(w.round) + w.hosts[w.order[w.cursor]].phase
}

func (w *world) roundTime(round int64) time.Duration {
	return time.Duration(round) * w.cfg.Profile.Tick
}

// nextFault is when the next fault is due.
func (w *world) nextFault() time.Duration {
	if len(w.plan.faults) == 0 {
		return math.MaxInt64
	}
	return w.plan.faults[0].at
}

// endRound does once a second what concerns the ring as a whole.
func (w *world) endRound() {
	if w.now/time.Second == (w.now-w.cfg.Profile.Tick)/time.Second {
		return
	}
	w.expireDoubts()
	w.fillSeats()
	w.worryOn()
}

// schedule adds a fault.
func (w *world) schedule(f fault) {
	at := len(w.plan.faults)
	for at > 0 && w.plan.faults[at-1].at > f.at {
		at--
	}
	w.plan.faults = append(w.plan.faults, fault{})
	copy(w.plan.faults[at+1:], w.plan.faults[at:])
	w.plan.faults[at] = f
}
