package backbone

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// judge holds an event against the truth, when it is said.
func (w *world) judge(h *simHost, e ring.Event) {
	answers := slices.ContainsFunc(e.Members, func(o ring.Member) bool {
		return h.reaches(w.byID[o.ID]) && w.now > int(w.byID[o.ID].self.Boot)+probeRounds*betweenProbes
	})
	incident := string(e.Witness) + " " + e.Incident
	var last ring.Kind // that it said about the same
	for _, o := range w.events {
		if o.Incident == e.Incident && o.Witness == e.Witness {
			last = o.Kind
		}
	}
	switch {
	case e.Kind == ring.RingLost && (answers && w.now > w.healed+maxLossWindow || len(e.Members) == 0):
		w.fail("%s says %s lost, and a member answers", e.Witness, e.Ring)
	case e.Kind == ring.RingLost && last == ring.RingLost:
		w.fail("%s says twice that %s is lost", e.Witness, e.Ring)
	case e.Kind == ring.Restored && !w.lost[incident]:
		w.fail("%s says that %s is back, which it had not called lost", e.Witness, e.Ring)
	case e.Kind == ring.Isolated && w.calm:
		w.fail("%s says that it is isolated", e.Witness)
	}
	if e.Kind == ring.RingLost {
		w.lost[incident] = true
	}
	w.events = append(w.events, e)
}

// tellsRing fails unless each member of a ring that died is listed as lost, and all witnesses of one
// ring's loss make one event of it.
func (w *world) tellsRing(members []*simHost) {
	w.t.Helper()
	ids := map[string]string{}
	for _, h := range members {
		listed := false
		for _, e := range w.events {
			if e.Kind == ring.RingLost && slices.ContainsFunc(e.Members, func(o ring.Member) bool { return o.ID == h.self.ID }) {
				listed = true
				if id, ok := ids[e.Ring]; ok && id != e.ID() {
					w.fail("the loss of %s is told as %s and as %s", e.Ring, id, e.ID())
				}
				ids[e.Ring] = e.ID()
			}
		}
		if !listed {
			w.fail("nobody lists %s as lost with its ring", h.self.ID)
		}
	}
}

// listed reports whether one of some hosts was told to be lost with its ring, or somebody believes that
// it is the one who is lost: who sees more rings die at once than are left can't know.
func listed(some []*simHost, events []ring.Event) bool {
	return slices.ContainsFunc(events, func(e ring.Event) bool {
		return e.Kind == ring.Isolated || e.Kind == ring.RingLost && slices.ContainsFunc(some, func(h *simHost) bool {
			return slices.ContainsFunc(e.Members, func(o ring.Member) bool { return o.ID == h.self.ID })
		})
	})
}

// flaw says what is not yet, or no longer, as it should be when nothing happens; empty: all is well.
func (w *world) flaw() string {
	rings := map[Ring][]*simHost{}
	for _, h := range w.hosts {
		if !h.up {
			continue
		}
		for level, s := range h.seats {
			switch {
			case s == nil && level == 0 || s != nil && s.now == nil:
				return fmt.Sprintf("%s has no ring on level %d", h.self.ID, level)
			case s == nil:
			case s.next != nil:
				return fmt.Sprintf("%s moves on level %d", h.self.ID, level)
			case !s.now.ring.Prefix.Covers(s.key):
				return fmt.Sprintf("%s is in %s, which does not cover %s", h.self.ID, s.now.ring.Label(), s.key)
			default:
				rings[s.now.ring] = append(rings[s.now.ring], h)
			}
		}
		if n := len(h.in); n > 2 && h.candidate(0) != nil {
			return fmt.Sprintf("%s is in %d rings", h.self.ID, n)
		}
	}
	for r, members := range rings {
		if f := w.ringFlaw(rings, r, members); f != "" {
			return f
		}
	}
	return w.walkFlaw()
}

