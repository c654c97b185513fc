package sim

import "time"

// seeds is how many members everybody knows from the start.
const seeds = 3

// join makes h known to a member and the members to h: to one of the seeds, or to whom the rest of the
// fleet names.
func (w *world) join(h *host, c chance) {
	first := c.below(seeds)
	for i := range 2 * seeds {
		to := w.seed(first + i)
		if i >= seeds {
			to = w.hosts[c.of(uint64(i)).below(len(w.hosts))]
		}
		if w.exchange(h, to) {
			w.packets.Exchanges += exchangePackets
			h.alone = false
			return
		}
	}
}

// seed is one of the members that all know from the start.
func (w *world) seed(i int) *host {
	return w.hosts[w.plan.chance.of(uint64(i%seeds)).below(len(w.hosts))]
}

// retries is how often a member that is alone has tried again so long after its start: after 1 s, 3 s,
// 7 s and so on, and in the end every 30 s.
func retries(alone time.Duration) uint64 {
	const slowest = 30 * time.Second
	n, due := uint64(0), time.Second
	for wait := 2 * time.Second; due <= alone; wait = min(2*wait, slowest) {
		n, due = n+1, due+wait
	}
	return n
}

// tryStranger exchanges all state with somebody whom h misses, or a seed that is no member.
func (w *world) tryStranger(h *host, c chance) {
	to := w.pick(h, c, func(s sighting) bool { return s.gone })
	if seed := w.seed(c.of(1).below(seeds)); h.table[seed.index].incarnation == 0 {
		to = seed
	}
	if to != nil {
		w.exchange(h, to)
	}
}
