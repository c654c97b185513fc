package sim

import (
	"cmp"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// host is a member of a world: its machine, its memberlist, and the truth about it.
type host struct {
	index   int
	plan    memberPlan
	chance  chance
	phase   time.Duration // of its ticks in a round
	member  ring.Member   // as of its newest boot
	machine *ring.Machine // of the newest boot, up or not
	up      bool
	reach   bool          // its nanoprobe is down, and the host refuses connections
	ticked  int64         // round of its last tick
	held    time.Duration // it does nothing before
	jump    int           // ticks that the next one has too many; below 0, ticks that it lets out
	table   []sighting    // by index of the host; its own among them
	known   int           // members in it that are not gone
	rumours rumours
	links   []link
	offsets [rhythms]time.Duration // of what it does now and then
	sent    uint64                 // datagrams drawn so far
	started time.Duration          // its newest boot
	alone   bool                   // it has not met another member yet
	truth   truth
}

func newHost(index int, p memberPlan, c chance, profile ring.Profile) *host {
	h := &host{
		index: index, plan: p, chance: c,
		phase:  c.of(0).span(profile.Tick),
		member: ring.Member{ID: p.id, Name: string(p.id), Addr: string(p.id), Boot: 1},
	}
	for i := range h.offsets {
		h.offsets[i] = c.of(4).of(uint64(i)).span(time.Hour)
	}
	return h
}

// byPhase is the order in which hosts tick in a round.
func byPhase(hosts []*host) []int {
	order := make([]int, len(hosts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(hosts[a].phase, hosts[b].phase), cmp.Compare(a, b))
	})
	return order
}

// draw is the chance of the next datagram that h sends outside its heartbeats.
func (h *host) draw() chance {
	h.sent++
	return h.chance.of(2).of(h.sent)
}

// linkTo is the way of h's heartbeats to another host.
func (h *host) linkTo(to int, miss rarity) *link {
	for i := range h.links {
		if h.links[i].to == to {
			return &h.links[i]
		}
	}
	h.links = append(h.links, newLink(to, h.chance.of(3).of(uint64(to)), miss))
	return &h.links[len(h.links)-1]
}

// own is h's sighting of itself.
func (h *host) own() *sighting { return &h.table[h.index] }

// passed reports whether a period of what h does now and then, counted from a moment of h's own, ended
// between two of its ticks, and which.
func (h *host) passed(rhythm int, period, since, now time.Duration) (uint64, bool) {
	offset := h.offsets[rhythm]
	n := (now + offset) / period
	return uint64(n), n != (since+offset)/period
}

// tick lets a round pass for h.
func (w *world) tick(h *host) {
	if !h.up || h.held > w.now {
		return
	}
	ticks := int(w.round - h.ticked)
	since := w.roundTime(h.ticked) + h.phase
	h.ticked = w.round
	switch {
	case h.jump > 0:
		ticks += h.jump
		h.jump = 0
	case h.jump < 0:
		h.jump++
		return
	}
	h.machine.Tick(ticks)
	w.act(h)
	w.gossip(h, since)
}

// arrive hands a delivery over.
func (w *world) arrive(d delivery) {
	h := w.hosts[d.to]
	if !w.present(h, d.arrival) {
		return
	}
	if h.held > w.now {
		w.deliver(d.to, w.untilAwake(h), d)
		return
	}
	switch {
	case d.in != nil:
		w.input(h, d.in)
	case d.state != nil:
		w.merge(h, d.state)
	default:
		for _, r := range d.rumours {
			w.hear(h, r.news)
		}
	}
}

// input lets h's machine take in. What it refuses, such as the message of a stranger, it may refuse.
func (w *world) input(h *host, in ring.Input) {
	_ = h.machine.Step(in)
	w.act(h)
}

// present reports whether h can take what arrives.
func (w *world) present(h *host, a arrival) bool {
	return h.up && (a.boot == 0 || a.boot == h.member.Boot)
}

// untilAwake is how long the socket keeps what arrives at a host that is held up: until it has ticked,
// since it should learn that time has passed before all else.
func (w *world) untilAwake(h *host) time.Duration { return h.held + w.cfg.Profile.Tick - w.now }

// echoed hands over the end of a heartbeat.
func (w *world) echoed(e echo) {
	h := w.hosts[e.to]
	switch {
	case !w.present(h, e.arrival):
	case h.held > w.now:
		w.echo(e, w.untilAwake(h))
	default:
		w.input(h, ring.Pong{To: w.hosts[e.from].member.ID, Number: e.number, Reached: e.heard, RTT: e.rtt})
	}
}

// deliver puts something on its way.
func (w *world) deliver(to int, after time.Duration, d delivery) {
	w.serial++
	d.at, d.to, d.serial = w.now+after, to, w.serial
	w.talk.push(d)
}

// echo lets a heartbeat end.
func (w *world) echo(e echo, after time.Duration) {
	w.serial++
	e.at, e.serial = w.now+after, w.serial
	w.echoes.push(e)
}

// act carries out what h's machine wants.
func (w *world) act(h *host) {
	r := h.machine.Ready()
	if len(r.Pings) > 0 {
		w.pings(h, r.Pings)
	}
	for _, d := range r.Dials {
		w.dial(h, d)
	}
	for _, e := range r.Send {
		w.send(h, e)
	}
	for _, b := range r.Broadcast {
		w.tell(h, news{subject: w.byID[b.Subject], verdict: b})
	}
	if r.Announce {
		own := h.own()
		own.member, own.incarnation = h.machine.Self(), own.incarnation+1
		w.tell(h, news{subject: h.index, seen: *own})
	}
	if r.SyncWith.ID != "" {
		if w.exchange(h, w.hosts[w.byID[r.SyncWith.ID]]) {
			w.packets.Exchanges += exchangePackets
		}
	}
	for _, e := range r.Events {
		w.oracle.judge(h, e)
		w.stoodFor(h, e)
	}
}
