package sim

// atRest reports whether nothing goes on but heartbeats and timers, and everybody knows everything.
func (w *world) atRest() bool {
	if len(w.talk) > 0 || len(w.worries) > 0 || w.faulty() {
		return false
	}
	for _, h := range w.hosts {
		switch {
		case !h.up:
			if w.oracle.due(h) {
				return false // a death that will be found
			}
		case h.held > 0 && w.untilAwake(h)+w.net.answer > 0: // its socket is not empty yet
			return false
		case h.jump != 0 || h.alone && w.up > 1:
			return false
		case !h.machine.Quiet():
			return false
		}
	}
	return w.doubted() && w.agreed() && !w.seatOpen()
}

// agreed reports whether all who are up see just each other, and memberlist lists the same to all.
func (w *world) agreed() bool {
	var first *host
	for _, h := range w.hosts {
		if first == nil && h.up {
			first = h
		}
		for i := range h.table {
			if h.up && !h.table[i].same(first.table[i]) {
				return false
			}
		}
	}
	for _, h := range w.hosts {
		if h.up && !w.sees(h) {
			return false
		}
	}
	return true
}

// doubted reports whether nobody's memberlist lists a host that is down and that nobody doubts.
func (w *world) doubted() bool {
	for i, subject := range w.hosts {
		for _, h := range w.hosts {
			if subject.up || !h.up {
				continue
			}
			if s := h.table[i]; s.incarnation > 0 && !s.gone && w.doubtOf(h, i) < 0 {
				return false
			}
		}
	}
	return true
}

// sees reports whether h's machine sees all who are up, and nobody else.
func (w *world) sees(h *host) bool {
	members := h.machine.Members()
	for _, m := range members {
		if !w.hosts[w.byID[m.ID]].up {
			return false
		}
	}
	return len(members) == w.up
}
