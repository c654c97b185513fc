package cause

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// suspect is a segment of which hosts wait.
type suspect struct {
	*segment
	waiting  []*host // sorted by id
	up       int     // hosts that are
	firstMS  int64   // the first of the deaths
	first    death   // that names an incident of it
	claimed  bool    // somebody vouches for it
	possible bool    // it may be a cause, if more of its hosts die

	diedElsewhere, upElsewhere int // of others' Tallies
}

// Tick decides what is due. It is to be called at least once a second while anything waits, and after
// the inputs that came together.
func (g *Grouper) Tick(nowMS int64) {
	g.expireTallies(nowMS)
	if len(g.waiting) > 0 {
		all := sorted(maps.Keys(g.waiting))
		suspects := g.suspects(all)
		for _, window := range windows(all, suspects) {
			if g.isOver(window, suspects, nowMS) {
				g.decide(nowMS, window, suspects)
			}
		}
	}
	g.endClaims()
	g.giveUp(nowMS)
}

// suspects looks at the segments of all who wait.
func (g *Grouper) suspects(all []*host) map[*segment]*suspect {
	suspects := map[*segment]*suspect{}
	for _, h := range all {
		for s, claimed := range h.reasons() {
			t := suspects[s]
			if t == nil {
				t = &suspect{segment: s, firstMS: h.sinceMS}
				suspects[s] = t
			}
			if n := len(t.waiting); n == 0 || t.waiting[n-1] != h { // told by the host and claimed as well
				t.waiting = append(t.waiting, h)
			}
			if d := (death{id: h.id, appearance: h.appearance}); h.appearance != "" && d.before(t.first) {
				t.first = d
			}
			t.firstMS = min(t.firstMS, h.sinceMS)
			t.claimed = t.claimed || claimed
		}
	}
	g.addTallies(suspects)
	for _, t := range suspects {
		t.up = g.upOn(t.name)
		t.possible = t.claimed || (g.shared || t.known() >= minHosts) && !t.heardSince(t.firstMS)
	}
	return suspects
}

// reasons yields what may have cut a host off, and whether somebody claims it.
func (h *host) reasons() iter.Seq2[*segment, bool] {
	return func(yield func(*segment, bool) bool) {
		for _, s := range h.segments {
			if !yield(s, slices.Contains(h.claims, s)) {
				return
			}
		}
		for _, s := range h.claims {
			if !slices.Contains(h.segments, s) && !yield(s, true) {
				return
			}
		}
	}
}

// heardSince reports whether a host of the segment that is up was heard at a time or later.
func (s *segment) heardSince(ms int64) bool {
	if s.boundMS < ms {
		return false
	}
	s.boundMS = noTime // whose it was may have died since
	for h := range s.hosts {
		if h.state == up {
			s.boundMS = max(s.boundMS, h.heardMS)
		}
	}
	return s.boundMS >= ms
}

// known counts the hosts that were up before: those that are, and those that died.
func (t *suspect) known() int { return t.died() + t.up + t.upElsewhere }

func (t *suspect) died() int { return len(t.waiting) + t.diedElsewhere }

// isCause reports whether enough of the segment's hosts died.
func (t *suspect) isCause() bool {
	return t.claimed || t.possible && t.died() >= minHosts && 100*t.died() >= minPct*t.known()
}

// windows parts those who wait into such as hang together by segments that may be a cause, directly or
// through others.
func windows(all []*host, suspects map[*segment]*suspect) (parts [][]*host) {
	seen := make(map[*host]bool, len(all))
	spread := map[*segment]bool{}
	for _, first := range all {
		if seen[first] {
			continue
		}
		seen[first] = true
		part := []*host{first}
		for at := 0; at < len(part); at++ {
			for s := range part[at].reasons() {
				if spread[s] || !suspects[s].possible {
					continue
				}
				spread[s] = true
				for _, h := range suspects[s].waiting {
					if !seen[h] {
						seen[h] = true
						part = append(part, h)
					}
				}
			}
		}
		slices.SortFunc(part, byID)
		parts = append(parts, part)
	}
	return parts
}

// isOver reports whether a window's time is up, or no cause can show in it.
func (g *Grouper) isOver(window []*host, suspects map[*segment]*suspect, nowMS int64) bool {
	firstMS, lastMS, possible := window[0].sinceMS, window[0].sinceMS, false
	for _, h := range window {
		firstMS, lastMS = min(firstMS, h.sinceMS), max(lastMS, h.sinceMS)
		for s := range h.reasons() {
			possible = possible || suspects[s].possible
		}
	}
	patienceMS := int64(windowMS)
	if g.shared {
		patienceMS = sharedWindowMS
	}
	return !possible || nowMS >= min(lastMS+patienceMS, firstMS+maxWindowMS)
}

func byID(a, b *host) int { return cmp.Compare(a.id, b.id) }

func sorted(hosts iter.Seq[*host]) []*host { return slices.SortedFunc(hosts, byID) }

func idsOf(hosts []*host) []string {
	ids := make([]string, len(hosts))
	for i, h := range hosts {
		ids[i] = h.id
	}
	return ids
}
