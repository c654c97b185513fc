package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// The sizes that decide how many rumours ride on one packet.
const (
	packetBytes  = 1300 // memberlist's 1400, less what encrypts and labels it
	verdictBytes = 220  // sealed
	aliveBytes   = 400  // with metadata
	// retransmits times log10 of the members is how often a rumour is sent, as package mesh sets it.
	retransmits = 8
)

// sighting is what a member's memberlist holds of a host. The higher incarnation counts; of two equal
// ones the loss does.
type sighting struct {
	member      ring.Member
	incarnation uint32 // 0: never heard of
	gone        bool
	back        time.Duration // when it was seen here after it had been gone; 0: never
}

func (s sighting) newer(than sighting) bool {
	return s.incarnation > than.incarnation || s.incarnation == than.incarnation && s.gone && !than.gone
}

// same reports whether two sightings need not be told of to each other.
func (s sighting) same(o sighting) bool { return s.incarnation == o.incarnation && s.gone == o.gone }

// news is what rides on heartbeats and probes: memberlist's sighting of a host, or a verdict on it.
type news struct {
	subject int
	seen    sighting
	verdict ring.Message // unless its Kind is 0
}

// rumour is news that a member passes on.
type rumour struct {
	*news // not changed
	sends int
	age   uint64 // the higher, the younger
}

func (r *news) isVerdict() bool { return r.verdict.Kind != 0 }

func (r *news) bytes() int {
	if r.isVerdict() {
		return verdictBytes
	}
	return aliveBytes
}

// rumours is memberlist's queue: what was sent least goes first, and of that the youngest. A newer
// rumour of a subject takes the place of an older one.
type rumours struct {
	queue []rumour
	added uint64
}

func (q *rumours) add(n news) {
	q.added++
	q.queue = slices.DeleteFunc(q.queue, func(o rumour) bool {
		return o.subject == n.subject && o.isVerdict() == n.isVerdict()
	})
	q.queue = append(q.queue, rumour{news: &n, age: q.added})
}

// next takes what fits on one packet in a ring of so many members.
func (q *rumours) next(members int) []rumour {
	if len(q.queue) == 0 {
		return nil
	}
	slices.SortFunc(q.queue, func(a, b rumour) int {
		if a.sends != b.sends {
			return a.sends - b.sends
		}
		return cmp.Compare(b.age, a.age)
	})
	var packet []rumour
	room := packetBytes
	for i := range q.queue {
		if r := &q.queue[i]; r.bytes() <= room {
			room -= r.bytes()
			r.sends++
			packet = append(packet, *r)
		}
	}
	limit := sendsOf(members)
	q.queue = slices.DeleteFunc(q.queue, func(r rumour) bool { return r.sends >= limit })
	return packet
}

// sendsOf is how often a rumour is sent in a ring of so many members: memberlist's rule.
func sendsOf(members int) int {
	return retransmits * int(math.Ceil(math.Log10(float64(members+1))))
}