// ringFlaw judges one ring.
func (w *world) ringFlaw(rings map[Ring][]*simHost, r Ring, members []*simHost) string {
	for o := range rings {
		if o != r && o.overlaps(r) {
			return fmt.Sprintf("%s overlaps %s", o.Label(), r.Label())
		}
	}
	holders, standing := 0, 0
	for _, h := range members {
		s := h.seats[r.Level]
		if len(s.now.members) != len(members)-1 {
			return fmt.Sprintf("%s sees %d others in %s, and there are %d", h.self.ID, len(s.now.members), r.Label(), len(members)-1)
		}
		if s.office {
			holders++
		}
	}
	limits := w.hosts[0].sizes(r.Level)
	if len(members) > limits.Split {
		return fmt.Sprintf("%s has %d members", r.Label(), len(members))
	}
	if n := around(rings, r); len(members) < limits.Merge && n <= limits.MergeSum && r.Prefix.Len > narrowest(r.Level) {
		return fmt.Sprintf("%s has %d members, and they are %d with all around", r.Label(), len(members), n)
	}
	if r.top() {
		if holders > 0 {
			return r.Label() + " is on top and has representatives"
		}
		return ""
	}
	if want := min(offices, len(members)); holders != want {
		return fmt.Sprintf("%s has %d representatives, not %d", r.Label(), holders, want)
	}
	for _, h := range w.hosts {
		if h.up && int(r.Level) < len(h.seats)-1 && h.seats[r.Level+1] != nil && h.seats[r.Level+1].stands.Ring == r {
			standing++
		}
	}
	if standing != holders {
		return fmt.Sprintf("%d stand for %s, which has %d representatives", standing, r.Label(), holders)
	}
	return ""
}

// around counts the members of all rings that lie where r and its sibling do.
func around(rings map[Ring][]*simHost, r Ring) (n int) {
	for o, members := range rings {
		if o.Level == r.Level && r.Prefix.Len > 0 && o.Prefix.Overlaps(r.Prefix.Parent()) {
			n += len(members)
		}
	}
	return n
}

// walkFlaw asks some hosts for the base ring of others, as a newcomer would.
func (w *world) walkFlaw() string {
	for i, target := range w.hosts {
		from := w.hosts[(i*7+w.now)%len(w.hosts)]
		if !target.up || !from.up || from.side != target.side {
			continue
		}
		a, steps := from.Locate(0, target.key), 1
		for visited := []*simHost{from}; a.Finding == Redirect && steps < maxSteps; steps++ {
			j := slices.IndexFunc(a.Addrs, func(a netip.AddrPort) bool { return !slices.Contains(visited, w.byAddr[a]) && w.byAddr[a].up })
			if j < 0 {
				break
			}
			next := w.byAddr[a.Addrs[j]]
			visited = append(visited, next)
			a = next.Locate(0, target.key)
		}
		if a.Finding != Found || a.Ring != target.seats[0].now.ring {
			return fmt.Sprintf("%s asked for %s in %s answers %+v after %d steps", from.self.ID, target.self.ID, target.seats[0].now.ring.Label(), a, steps)
		}
	}
	return ""
}

// settles fails unless all is well within some seconds, and stays so for a while.
func (w *world) settles(seconds int) {
	w.t.Helper()
	for calm := 0; seconds > 0; seconds-- {
		w.tick()
		if calm++; w.flaw() != "" {
			calm = 0
		}
		if calm == 20 {
			return
		}
	}
	w.fail("at the end %s", w.flaw())
}

// tail is how much of the trace a failure shows, in lines.
const tail = 200

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	for _, line := range w.trace[max(0, len(w.trace)-tail):] {
		w.t.Log(line)
	}
	for _, h := range w.hosts {
		if !h.up {
			continue
		}
		line := string(h.self.ID) + " " + h.group
		for _, s := range h.seats {
			if s != nil && s.now != nil {
				line += fmt.Sprintf("  %s office=%t others=%d stands=%s", s.now.ring.Label()[len(labelHead):], s.office, len(s.now.members), s.stands.Ring.Label()[len(labelHead):])
			}
		}
		line += fmt.Sprintf("  deputy=%+v serves=%t %x", h.deputy, h.serves.active, h.place())
		w.t.Log(line)
	}
	w.t.Fatalf("second %d: "+format, append([]any{w.now}, args...)...)
}
