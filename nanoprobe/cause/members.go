package cause

import "slices"

// Attach tells what a host hangs on, at most MaxSegments, and makes it known. A host that was not known
// counts as up.
func (g *Grouper) Attach(id string, segments []string) {
	h := g.known(id)
	if h == nil {
		return
	}
	g.detach(h)
	for _, name := range segments[:min(len(segments), MaxSegments)] {
		s := g.segment(name)
		if !slices.Contains(h.segments, s) {
			h.segments = append(h.segments, s)
			s.hosts[h] = struct{}{}
			s.boundMS = max(s.boundMS, h.heardMS)
		}
	}
}

// known returns a host, which is made if there is room, or nil.
func (g *Grouper) known(id string) *host {
	h := g.hosts[id]
	if h == nil && len(g.hosts) < g.bounds.MaxHosts {
		h = &host{id: id, heardMS: noTime}
		g.hosts[id] = h
	}
	return h
}

func (g *Grouper) segment(name string) *segment {
	s := g.segments[name]
	if s == nil {
		s = &segment{name: name, hosts: map[*host]struct{}{}, boundMS: noTime}
		g.segments[name] = s
	}
	return s
}

func (g *Grouper) detach(h *host) {
	for _, s := range h.segments {
		delete(s.hosts, h)
		g.drop(s)
	}
	h.segments = nil
}

// drop forgets a segment that nothing refers to.
func (g *Grouper) drop(s *segment) {
	claimed := slices.ContainsFunc(g.claims, func(c *claim) bool { return c.segment == s })
	if len(s.hosts) == 0 && !claimed {
		delete(g.segments, s.name)
	}
}

// Forget drops a host for good.
func (g *Grouper) Forget(nowMS int64, id string) {
	h := g.hosts[id]
	if h == nil {
		return
	}
	g.Left(nowMS, id)
	g.detach(h)
	delete(g.hosts, id)
}
