package cause

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// tally is what a segment has of those who wait.
type tally struct {
	*segment
	waiting  []*host // sorted by id
	known    int     // hosts that were up before: those that are, and those that wait
	firstMS  int64   // the first of the deaths
	claimed  bool    // somebody vouches for it
	possible bool    // it may be a cause, if more of its hosts die
}

// Tick decides what is due. It is to be called at least once a second while anything waits, and after
// the inputs that came together.
func (g *Grouper) Tick(nowMS int64) {
	if len(g.waiting) > 0 {
		all := sorted(maps.Keys(g.waiting))
		tallies := g.tally(all)
		for _, window := range windows(all, tallies) {
			if isOver(window, tallies, nowMS) {
				g.decide(window, tallies)
			}
		}
	}
	g.endClaims()
	g.giveUp(nowMS)
}

// tally looks at the segments of all who wait.
func (g *Grouper) tally(all []*host) map[*segment]*tally {
	tallies := map[*segment]*tally{}
	for _, h := range all {
		for s, claimed := range h.reasons() {
			t := tallies[s]
			if t == nil {
				t = &tally{segment: s, firstMS: h.sinceMS}
				tallies[s] = t
			}
			if n := len(t.waiting); n == 0 || t.waiting[n-1] != h { // told by the host and claimed as well
				t.waiting = append(t.waiting, h)
			}
			t.firstMS = min(t.firstMS, h.sinceMS)
			t.claimed = t.claimed || claimed
		}
	}
	for _, t := range tallies {
		t.known = len(t.waiting)
		for h := range t.hosts {
			if h.state == up {
				t.known++
			}
		}
		t.possible = t.claimed || t.known >= minHosts && !t.heardSince(t.firstMS)
	}
	return tallies
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

// isCause reports whether enough of the segment's hosts died.
func (t *tally) isCause() bool {
	return t.claimed || t.possible && len(t.waiting) >= minHosts && 100*len(t.waiting) >= minPct*t.known
}

// windows parts those who wait into such as hang together by segments that may be a cause, directly or
// through others.
func windows(all []*host, tallies map[*segment]*tally) (parts [][]*host) {
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
				if spread[s] || !tallies[s].possible {
					continue
				}
				spread[s] = true
				for _, h := range tallies[s].waiting {
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
func isOver(window []*host, tallies map[*segment]*tally, nowMS int64) bool {
	firstMS, lastMS, possible := window[0].sinceMS, window[0].sinceMS, false
	for _, h := range window {
		firstMS, lastMS = min(firstMS, h.sinceMS), max(lastMS, h.sinceMS)
		for s := range h.reasons() {
			possible = possible || tallies[s].possible
		}
	}
	return !possible || nowMS >= min(lastMS+windowMS, firstMS+maxWindowMS)
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
