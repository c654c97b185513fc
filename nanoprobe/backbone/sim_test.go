package backbone

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

var seeds = flag.Uint64("seeds", 25, "how many seeds TestSim plays")

// recovery is how many seconds it may take until all is well after an incident: before rings merge they
// hesitate, and one level waits for the next.
const recovery = 2 * hesitateSeconds

// An incident is one thing that happens to a fleet.
type incident struct {
	name string
	calm bool // no host has reason to think that it is cut off
	play func(w *world)
}

var incidents = []incident{
	{"growth", true, func(w *world) { w.add(w.group(), 1+w.rng.IntN(25)) }},
	{"new group", true, func(w *world) { w.add("dc9", 1+w.rng.IntN(12)) }},
	{"shrinking", false, func(w *world) {
		for _, h := range w.alive(w.group()) {
			if h != w.hosts[0] && w.rng.IntN(5) < 3 { // who loses all acquaintances and all seeds is lost for good
				w.kill(h)
			}
		}
	}},
	{"shrinking to a few", false, func(w *world) {
		all := w.alive("")
		for _, h := range all[min(len(all), 1+w.rng.IntN(4)):] {
			if h != w.hosts[0] {
				h.gone = w.rng.IntN(2) == 0
				w.kill(h)
				w.run(w.rng.IntN(6))
			}
		}
	}},
	{"a representative dies", true, func(w *world) { w.kill(w.some(1, func(h *simHost) bool { return h.seats[0].office })...) }},
	{"both representatives die", false, func(w *world) {
		if h := w.some(1, func(h *simHost) bool { return h.seats[0].office }); len(h) > 0 {
			w.kill(w.some(2, func(o *simHost) bool {
				return o.seats[0].now != nil && o.seats[0].now.ring == h[0].seats[0].now.ring && o.seats[0].office
			})...)
		}
	}},
	{"deputies die", true, func(w *world) { w.kill(w.some(2, func(h *simHost) bool { return h.serves.active })...) }},
	{"representatives of a ring above die", false, func(w *world) {
		w.kill(w.some(2, func(h *simHost) bool { return h.seats[1] != nil && h.seats[1].office })...)
	}},
	{"restart", false, func(w *world) {
		some := w.some(3, func(*simHost) bool { return true })
		w.kill(some...)
		w.run(20)
		for _, h := range some {
			w.start(h)
		}
	}},
	{"a ring dies, and comes back", false, func(w *world) {
		dead := w.killRing()
		if len(dead) == 0 {
			return
		}
		w.settles(recovery)
		w.tellsRing(dead)
		for _, h := range dead {
			w.start(h)
		}
		w.settles(recovery)
		w.run(maxReprobe)
		for _, e := range w.events {
			if e.Kind == ring.RingLost && !slices.ContainsFunc(w.events, func(o ring.Event) bool {
				return o.Kind == ring.Restored && o.ID() == e.Incident+"/"+string(ring.Restored)
			}) && w.byID[e.Witness].up {
				w.fail("nobody says that %s is back", e.Ring)
			}
		}
	}},
	{"a ring dies soon after both its representatives", false, func(w *world) {
		h := w.some(1, func(h *simHost) bool { return h.seats[0].office && h.seats[1] != nil && h.beside() })
		if len(h) == 0 {
			return
		}
		w.dieSoon(h[0].seats[0].now.ring)
	}},
	{"a ring dies while it changes", false, func(w *world) { w.dieChanging() }},
	{"partition", false, func(w *world) {
		for _, h := range w.hosts {
			h.side = w.rng.IntN(2)
		}
		w.run(30 + w.rng.IntN([]int{200, 2 * hesitateSeconds}[w.rng.IntN(2)]))
		for _, h := range w.hosts {
			h.side = 0
		}
		w.healed = w.now
	}},
}

// alive lists the hosts of a group, or all, that are up.
func (w *world) alive(group string) []*simHost {
	return w.some(len(w.hosts), func(h *simHost) bool { return group == "" || h.group == group })
}

// some picks up to n hosts that are up and meet a condition.
func (w *world) some(n int, is func(*simHost) bool) []*simHost {
	var some []*simHost
	for _, i := range w.rng.Perm(len(w.hosts)) {
		if h := w.hosts[i]; h.up && is(h) && len(some) < n {
			some = append(some, h)
		}
	}
	return some
}

func (w *world) group() string { return w.hosts[w.rng.IntN(len(w.hosts))].group }

func (w *world) kill(hosts ...*simHost) {
	for _, h := range hosts {
		h.log("is killed")
		h.up = false
	}
}

// killRing kills a base ring that has stood long enough for its neighbours to know it, if it has any: of
// a ring that is alone below its ring above, the next higher level tells, and knows its representatives.
func (w *world) killRing() []*simHost {
	var r Ring
	for h := w.some(1, func(*simHost) bool { return true })[0]; r != h.seats[0].now.ring; w.run(90) {
		r = h.seats[0].now.ring
	}
	if len(w.some(1, func(h *simHost) bool { return h.seats[0].now.ring == r && h.seats[1] != nil && h.beside() })) == 0 {
		return nil
	}
	dead := w.some(len(w.hosts), func(o *simHost) bool { return o.seats[0].now.ring == r })
	w.kill(dead...)
	return dead
}

