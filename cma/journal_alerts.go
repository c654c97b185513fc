package cma

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/alert"
	"github.com/assim-mesh/assim/cma/api"
)

// maxHookOutcomes bounds what is kept of one event's hooks, whatever is renamed in their directory.
const maxHookOutcomes = 64

// owner names what an event that is held waits for: a decision on a host, or on an incident that its
// witness claims.
type owner string

func ownerHost(id string) owner     { return owner("host/" + id) }
func ownerIncident(id string) owner { return owner("incident/" + id) }

// key sorts by owner, and then by number. Neither ids nor incidents have control characters.
func (o owner) key(number uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(string(o)+"\x00"), number)
}

// alert gives an event, which the caller then keeps, the next turn to have its hooks run.
func (p *put) alert(record *api.EventRecord) error {
	p.meta.Alerts++
	p.meta.Turn++
	record.HooksPending, record.Held = true, false
	return errors.Join(
		p.records.put(p.tx.Bucket(alertsBucket), numberKey(record.Number), p.meta.Turn),
		p.records.put(p.tx.Bucket(turnsBucket), numberKey(p.meta.Turn), record.Number),
	)
}

// hold lets an event, which the caller then keeps, wait for a decision.
func (p *put) hold(record *api.EventRecord, o owner) error {
	p.meta.Alerts++
	p.meta.Held++
	record.HooksPending, record.Held = true, true
	return errors.Join(
		p.records.put(p.tx.Bucket(alertsBucket), numberKey(record.Number), 0),
		p.records.put(p.tx.Bucket(heldBucket), o.key(record.Number), record.Number),
	)
}

// unhold ends the wait of what is held of an owner, in the order received: with a cause no hook is told,
// and without one all are.
func (p *put) unhold(o owner, cause string) error {
	held, prefix := p.tx.Bucket(heldBucket), append([]byte(o), 0)
	var numbers []uint64
	c := held.Cursor()
	for key, _ := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = c.Next() {
		numbers = append(numbers, binary.BigEndian.Uint64(key[len(prefix):]))
	}
	for _, number := range numbers {
		record, ok, err := p.getEvent(p.tx, number)
		if err == nil && !ok {
			err = fmt.Errorf("%w: no event %d, which is held", ErrDamaged, number)
		}
		if err != nil {
			return err
		}
		p.meta.Alerts--
		p.meta.Held--
		record.HooksPending, record.Held, record.Cause = false, false, cause
		err = errors.Join(held.Delete(o.key(number)), p.tx.Bucket(alertsBucket).Delete(numberKey(number)))
		if err == nil && cause == "" {
			err = p.alert(&record)
		}
		if err := errors.Join(err, p.putEvent(p.tx, record)); err != nil {
			return err
		}
	}
	return nil
}

// Alerts returns events for which hooks are still to run and that are not held, in the order of their
// turns, at most limit of those after one.
func (j *Journal) Alerts(after uint64, limit int) (alerts []alert.Alert, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(turnsBucket).Cursor()
		for key, value := c.Seek(numberKey(after + 1)); key != nil && len(alerts) < limit; key, value = c.Next() {
			var number uint64
			if err := j.records.decode(key, value, &number); err != nil {
				return err
			}
			record, ok, err := j.getEvent(tx, number)
			if err == nil && !ok {
				err = fmt.Errorf("%w: no event %d", ErrDamaged, number)
			}
			if err != nil {
				return err
			}
			alerts = append(alerts, alert.Alert{Turn: binary.BigEndian.Uint64(key), Event: record})
		}
		return nil
	})
	return alerts, err
}

// NoteHook keeps what became of a hook that will not run again for the event.
func (j *Journal) NoteHook(number uint64, outcome api.HookOutcome) error {
	return j.update(func(tx *bbolt.Tx) error {
		record, ok, err := j.getEvent(tx, number)
		if err != nil || !ok || len(record.Hooks) >= maxHookOutcomes {
			return err
		}
		record.Hooks = append(record.Hooks, outcome)
		return j.putEvent(tx, record)
	})
}

// EndAlert notes that all hooks of an event, which is not held, have run or failed for good.
func (j *Journal) EndAlert(number uint64) error {
	return j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		record, ok, err := j.getEvent(tx, number)
		if err != nil || !ok || !record.HooksPending || record.Held {
			return err
		}
		var turn uint64
		if _, err := j.records.get(tx.Bucket(alertsBucket), numberKey(number), &turn); err != nil {
			return err
		}
		record.HooksPending = false
		meta.Alerts--
		return errors.Join(
			j.putEvent(tx, record), j.putMeta(tx, meta),
			tx.Bucket(alertsBucket).Delete(numberKey(number)), tx.Bucket(turnsBucket).Delete(numberKey(turn)),
		)
	})
}
