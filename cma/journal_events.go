package cma

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// ErrTooManyAlerts is returned for events beyond those whose hooks can wait. Their witnesses keep them.
var ErrTooManyAlerts = errors.New("the hooks of too many events are still to run")

// PutEvents keeps events, which are valid, and what they say of their subjects, in one transaction. It
// has one result for each: Kept, or Unchanged for one that is known, whose witness is noted.
func (j *Journal) PutEvents(events []ring.Event, now time.Time) ([]PutResult, error) {
	var results []PutResult
	err := j.transact(now, func(p *put) error {
		results = make([]PutResult, len(events))
		for i, e := range events {
			var err error
			if results[i], err = p.event(e); err != nil {
				return err
			}
		}
		return p.forgetEvents()
	})
	return results, err
}

func (p *put) event(e ring.Event) (PutResult, error) {
	number, known, err := p.numberOf(e.ID())
	if err != nil {
		return PutResult{}, err
	}
	if known {
		return PutResult{Outcome: Unchanged}, p.witnessed(number, e)
	}
	record := p.newEvent(e)
	if isOfMany(e.Kind) {
		err = p.ofMany(&record)
	} else {
		err = p.ofOne(&record)
	}
	if err == nil && record.HooksPending && p.meta.Alerts > p.maxAlerts {
		err = ErrTooManyAlerts
	}
	return PutResult{Outcome: Kept}, errors.Join(err, p.putNewEvent(record))
}

func (p *put) numberOf(eventID string) (number uint64, known bool, err error) {
	known, err = p.records.get(p.tx.Bucket(eventIDsBucket), []byte(eventID), &number)
	return number, known, err
}

// newEvent makes the record of an event, which putNewEvent keeps.
func (p *put) newEvent(e ring.Event) api.EventRecord {
	p.meta.Event++
	p.meta.Events++
	record := api.EventRecord{
		Number: p.meta.Event, ID: e.ID(), Event: e, HostName: e.Subject.Name,
		Witnesses: []string{string(e.Witness)}, ReceivedMS: p.now.UnixMilli(),
	}
	if e.Kind == ring.Dead || e.Kind == ring.Link {
		record.Testimonies = []api.Testimony{testimony(e, p.now)}
	}
	return record
}

func (p *put) putNewEvent(record api.EventRecord) error {
	return errors.Join(
		p.records.put(p.tx.Bucket(eventIDsBucket), []byte(record.ID), record.Number),
		p.putEvent(p.tx, record),
	)
}

// ofOne takes what an event says of its subject. A death is held, for it may have a cause in common with
// others; that of a host whose incident is under way has it. A host whose nanoprobe alone is down has
// answered: that is its own matter.
func (p *put) ofOne(record *api.EventRecord) error {
	host, known, err := p.subject(record.Event)
	if err != nil || !known {
		return err
	}
	record.HostName = host.Name
	host.Events = append(host.Events, record.Number)
	host.Events = host.Events[max(len(host.Events)-api.MaxDiagnosed, 0):]
	if err := p.putHost(host); err != nil {
		return err
	}
	to, says := statusOf(record.Event, p.now)
	if !says {
		return nil
	}
	was, _, err := p.status(p.tx, host.ID)
	if err != nil {
		return err
	}
	if to.Status == statusDead && host.Incident != "" {
		record.Cause = host.Incident
		to.Status, to.Reason = statusUnknown, was.Reason
	}
	changed, err := p.turn(host, to)
	if err != nil || !changed {
		return err
	}
	record.Status = to.Status
	switch {
	case to.Status == statusUnknown:
		return nil
	case to.Status == statusDead && record.State != ring.NanoprobeDown:
		return p.hold(record, ownerHost(host.ID))
	case to.Status == statusUp && was.Status == statusUnknown: // nobody was told that it went
		record.Cause = host.Incident
		return nil
	}
	return errors.Join(p.unhold(ownerHost(host.ID), ""), p.alert(record)) // its death is told first
}

// subject returns the subject of an event, if the journal knows it. One that it has not heard of is noted
// if the event says how it is, unless it can't be.
func (p *put) subject(e ring.Event) (host HostRecord, known bool, err error) {
	host, err = p.host(string(e.Subject.ID))
	if err != nil || !host.isNew() {
		return host, err == nil, err
	}
	if _, says := statusOf(e, p.now); !says {
		return host, false, nil
	}
	return p.note(host, e.Subject.Name)
}

