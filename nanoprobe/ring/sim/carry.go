package sim

import (
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// answers reports whether b, asked by a, answers now, as far as the two and the path between them go.
func (w *world) answers(a, b *host) bool {
	return b.up && b.held <= w.now && w.path.open(a.index, b.index) && w.path.open(b.index, a.index)
}

// pings sends what h's machine asks for.
func (w *world) pings(h *host, pings []ring.Ping) {
	for _, p := range pings {
		to := w.hosts[w.byID[p.To.ID]]
		if p.Heartbeat() {
			w.beat(h, to, p)
		} else {
			w.ping(h, to, p)
		}
	}
}

// beat sends a heartbeat, whose fate its link decides.
func (w *world) beat(h, to *host, p ring.Ping) {
	l := h.linkTo(to.index, w.net.beatMiss)
	c, number := l.chance, l.pings
	answered, after := l.send(w.net.beatMiss), w.net.arrival(c, number)
	l.named(p.Number)
	if w.cfg.Beats == OneWay {
		// The neighbour's own heartbeat of the same second: it comes unasked, or not.
		answered = answered && to.up && to.held <= w.now && w.path.open(to.index, h.index)
		if answered {
			w.carry(to, h, after)
		}
	} else {
		if to.up && to.held > w.now {
			after += w.untilAwake(to) // its socket keeps the heartbeat
		}
		answered = after <= w.net.wait && w.pingAndAnswer(h, to, answered, c.of(number), after)
	}
	e := echo{arrival: arrival{to: h.index, boot: h.member.Boot}, from: to.index, number: p.Number}
	if e.heard = answered; answered {
		e.rtt = w.net.roundTripOf(c, number)
	} else {
		after = w.net.wait
	}
	w.echo(e, after)
}

// ping sends the ping of a confirmation.
func (w *world) ping(h, to *host, p ring.Ping) {
	c := h.draw()
	rtt := w.net.roundTrip(c)
	w.packets.Pings++
	answered := w.pingAndAnswer(h, to, !c.hits(w.net.missing()), c, rtt)
	if answered {
		w.packets.Pings++
	}
	pong := ring.Pong{To: p.To.ID, Number: p.Number, Reached: answered}
	after := w.net.answer
	if answered {
		pong.RTT, after = rtt, rtt
	}
	w.deliver(h.index, after, delivery{arrival: arrival{boot: h.member.Boot}, in: pong})
}

// pingAndAnswer lets a ping and its answer carry rumours, and reports whether the answer comes. Of the
// pings that miss, every second one is lost on the way back.
func (w *world) pingAndAnswer(h, to *host, answered bool, c chance, rtt time.Duration) bool {
	if !w.answers(h, to) {
		if to.up && to.held <= w.now && w.path.open(h.index, to.index) {
			w.carry(h, to, rtt/2)
		}
		return false
	}
	if answered || c.of(6).hits(0.5) {
		w.carry(h, to, rtt/2)
	}
	if answered {
		w.carry(to, h, rtt)
	}
	return answered
}

// carry lets a packet of a's to b take rumours along.
func (w *world) carry(a, b *host, after time.Duration) {
	if rumours := a.rumours.next(w.up); rumours != nil {
		w.deliver(b.index, after, delivery{rumours: rumours})
	}
}

// dial opens a TCP connection, which repeats what is lost: it comes through, is refused, or nothing
// answers it.
func (w *world) dial(h *host, d ring.Dial) {
	to := w.hosts[w.byID[d.To.ID]]
	in := ring.Dialled{To: d.To.ID, Number: d.Number, Outcome: ring.Accepted}
	switch {
	case !w.path.open(h.index, to.index) || !w.path.open(to.index, h.index):
		return
	case !to.up && !to.reach:
		return
	case !to.up:
		in.Outcome = ring.Refused
	}
	w.deliver(h.index, w.net.roundTrip(h.draw()), delivery{arrival: arrival{boot: h.member.Boot}, in: in})
}

// send lets a message of the ring go its way.
func (w *world) send(h *host, e ring.Envelope) {
	switch e.Message.Kind {
	case ring.Ask:
		w.packets.Asks++
	case ring.Answer:
		w.packets.Answers++
	case ring.Verdict:
		w.packets.Verdicts++
	}
	to := w.hosts[w.byID[e.To.ID]]
	if !w.path.open(h.index, to.index) {
		return
	}
	for _, after := range w.net.fate(h.draw()) {
		w.deliver(to.index, after, delivery{in: ring.Received{Message: e.Message}})
	}
}

// exchange is a push/pull over TCP between two members, if they reach each other.
func (w *world) exchange(a, b *host) bool {
	if a == b || !w.answers(a, b) {
		return false
	}
	c := a.draw()
	for i, pair := range [][2]*host{{a, b}, {b, a}} {
		from, to := pair[0], pair[1]
		s := &state{table: slices.Clone(from.table), verdicts: from.machine.Verdicts()}
		trips := time.Duration(i + 2) // to open the connection and to ask, and one more for the answer
		w.deliver(to.index, trips*w.net.oneWay(c), delivery{state: s})
	}
	return true
}
