package cause

import (
	"cmp"
	"maps"
	"slices"
)

// decide ends a window: a common cause for those that have one, and the others are released.
func (g *Grouper) decide(nowMS int64, window []*host, suspects map[*segment]*suspect) {
	explained := map[*host]*suspect{}
	for _, t := range cover(causes(window, suspects)) {
		for _, h := range t.waiting {
			if explained[h] == nil {
				explained[h] = t
			}
		}
	}
	var order []*suspect
	hosts := map[*suspect][]*host{}
	for _, h := range window {
		t := explained[h]
		if t == nil {
			g.release(h)
			continue
		}
		if hosts[t] == nil {
			order = append(order, t)
		}
		hosts[t] = append(hosts[t], h)
	}
	for _, t := range order {
		if !t.claimed && len(g.incidents) == g.bounds.MaxIncidents {
			for _, h := range hosts[t] {
				g.release(h)
			}
			continue
		}
		g.open(nowMS, g.idOf(t, hosts[t]), t, hosts[t])
	}
}

// causes returns the segments that explain deaths of a window, in the order in which they are preferred
// if they explain the same.
func causes(window []*host, suspects map[*segment]*suspect) []*suspect {
	found := map[*suspect]bool{}
	for _, h := range window {
		for s := range h.reasons() {
			if t := suspects[s]; t.isCause() {
				found[t] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b *suspect) int {
		return cmp.Or(cmp.Compare(rank(a.name), rank(b.name)), cmp.Compare(a.known(), b.known()), cmp.Compare(a.name, b.name))
	})
}

// cover picks few of the causes, which stand in the order of preference, that explain all which they
// explain together: of those that explain something of what is left the one that explains most, deaths
// elsewhere included, until nothing is left; and then it drops, the last in order first, what the others
// explain. What it picks stands in the order of preference.
func cover(causes []*suspect) []*suspect {
	left := make([]int, len(causes)) // deaths that nothing picked explains yet
	explainedBy := map[*host][]int{}
	for i, t := range causes {
		left[i] = len(t.waiting)
		for _, h := range t.waiting {
			explainedBy[h] = append(explainedBy[h], i)
		}
	}
	times := map[*host]int{} // by how many of those picked it is explained
	picked := make([]bool, len(causes))
	for {
		best, most := 0, 0
		for i, t := range causes {
			if all := left[i] + t.diedElsewhere; left[i] > 0 && all > most {
				best, most = i, all
			}
		}
		if most == 0 {
			break
		}
		picked[best] = true
		for _, h := range causes[best].waiting {
			if times[h]++; times[h] == 1 {
				for _, i := range explainedBy[h] {
					left[i]--
				}
			}
		}
	}
	for i, t := range slices.Backward(causes) {
		alone := slices.ContainsFunc(t.waiting, func(h *host) bool { return times[h] == 1 })
		if picked[i] && !alone {
			picked[i] = false
			for _, h := range t.waiting {
				times[h]--
			}
		}
	}
	var chosen []*suspect
	for i, t := range causes {
		if picked[i] {
			chosen = append(chosen, t)
		}
	}
	return chosen
}

// idOf names the incident of a cause and the hosts, sorted, that it explains.
func (g *Grouper) idOf(t *suspect, hosts []*host) string {
	for _, c := range g.claims {
		if c.segment == t.segment {
			return c.id
		}
	}
	if t.first.id != "" {
		return t.name + "/" + t.first.id + "/" + t.first.appearance
	}
	return t.name + "/" + hosts[0].id
}

// endClaims tells what became of the claims of which no host waits any more.
func (g *Grouper) endClaims() {
	var open []*claim
	var ended []*segment
	for _, c := range g.claims {
		if slices.ContainsFunc(c.hosts, func(h *host) bool { return h.state == waiting }) {
			open = append(open, c)
			continue
		}
		ended = append(ended, c.segment)
		if id, opened := g.claimedBy(c); !opened {
			g.tell(Decision{Kind: Merged, Claim: c.id, Incident: id})
		}
	}
	g.claims = open
	for _, s := range ended {
		g.drop(s)
	}
}

// claimedBy returns the incident that has most of a claim's hosts, and whether it is the claim's own.
func (g *Grouper) claimedBy(c *claim) (id string, own bool) {
	has := map[string]int{}
	for _, h := range c.hosts {
		if h.incident != nil {
			has[h.incident.id]++
		}
	}
	for _, candidate := range slices.Sorted(maps.Keys(has)) {
		if has[candidate] > has[id] {
			id = candidate
		}
	}
	for _, d := range g.decisions {
		own = own || d.Kind == Opened && d.Incident == c.id
	}
	return id, own
}
