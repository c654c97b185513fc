package cma

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// causeState is what a journal keeps of common causes, at one time.
type causeState struct {
	hosts     []HostRecord      // with their statuses
	incidents []cause.Incident  // under way
	held      []api.EventRecord // in the order received
	newest    uint64            // number of the newest event
}

func (j *Journal) causes() (s causeState, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		s.newest = meta.Event
		if s.hosts, err = j.hosts(tx); err != nil {
			return err
		}
		err = tx.Bucket(incidentBucket).ForEach(func(key, value []byte) error {
			var i cause.Incident
			err := j.records.decode(key, value, &i)
			s.incidents = append(s.incidents, i)
			return err
		})
		if err != nil {
			return err
		}
		return tx.Bucket(heldBucket).ForEach(func(key, value []byte) error {
			var number uint64
			if err := j.records.decode(key, value, &number); err != nil {
				return err
			}
			record, ok, err := j.getEvent(tx, number)
			if err == nil && !ok {
				err = fmt.Errorf("%w: no event %d, which is held", ErrDamaged, number)
			}
			s.held = append(s.held, record)
			return err
		})
	})
	slices.SortFunc(s.held, func(a, b api.EventRecord) int { return cmp.Compare(a.Number, b.Number) })
	return s, err
}

// Decide keeps what was decided on deaths, and on what hooks are told of them.
func (j *Journal) Decide(r cause.Ready, now time.Time) error {
	return j.transact(now, func(p *put) error {
		for _, d := range r.Decisions {
			if err := p.decide(d, r.Incidents); err != nil {
				return err
			}
		}
		for _, i := range r.Incidents {
			if err := p.putIncident(i); err != nil {
				return err
			}
		}
		return p.forgetEvents()
	})
}

func (p *put) decide(d cause.Decision, followed []cause.Incident) error {
	switch d.Kind {
	case cause.Opened:
		if err := p.opened(d); err != nil {
			return err
		}
	case cause.Restored:
		return p.restored(d)
	case cause.Merged:
		return p.unhold(ownerIncident(d.Claim), cmp.Or(d.Incident, d.Claim))
	}
	incident, isFollowed := d.Incident, false
	for _, i := range followed {
		if i.ID == d.Incident {
			d.Segment, isFollowed = i.Segment, true
		}
	}
	if !isFollowed {
		incident = "" // nobody will say when its hosts are back
	}
	for _, id := range d.Hosts {
		host, err := p.host(id)
		switch {
		case err != nil || host.isNew():
		case d.Kind == cause.Opened, d.Kind == cause.Joined:
			err = errors.Join(p.unhold(ownerHost(id), d.Incident), p.cutOff(host, incident, reasonOf(d.Segment)))
		case d.Kind == cause.Back:
			err = p.heardAgain(host)
		case d.Incident != "":
			err = p.leftBehind(host, d.Incident)
		default:
			err = p.unhold(ownerHost(id), "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cutOff notes that a host is missing of an incident.
func (p *put) cutOff(host HostRecord, incident, reason string) error {
	host.Incident = incident
	if err := p.putHost(host); err != nil {
		return err
	}
	to, known, err := p.status(p.tx, host.ID)
	if err != nil || !known {
		return err
	}
	to.Status, to.Reason, to.SinceMS = statusUnknown, reason, p.now.UnixMilli()
	_, err = p.turn(host, to)
	return err
}

// heardAgain notes that a host is missing no more. It may be up in the appearance that was cut off.
func (p *put) heardAgain(host HostRecord) error {
	host.Incident = ""
	if err := p.putHost(host); err != nil {
		return err
	}
	to, known, err := p.status(p.tx, host.ID)
	if err != nil || !known || to.Status != statusUnknown {
		return err
	}
	to.Status, to.Reason, to.SinceMS = statusUp, "", p.now.UnixMilli()
	to.Round++
	_, err = p.turn(host, to)
	return err
}

// leftBehind notes that a host did not come back with the others of its incident. If somebody found it
// dead then, hooks are told of that now; if not, its ring will.
func (p *put) leftBehind(host HostRecord, incident string) error {
	host.Incident = ""
	if err := p.putHost(host); err != nil {
		return err
	}
	for _, number := range slices.Backward(host.Events) {
		record, ok, err := p.getEvent(p.tx, number)
		if err != nil {
			return err
		}
		if !ok || record.Kind != ring.Dead || record.Cause != incident {
			continue
		}
		to, _ := statusOf(record.Event, p.now)
		changed, err := p.turn(host, to)
		if err != nil || !changed {
			return err
		}
		record.Status, record.Cause = statusDead, ""
		return errors.Join(p.alert(&record), p.putEvent(p.tx, record))
	}
	return nil
}

func (p *put) putIncident(i cause.Incident) error {
	bucket, key := p.tx.Bucket(incidentBucket), []byte(i.ID)
	isKept := bucket.Get(key) != nil
	switch {
	case len(i.Missing) > 0 && !isKept:
		p.meta.Incidents++
	case len(i.Missing) == 0 && isKept:
		p.meta.Incidents--
	}
	if len(i.Missing) == 0 {
		return bucket.Delete(key)
	}
	return p.records.put(bucket, key, i)
}