// dieSoon kills the representatives of a base ring, and up to a minute later all others who are or were
// in it.
func (w *world) dieSoon(r Ring) {
	w.t.Helper()
	members := w.some(len(w.hosts), func(o *simHost) bool { return o.seats[0].now != nil && o.seats[0].now.ring == r })
	for _, h := range members {
		if h.seats[0].office {
			w.kill(h)
		}
	}
	w.run(w.rng.IntN(61))
	w.dies(members)
}

// dieChanging lets a group grow or shrink, and kills one of its rings while they split or merge.
func (w *world) dieChanging() {
	w.t.Helper()
	group := w.group()
	if w.rng.IntN(2) == 0 {
		w.add(group, 3+w.rng.IntN(9))
	} else {
		for _, h := range w.alive(group) {
			if h != w.hosts[0] && w.rng.IntN(2) == 0 {
				w.kill(h)
			}
		}
	}
	w.run(30 + w.rng.IntN(200))
	for _, h := range w.some(1, func(h *simHost) bool { return h.group == group && h.seats[0].now != nil }) {
		n := h.seats[0].now
		if h.seats[0].next != nil {
			n = h.seats[0].next
		}
		members := w.some(len(w.hosts), func(o *simHost) bool { return n.ring.Prefix.Holds(o.key) })
		if len(w.some(1, func(o *simHost) bool { return !slices.Contains(members, o) && o.watches(n.ring.Prefix) })) == 0 {
			return
		}
		w.dies(members)
	}
}

// watches reports whether h knows who is in a ring of a prefix, or was lately.
func (h *simHost) watches(p Prefix) bool {
	return h.seats[1] != nil && slices.ContainsFunc(h.seats[1].vigil.watched, func(w watched) bool {
		return w.ring.Prefix.Overlaps(p) && len(w.list.Members) > 0
	})
}

// dies kills what is left of a ring, and fails unless that is told in time.
func (w *world) dies(members []*simHost) {
	w.t.Helper()
	left := slices.DeleteFunc(slices.Clone(members), func(h *simHost) bool { return !h.up })
	if len(left) == 0 {
		return
	}
	w.kill(left...)
	before := len(w.events)
	for range 120 {
		if w.tick(); listed(members, w.events[before:]) {
			return
		}
	}
	w.fail("nobody says that %d hosts are lost with their ring", len(left))
}

// beside reports whether h's ring has neighbours in the ring above.
func (h *simHost) beside() bool {
	s := h.seats[1]
	return slices.ContainsFunc(s.now.members, func(p member) bool { return p.key != s.key })
}

// TestLarge lets hundreds of hosts of four groups power on at once, lose a fifth, and be quiet: where
// nothing happens no message is sent and nothing is announced.
func TestLarge(t *testing.T) {
	w := newWorld(t, 1)
	for i, n := range []int{70, 50, 30, 10} {
		w.add(fmt.Sprint("dc", i), n)
	}
	w.calm = true
	w.settles(3000)
	t.Logf("%d hosts in %d s", len(w.hosts), w.now)
	w.run(600)
	if w.actions = 0; w.sitters(3) == 0 {
		t.Error("there are no three levels of rings above")
	}
	w.run(1200)
	if w.actions > 0 || len(w.events) > 0 {
		w.fail("in 20 minutes in which nothing happens there are %d actions and %d events", w.actions, len(w.events))
	}
	w.kill(w.some(32, func(h *simHost) bool { return h != w.hosts[0] })...)
	w.calm = false
	at := w.now
	w.settles(recovery)
	t.Logf("a fifth died: %d s", w.now-at)
}

// sitters counts those who sit on a level.
func (w *world) sitters(level int) int {
	return len(w.some(len(w.hosts), func(h *simHost) bool { return h.Machine.seats[level] != nil }))
}

// TestSimReplays holds the simulation to its own promise: a seed decides everything.
func TestSimReplays(t *testing.T) {
	if a, b := simulate(t, 7), simulate(t, 7); !slices.Equal(a, b) || len(a) < 100 {
		t.Errorf("two runs of one seed differ, or nothing happened (%d and %d lines)", len(a), len(b))
	}
}

func TestSim(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { simulate(t, seed) })
	}
}

func simulate(t *testing.T, seed uint64) []string {
	chance := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, seed)
	for i := range 1 + chance.IntN(3) {
		w.add(fmt.Sprint("dc", i), 1+chance.IntN(20))
	}
	w.calm = true
	w.settles(600)
	for range 2 {
		incident := incidents[chance.IntN(len(incidents))]
		w.trace = append(w.trace, fmt.Sprintf("%4d %s", w.now, incident.name))
		w.events, w.calm = nil, incident.calm
		incident.play(w)
		if len(w.alive("")) == 0 {
			break
		}
		w.settles(recovery)
	}
	return w.trace
}