// note makes a host known of which others tell, unless its name is taken or there are too many.
func (p *put) note(host HostRecord, name string) (HostRecord, bool, error) {
	reason, err := p.refusal(host, name)
	if err != nil || reason != "" {
		return host, false, err
	}
	host, err = p.heard(host, name)
	return host, err == nil, err
}

// witnessed notes another witness of an event.
func (p *put) witnessed(number uint64, e ring.Event) error {
	record, ok, err := p.getEvent(p.tx, number)
	if err != nil || !ok || len(record.Witnesses) >= api.MaxWitnesses || slices.Contains(record.Witnesses, string(e.Witness)) {
		return err
	}
	record.Witnesses = append(record.Witnesses, string(e.Witness))
	if isOfMany(e.Kind) {
		listed(&record, e)
	}
	if record.Testimonies != nil {
		record.Testimonies = append(record.Testimonies, testimony(e, p.now))
	}
	return p.putEvent(p.tx, record)
}

// testimony is what a witness says of an event.
func testimony(e ring.Event, now time.Time) api.Testimony {
	return api.Testimony{
		Witness: e.Witness, SecondedBy: e.SecondedBy, Asked: e.Asked, Dial: e.Dial, SilentMS: e.SilentMS,
		RTTMicros: e.RTTMicros, LossPct: e.LossPct, Signed: len(e.Signature) > 0, ReceivedMS: now.UnixMilli(),
	}
}

// forgetEvents drops the oldest events above maxEvents, but none whose hooks are still to run.
func (p *put) forgetEvents() error {
	alerts := p.tx.Bucket(alertsBucket)
	var oldest []uint64
	c := p.tx.Bucket(eventsBucket).Cursor()
	for key, _ := c.First(); key != nil && p.meta.Events-p.meta.Alerts-len(oldest) > p.maxEvents; key, _ = c.Next() {
		if alerts.Get(key) == nil {
			oldest = append(oldest, binary.BigEndian.Uint64(key))
		}
	}
	for _, number := range oldest {
		record, _, err := p.getEvent(p.tx, number)
		if err != nil {
			return err
		}
		err = errors.Join(p.tx.Bucket(eventIDsBucket).Delete([]byte(record.ID)), p.tx.Bucket(eventsBucket).Delete(numberKey(number)))
		if err != nil {
			return err
		}
	}
	p.meta.Events -= len(oldest)
	return nil
}

// Events returns the first events after the one numbered after or, if that is 0, the newest; at most
// limit, the newest last.
func (j *Journal) Events(after uint64, limit int) ([]api.EventRecord, error) {
	return numbered[api.EventRecord](j, eventsBucket, after, limit)
}

// eventsAfter returns the first events after the one numbered after, at most limit.
func (j *Journal) eventsAfter(after uint64, limit int) ([]api.EventRecord, error) {
	return numberedAfter[api.EventRecord](j, eventsBucket, after, limit)
}

// numbered returns what Events does, of a bucket whose keys are numbers.
func numbered[T any](j *Journal, bucket []byte, after uint64, limit int) ([]T, error) {
	if after > 0 {
		return numberedAfter[T](j, bucket, after, limit)
	}
	list, err := walk[T](j, bucket, limit, (*bbolt.Cursor).Last, (*bbolt.Cursor).Prev)
	slices.Reverse(list)
	return list, err
}

func numberedAfter[T any](j *Journal, bucket []byte, after uint64, limit int) ([]T, error) {
	first := func(c *bbolt.Cursor) ([]byte, []byte) { return c.Seek(numberKey(after + 1)) }
	return walk[T](j, bucket, limit, first, (*bbolt.Cursor).Next)
}

// walk decodes at most limit records of a bucket.
func walk[T any](j *Journal, bucket []byte, limit int, first, next func(*bbolt.Cursor) ([]byte, []byte)) (list []T, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucket).Cursor()
		for key, value := first(c); key != nil && len(list) < limit; key, value = next(c) {
			var record T
			if err := j.records.decode(key, value, &record); err != nil {
				return err
			}
			list = append(list, record)
		}
		return nil
	})
	return list, err
}

func (j *Journal) getEvent(tx *bbolt.Tx, number uint64) (record api.EventRecord, ok bool, err error) {
	ok, err = j.records.get(tx.Bucket(eventsBucket), numberKey(number), &record)
	return record, ok, err
}

func (j *Journal) putEvent(tx *bbolt.Tx, record api.EventRecord) error {
	return j.records.put(tx.Bucket(eventsBucket), numberKey(record.Number), record)
}
