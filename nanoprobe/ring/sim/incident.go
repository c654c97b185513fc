package sim

import (
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// die ends a host, or with NanoprobeDown its nanoprobe alone, and starts it again later. What is down
// can't die.
func (w *world) die(i int, state ring.HostState, returnAfter time.Duration) {
	h := w.hosts[i]
	if !h.up {
		return
	}
	w.end(h, state)
	if returnAfter > 0 && w.now+returnAfter < w.cfg.For {
		w.schedule(fault{w.now + returnAfter, func(w *world) { w.start(i) }})
	}
}

// end stops a host's nanoprobe, however it came to that.
func (w *world) end(h *host, state ring.HostState) {
	h.reach = state != ring.HostDead
	h.truth.died(w.now, state)
	h.up, h.held, h.jump = false, 0, 0
	w.up--
	addStats(&w.past.stats, h.machine.Stats())
	w.past.lived(w.plan, 1, w.now-h.started)
	h.rumours = rumours{}
	w.outcome.ended(h.index, w.now, state)
	w.vacate(h, state)
}

// leave lets a host take its leave: it says so often enough that its neighbours hear it.
func (w *world) leave(i int, state ring.HostState) {
	h := w.hosts[i]
	if !h.up {
		return
	}
	h.machine.Leave(state)
	gone := *h.own()
	gone.gone = true
	for _, e := range h.machine.Ready().Send {
		w.packets.Verdicts++
		to := w.byID[e.To.ID]
		after := w.net.oneWay(h.draw())
		w.deliver(to, after, delivery{in: ring.Received{Message: e.Message}})
		w.deliver(to, after, delivery{rumours: []rumour{{news: &news{subject: i, seen: gone}}}})
	}
	w.end(h, state)
}

// start boots a host's nanoprobe, which knows seeds and peers of before and joins.
func (w *world) start(i int) {
	h := w.hosts[i]
	if h.up {
		return
	}
	w.oracle.returned(h)
	if h.machine != nil {
		h.member.Boot++
	}
	machine, err := ring.New(h.member, w.cfg.Profile)
	if err != nil {
		panic(err) // the profile is valid, and so is the id
	}
	before := h.own().incarnation
	*h = host{
		index: i, plan: h.plan, chance: h.chance, phase: h.phase, member: h.member, links: h.links, offsets: h.offsets, sent: h.sent,
		machine: machine, up: true, started: w.now, ticked: w.lastRound(h), alone: len(w.hosts) > 1, truth: h.truth.restarted(),
		table: make([]sighting, len(w.hosts)),
	}
	// It takes its predecessor's place at once. With memberlist it learns of that one first, and
	// refutes it.
	h.note(w.now, i, sighting{member: h.member, incarnation: before + 1})
	w.tell(h, news{subject: i, seen: *h.own()})
	w.up++
	w.outcome.began(i, w.now)
	w.join(h, h.chance.of(11).of(h.member.Boot))
}

// lastRound is the round of the last tick that h would have had.
func (w *world) lastRound(h *host) int64 {
	return int64((w.now-h.phase+w.cfg.Profile.Tick)/w.cfg.Profile.Tick) - 1
}

// split cuts the ring: hosts of different sides hear nothing of each other.
func (w *world) split(sides []int8, d time.Duration) {
	w.path.side = sides
	for _, h := range w.hosts {
		h.truth.excuse = w.now + d + excuseFor
	}
}

// deafen makes i deaf to its successor.
func (w *world) deafen(i int) {
	if circle := w.circle(); len(circle) > 1 {
		w.path.deaf = append(w.path.deaf, [2]int{circle[(i+1)%len(circle)], circle[i%len(circle)]})
	}
}

// heal ends every fault of the network.
func (w *world) heal() { w.path = path{} }

// faulty reports whether the network has one.
func (w *world) faulty() bool { return w.path.side != nil || w.path.deaf != nil }

// stall holds a host up. Beyond what its neighbours bear they may call it dead.
func (w *world) stall(i int, d time.Duration) {
	h := w.hosts[i]
	h.held = w.now + d
	if d > pauseBorne {
		h.truth.excuse = h.held + excuseFor
	}
}

// circle lists the hosts in their order on it, as somebody who is up sees them.
func (w *world) circle() []int {
	var circle []int
	for _, h := range w.hosts {
		if h.up {
			for _, m := range h.machine.Members() {
				circle = append(circle, w.byID[m.ID])
			}
			break
		}
	}
	return circle
}

// adjacent chooses half of the members, one beside the other.
func (w *world) adjacent(c chance) []int {
	circle := w.circle()
	if len(circle) == 0 {
		return nil
	}
	first := c.below(len(circle))
	return append(circle[first:], circle[:first]...)[:len(circle)/2]
}

// scattered chooses half of the members at random.
func (w *world) scattered(c chance) []int {
	all := w.everybody()
	for i := range all {
		j := i + c.of(uint64(i)).below(len(all)-i)
		all[i], all[j] = all[j], all[i]
	}
	return all[:len(all)/2]
}

func (w *world) everybody() []int {
	all := make([]int, len(w.hosts))
	for i := range all {
		all[i] = i
	}
	return all
}
