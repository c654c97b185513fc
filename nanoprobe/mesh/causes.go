package mesh

import (
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// causes finds what the dead of one base ring have in common. Each representative of the ring looks,
// and tells of it while no CMA does that; who sees the same deaths makes the same events of them. It
// takes the deaths as the ring's views show them, since most are declared by others.
type causes struct {
	grouper *cause.Grouper
	ring    backbone.Ring
	hosts   map[ring.HostID]ring.Member // as they were seen last; at most maxRoll
	dead    map[ring.HostID]bool        // of hosts
	others  bool                        // there were other rings
	counted []backbone.Ring             // by their representatives; the last at the end, at most ring.MaxMembers
	toldAt  time.Duration               // when this ring was counted for others last
	next    int                         // of its segments the one that is counted first then
}

func newCauses(r backbone.Ring) *causes {
	return &causes{
		grouper: cause.New(cause.Bounds{MaxHosts: maxRoll}), ring: r,
		hosts: map[ring.HostID]ring.Member{}, dead: map[ring.HostID]bool{},
	}
}

// look takes who is present in the ring and who is missing, and returns what is to be told. now is
// since any moment that stays the same.
func (c *causes) look(now time.Duration, present []backbone.Peer, missing []ring.Member) []ring.Event {
	ms := now.Milliseconds()
	here := make(map[ring.HostID]bool, len(present)+len(missing))
	for _, p := range present {
		here[p.ID] = true
		_, known := c.hosts[p.ID]
		c.hosts[p.ID] = p.Member
		c.grouper.Attach(string(p.ID), p.Note.Segments)
		if known && c.dead[p.ID] {
			c.grouper.Heard(ms, string(p.ID))
		}
		delete(c.dead, p.ID)
	}
	for _, o := range missing {
		here[o.ID] = true
		if _, known := c.hosts[o.ID]; known && !c.dead[o.ID] {
			c.dead[o.ID] = true
			c.grouper.Died(ms, string(o.ID), appearance(o))
		}
	}
	for id := range c.hosts {
		if !here[id] { // it shut down, moved, or is missed for so long that it is forgotten
			c.grouper.Forget(ms, string(id))
			delete(c.hosts, id)
			delete(c.dead, id)
		}
	}
	c.grouper.Tick(ms)
	return c.events(c.grouper.Ready())
}

// inherit takes hosts that died shortly before this one represented the ring: perhaps its representatives
// died of the same cause.
func (c *causes) inherit(lately []backbone.Peer) {
	for _, p := range lately {
		c.hosts[p.ID] = p.Member
		c.grouper.Attach(string(p.ID), p.Note.Segments)
	}
}

// appearance tells one death of a host from another, in the form that the CMA gives it too.
func appearance(o ring.Member) string { return fmt.Sprintf("%d.%d", o.Boot, o.Epoch) }

// appeared is the member of an id that appearance was made of.
func appeared(id, appearance string) ring.Member {
	o := ring.Member{ID: ring.HostID(id)}
	if _, err := fmt.Sscanf(appearance, "%d.%d", &o.Boot, &o.Epoch); err != nil {
		panic(fmt.Sprintf("mesh: appearance %q of host %q", appearance, id)) // none but appearance makes them
	}
	return o
}

// events makes events of decisions. What has no common cause its witnesses have told of already.
func (c *causes) events(r cause.Ready) []ring.Event {
	var events []ring.Event
	for _, d := range r.Decisions {
		hosts, kind := d.Hosts, ring.Restored
		if d.Kind == cause.Opened || d.Kind == cause.Joined {
			i := slices.IndexFunc(r.Incidents, func(i cause.Incident) bool { return i.ID == d.Incident })
			hosts = slices.Concat(r.Incidents[i].Missing, r.Incidents[i].Back)
			d.Segment = r.Incidents[i].Segment
			kind = downKind(d.Segment)
		} else if d.Kind != cause.Restored {
			continue
		}
		e := ring.Event{Kind: kind, Segment: d.Segment, Incident: d.Incident}
		if d.Elsewhere > 0 {
			e.HostCount = len(hosts) + d.Elsewhere
		}
		slices.Sort(hosts)
		for _, id := range hosts {
			if o, known := c.hosts[ring.HostID(id)]; known { // not forgotten since
				e.Members = append(e.Members, o)
			}
		}
		if len(e.Members) > 0 {
			e.Subject = e.Members[0]
			events = append(events, e)
		}
	}
	return events
}

func downKind(segment string) ring.Kind {
	if kind, _ := cause.Split(segment); kind == cause.Switch {
		return ring.SwitchDown
	}
	return ring.SegmentDown
}

// seekCauses has the causes of deaths sought while this host represents its base ring, and tells of
// them while no CMA does. It looks all the time: a CMA may be lost by the same cause.
func (m *Mesh) seekCauses(now time.Time) {
	s := m.base()
	if m.cfg.CMAAway == nil || s == nil || !s.represents() {
		m.causes = nil
		return
	}
	if m.causes == nil || m.causes.ring != s.ring {
		m.causes = newCauses(s.ring)
		m.causes.inherit(s.missedLately(now))
	}
	m.causes.grouper.Share(m.mayShare())
	present, missing := s.peers()
	for _, e := range m.causes.look(now.Sub(m.began), present, missing) {
		if m.cfg.CMAAway() {
			e.Witness = m.cfg.HostID
			m.report(e)
		}
	}
	m.sendCount(now)
}
