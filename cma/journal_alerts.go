package cma

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
)

// maxHookOutcomes bounds what is kept of one event's hooks, whatever is renamed in their directory.
const maxHookOutcomes = 64

// Alerts returns events after the one numbered after for which hooks are still to run, in their order,
// at most limit.
func (j *Journal) Alerts(after uint64, limit int) (records []api.EventRecord, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(alertsBucket).Cursor()
		for key, _ := c.Seek(numberKey(after + 1)); key != nil && len(records) < limit; key, _ = c.Next() {
			record, ok, err := j.getEvent(tx, binary.BigEndian.Uint64(key))
			if err == nil && !ok {
				err = fmt.Errorf("%w: no event %x", ErrDamaged, key)
			}
			if err != nil {
				return err
			}
			records = append(records, record)
		}
		return nil
	})
	return records, err
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

// EndAlert notes that all hooks of an event have run or failed for good.
func (j *Journal) EndAlert(number uint64) error {
	return j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		record, ok, err := j.getEvent(tx, number)
		if err != nil || !ok || !record.HooksPending {
			return err
		}
		record.HooksPending = false
		if err := j.putEvent(tx, record); err != nil {
			return err
		}
		if err := tx.Bucket(alertsBucket).Delete(numberKey(number)); err != nil {
			return err
		}
		meta.Alerts--
		return j.putMeta(tx, meta)
	})
}
