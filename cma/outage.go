package cma

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// opened has hooks told of an incident: by the event of who claimed it, or by one of the CMA's own.
func (p *put) opened(d cause.Decision) error {
	kind := kindOf(d.Segment)
	claimed, known, err := p.numberOf(manyEvent(kind, d, nil).ID())
	if err != nil {
		return err
	}
	if !known {
		return p.tellOfMany(kind, statusUnknown, d)
	}
	record, _, err := p.getEvent(p.tx, claimed)
	if err != nil {
		return err
	}
	for _, m := range record.Members {
		if err := p.meet(m); err != nil {
			return err
		}
	}
	return p.unhold(ownerIncident(d.Incident), "")
}

// meet notes a member of whom only others tell, and that it was up before.
func (p *put) meet(m ring.Member) error {
	host, err := p.host(string(m.ID))
	if err != nil {
		return err
	}
	if host.isNew() {
		noted := false
		if host, noted, err = p.note(host, m.Name); err != nil || !noted {
			return err
		}
	}
	if _, known, err := p.status(p.tx, host.ID); known || err != nil {
		return err
	}
	up, _ := statusOf(ring.Event{Kind: ring.Alive, Subject: m}, p.now)
	_, err = p.turn(host, up)
	return err
}

// restored has hooks told that an incident is over: by the event of a witness, or by one of the CMA's own.
func (p *put) restored(d cause.Decision) error {
	number, known, err := p.numberOf(manyEvent(ring.Restored, d, nil).ID())
	if err != nil {
		return err
	}
	if !known {
		return p.tellOfMany(ring.Restored, statusUp, d)
	}
	record, ok, err := p.getEvent(p.tx, number)
	if err != nil || !ok || record.HooksPending {
		return err
	}
	return errors.Join(p.alert(&record), p.putEvent(p.tx, record))
}

// tellOfMany makes an event of the CMA's own, of which hooks are told.
func (p *put) tellOfMany(kind ring.Kind, status string, d cause.Decision) error {
	var members []ring.Member
	for _, id := range d.Hosts {
		host, err := p.host(id)
		if err != nil {
			return err
		}
		s, known, err := p.status(p.tx, id)
		if err != nil {
			return err
		}
		if known {
			members = append(members, ring.Member{ID: ring.HostID(id), Name: host.Name, Addr: host.addr(), Boot: s.Boot, Epoch: s.Epoch})
		}
	}
	slices.SortFunc(members, func(a, b ring.Member) int { return cmp.Compare(a.Name, b.Name) })
	record := p.newEvent(manyEvent(kind, d, members[:min(len(members), ring.MaxMembers)]))
	record.HostName, record.Status, record.Hosts = nameOfMany(record.Event), status, len(d.Hosts)
	return errors.Join(p.alert(&record), p.putNewEvent(record))
}

// ofMany takes what a witness says of many hosts. Hooks are told of it when it is decided on; unless it
// is over already.
func (p *put) ofMany(record *api.EventRecord) error {
	record.HostName, record.Hosts = nameOfMany(record.Event), max(record.HostCount, len(record.Members))
	if record.Kind == ring.Restored {
		record.Status = statusUp
		return nil
	}
	record.Status = statusUnknown
	over := record.Event
	over.Kind = ring.Restored
	if _, known, err := p.numberOf(over.ID()); known || err != nil {
		return err
	}
	return p.hold(record, ownerIncident(record.Incident))
}

// listed adds the members that another witness of an event of many lists: each representative knows those of
// its ring.
func listed(record *api.EventRecord, e ring.Event) {
	for _, m := range e.Members {
		known := slices.ContainsFunc(record.Members, func(o ring.Member) bool { return o.ID == m.ID })
		if !known && len(record.Members) < ring.MaxMembers {
			record.Members = append(record.Members, m)
		}
	}
	record.Hosts = max(record.Hosts, e.HostCount, len(record.Members))
}

func isOfMany(k ring.Kind) bool {
	return k == ring.RingLost || k == ring.SwitchDown || k == ring.SegmentDown || k == ring.Restored
}

// manyEvent is the CMA's own event about the hosts of an incident.
func manyEvent(kind ring.Kind, d cause.Decision, members []ring.Member) ring.Event {
	e := ring.Event{Kind: kind, Witness: api.CMAWitness, Incident: d.Incident, Segment: d.Segment, Members: members}
	if name, ok := strings.CutPrefix(d.Segment, cause.Ring+":"); ok {
		e.Ring, e.Segment = name, ""
	}
	return e
}

// segmentOf is what the hosts of an event of many have in common.
func segmentOf(e ring.Event) string {
	if e.Segment == "" {
		return cause.Ring + ":" + e.Ring
	}
	return e.Segment
}

func kindOf(segment string) ring.Kind {
	switch kind, _ := cause.Split(segment); kind {
	case cause.Ring:
		return ring.RingLost
	case cause.Switch:
		return ring.SwitchDown
	}
	return ring.SegmentDown
}

// nameOfMany is what stands in the place of a host's name in an event of many.
func nameOfMany(e ring.Event) string { return cmp.Or(e.Segment, e.Ring) }

// reasonOf says why a host is unknown.
func reasonOf(segment string) string {
	switch kind, name := cause.Split(segment); kind {
	case cause.Ring:
		return fmt.Sprintf("ring %s unreachable", name)
	case cause.Switch:
		return fmt.Sprintf("behind switch %s", name)
	}
	return fmt.Sprintf("segment %s unreachable", segment)
}

// addr is where the host's ring reached it last.
func (h HostRecord) addr() string {
	if h.Ring == nil {
		return ""
	}
	return h.Ring.Addr
}
