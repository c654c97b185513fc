package cause

import (
	"maps"
	"slices"
)

// incident is an Incident under way.
type incident struct {
	id, segment string
	openedMS    int64 // noTime: before this Grouper was made
	first       death // that names it, if it has no claim's name
	missing     map[*host]struct{}
	back        []string
	gone        int
	restored    bool
	dueMS       int64 // once restored: when who is missing is given up
	changed     bool  // since the last Ready
}

func (i *incident) snapshot() Incident {
	missing := make([]string, 0, len(i.missing))
	for h := range i.missing {
		missing = append(missing, h.id)
	}
	slices.Sort(missing)
	return Incident{
		ID: i.id, Segment: i.segment, Missing: missing, Back: slices.Clone(i.back), Gone: i.gone, Restored: i.restored,
	}
}

// open makes an incident of hosts that wait, sorted by id. Above the bound it is told and not followed.
func (g *Grouper) open(nowMS int64, id string, t *suspect, hosts []*host) {
	i := &incident{id: id, segment: t.name, openedMS: nowMS, first: t.first, missing: map[*host]struct{}{}, changed: true}
	for _, h := range hosts {
		g.decided(h, behind)
		h.incident = i
		i.missing[h] = struct{}{}
	}
	g.tell(Decision{Kind: Opened, Incident: id, Segment: t.name, Hosts: idsOf(hosts), Elsewhere: t.diedElsewhere})
	if len(g.incidents) < g.bounds.MaxIncidents {
		g.incidents = append(g.incidents, i)
		return
	}
	for _, h := range hosts {
		h.state, h.incident = down, nil
	}
}

// join lets a host that waits into the incident of one of its segments that is under way.
func (g *Grouper) join(h *host) {
	at := slices.IndexFunc(g.incidents, func(i *incident) bool {
		return !i.restored && slices.ContainsFunc(h.segments, func(s *segment) bool { return s.name == i.segment })
	})
	if at < 0 {
		return
	}
	i := g.incidents[at]
	g.decided(h, behind)
	h.incident = i
	i.missing[h] = struct{}{}
	i.changed = true
	g.tell(Decision{Kind: Joined, Incident: i.id, Hosts: []string{h.id}})
}

// back takes a host that was heard again out of its incident.
func (g *Grouper) back(nowMS int64, h *host) {
	i := h.incident
	delete(i.missing, h)
	h.incident, i.changed = nil, true
	i.back = append(i.back, h.id)
	g.tell(Decision{Kind: Back, Incident: i.id, Hosts: []string{h.id}})
	g.restore(nowMS, i)
}

// leave takes a host that will not come back out of its incident.
func (g *Grouper) leave(nowMS int64, h *host) {
	i := h.incident
	delete(i.missing, h)
	h.incident, i.changed = nil, true
	i.gone++
	g.restore(nowMS, i)
}

// restore ends an incident when enough of its hosts are back. One of which all have left ends untold.
func (g *Grouper) restore(nowMS int64, i *incident) {
	all := len(i.back) + len(i.missing) + i.gone
	if i.restored || len(i.back) == 0 || 2*len(i.back) < all && len(i.missing) > 0 {
		return
	}
	i.restored, i.dueMS = true, nowMS+leftMS
	hosts := slices.Sorted(slices.Values(i.back))
	g.tell(Decision{Kind: Restored, Incident: i.id, Segment: i.segment, Hosts: slices.Compact(hosts)})
}

// giveUp releases the hosts that did not come back though their incidents are over.
func (g *Grouper) giveUp(nowMS int64) {
	for _, i := range g.incidents {
		if !i.restored || nowMS < i.dueMS || len(i.missing) == 0 {
			continue
		}
		hosts := sorted(maps.Keys(i.missing))
		for _, h := range hosts {
			h.state, h.incident = down, nil
		}
		clear(i.missing)
		i.changed = true
		g.tell(Decision{Kind: Released, Incident: i.id, Hosts: idsOf(hosts)})
	}
}

// Resume takes up an incident that was kept over a restart, before any other input of its hosts but
// Attach. Who is missing of a restored one gets its full time again.
func (g *Grouper) Resume(nowMS int64, kept Incident) {
	if len(kept.Missing) == 0 || len(g.incidents) == g.bounds.MaxIncidents {
		return
	}
	i := &incident{
		id: kept.ID, segment: kept.Segment, missing: map[*host]struct{}{}, back: slices.Clone(kept.Back),
		gone: kept.Gone, restored: kept.Restored, dueMS: nowMS + leftMS, openedMS: noTime,
	}
	for _, id := range kept.Missing {
		if h := g.known(id); h != nil {
			h.state, h.incident = behind, i
			i.missing[h] = struct{}{}
		}
	}
	g.incidents = append(g.incidents, i)
}
