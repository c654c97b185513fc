package sim

import (
	"cmp"
	"math"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// arrival is when and where something arrives. What arrives at one host at one moment does so in the
// order in which it was sent.
type arrival struct {
	at     time.Duration
	to     int
	serial uint64
	boot   uint64 // unless 0: of the receiver, which must be the same still
}

func (a arrival) compare(o arrival) int {
	return cmp.Or(cmp.Compare(a.at, o.at), cmp.Compare(a.to, o.to), cmp.Compare(a.serial, o.serial))
}

// echo is the end of a heartbeat on its way to its sender. There are so many that they have a queue of
// their own, without pointers for the garbage collector to follow.
type echo struct {
	arrival
	from   int
	number uint32
	heard  bool
	rtt    time.Duration
}

func (e echo) key() arrival { return e.arrival }

// delivery is something else on its way to a host: an input for its machine, rumours, or another
// member's whole state.
type delivery struct {
	arrival
	in      ring.Input // unless nil
	rumours []rumour
	state   *state
}

func (d delivery) key() arrival { return d.arrival }

// state is what a push/pull carries one way.
type state struct {
	table    []sighting
	verdicts []ring.Message
}

// queue is what is on its way, a heap by arrival.
type queue[T interface{ key() arrival }] []T

// next is when something arrives.
func (q queue[T]) next() arrival {
	if len(q) == 0 {
		return arrival{at: math.MaxInt64}
	}
	return q[0].key()
}

func (q queue[T]) before(i, j int) bool { return q[i].key().compare(q[j].key()) < 0 }

func (q *queue[T]) push(item T) {
	h := append(*q, item)
	*q = h
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
}

func (q *queue[T]) pop() T {
	h := *q
	top, last := h[0], len(h)-1
	h[0] = h[last]
	clear(h[last:])
	h = h[:last]
	*q = h
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return top
		}
		if child+1 < last && h.before(child+1, child) {
			child++
		}
		if !h.before(child, i) {
			return top
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
