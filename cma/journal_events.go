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
	id := []byte(e.ID())
	var number uint64
	known, err := p.records.get(p.tx.Bucket(eventIDsBucket), id, &number)
	if err != nil {
		return PutResult{}, err
	}
	if known {
		return PutResult{Outcome: Unchanged}, p.witnessed(number, string(e.Witness))
	}
	host, status, err := p.concern(e)
	if err != nil {
		return PutResult{}, err
	}
	p.meta.Event++
	p.meta.Events++
	record := api.EventRecord{
		Number: p.meta.Event, ID: string(id), Event: e, HostName: host,
		Witnesses: []string{string(e.Witness)}, ReceivedMS: p.now.UnixMilli(), Status: status, HooksPending: status != "",
	}
	if record.HooksPending {
		if p.meta.Alerts >= p.maxAlerts {
			return PutResult{}, ErrTooManyAlerts
		}
		p.meta.Alerts++
		if err := p.records.put(p.tx.Bucket(alertsBucket), numberKey(record.Number), record.ID); err != nil {
			return PutResult{}, err
		}
	}
	if err := p.records.put(p.tx.Bucket(eventIDsBucket), id, record.Number); err != nil {
		return PutResult{}, err
	}
	return PutResult{Outcome: Kept}, p.putEvent(p.tx, record)
}

// concern turns the subject's status as the event says, and returns the subject's name and the status
// if it changed. A host that the journal has not heard of is noted, unless it can't be.
func (p *put) concern(e ring.Event) (name, status string, err error) {
	host, err := p.host(string(e.Subject.ID))
	if err != nil {
		return "", "", err
	}
	to, says := statusOf(e, p.now)
	if host.isNew() {
		reason, err := p.refusal(host, e.Subject.Name)
		if err != nil || reason != "" || !says {
			return e.Subject.Name, "", err
		}
		if host, err = p.heard(host, e.Subject.Name); err != nil {
			return "", "", err
		}
	}
	if !says {
		return host.Name, "", nil
	}
	changed, err := p.turn(host, to)
	if !changed {
		to.Status = ""
	}
	return host.Name, to.Status, err
}

// witnessed notes another witness of an event.
func (p *put) witnessed(number uint64, witness string) error {
	record, ok, err := p.getEvent(p.tx, number)
	if err != nil || !ok || len(record.Witnesses) >= api.MaxWitnesses || slices.Contains(record.Witnesses, witness) {
		return err
	}
	record.Witnesses = append(record.Witnesses, witness)
	return p.putEvent(p.tx, record)
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
func (j *Journal) Events(after uint64, limit int) (records []api.EventRecord, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(eventsBucket).Cursor()
		first, next := func() ([]byte, []byte) { return c.Seek(numberKey(after + 1)) }, c.Next
		if after == 0 {
			first, next = c.Last, c.Prev
		}
		for key, value := first(); key != nil && len(records) < limit; key, value = next() {
			var r api.EventRecord
			if err := j.records.decode(key, value, &r); err != nil {
				return err
			}
			records = append(records, r)
		}
		return nil
	})
	if after == 0 {
		slices.Reverse(records)
	}
	return records, err
}

func (j *Journal) getEvent(tx *bbolt.Tx, number uint64) (record api.EventRecord, ok bool, err error) {
	ok, err = j.records.get(tx.Bucket(eventsBucket), numberKey(number), &record)
	return record, ok, err
}

func (j *Journal) putEvent(tx *bbolt.Tx, record api.EventRecord) error {
	return j.records.put(tx.Bucket(eventsBucket), numberKey(record.Number), record)
}
