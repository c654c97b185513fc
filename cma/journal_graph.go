package cma

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/discovery"
)

// Held is a version of a document as the journal has it. Its time is that at which this content was
// first discovered, at the latest when it was received; its boot and sequence are those at which it was
// last.
type Held struct {
	discovery.Document
	Number   uint64    // receive number of this content
	Received time.Time // by the CMA's clock
	Applied  bool      // it is in the graph
	Refused  string    // why no graph can take it
	// Withdrawn is set of a document that the journal holds no more, nor shall the graph. It has no data.
	Withdrawn bool
}

// waiting stands in the queue for a document of the journal, or for one that was withdrawn from it.
type waiting struct {
	documentKey
	Withdrawn *state `json:"withdrawn,omitempty"` // the last version
}

// Done says of a version that it is in the graph, or why it never will be.
type Done struct {
	HostID, Instance string
	Number           uint64
	Refused          string
}

// Attach queues every document again unless the graph is the one that the journal's marks refer to,
// and returns how many.
func (j *Journal) Attach(storeID string) (queued int, err error) {
	err = j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil || meta.StoreID == storeID {
			return err
		}
		states, err := j.allStates(tx)
		if err != nil {
			return err
		}
		if err := emptyBucket(tx, pendingBucket); err != nil { // an empty graph has nothing to withdraw
			return err
		}
		for _, s := range states {
			s.Applied, s.Refused = false, ""
			if err := j.records.put(tx.Bucket(statesBucket), s.bytes(), s); err != nil {
				return err
			}
			if err := j.records.put(tx.Bucket(pendingBucket), numberKey(s.Number), waiting{documentKey: s.documentKey}); err != nil {
				return err
			}
		}
		queued = len(states)
		meta.StoreID, meta.Backlog, meta.Refill = storeID, queued, meta.Received
		return j.putMeta(tx, meta)
	})
	return queued, err
}

// isNews reports whether a version was received after the graph had been attached, which holds the others
// since then because it was filled with them.
func (m journalMeta) isNews(number uint64) bool { return number > m.Refill }

func (j *Journal) isNews(number uint64) (news bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		news = meta.isNews(number)
		return err
	})
	return news, err
}

// allStates reads before Attach writes: a bucket must not change under its cursor.
func (j *Journal) allStates(tx *bbolt.Tx) (states []state, err error) {
	err = tx.Bucket(statesBucket).ForEach(func(key, record []byte) error {
		var s state
		err := j.records.decode(key, record, &s)
		states = append(states, s)
		return err
	})
	return states, err
}

func emptyBucket(tx *bbolt.Tx, name []byte) error {
	if err := tx.DeleteBucket(name); err != nil {
		return err
	}
	_, err := tx.CreateBucket(name)
	return err
}

// Pending returns the documents that wait for the graph, in the order in which they were received: at
// most maxDocuments, and no more than one after their data has reached maxBytes. Either all are news or none
// is: what is told of a batch is told of all its documents.
func (j *Journal) Pending(maxDocuments, maxBytes int) (held []Held, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		c := tx.Bucket(pendingBucket).Cursor()
		bytes := 0
		for number, record := c.First(); number != nil && len(held) < maxDocuments && bytes < maxBytes; number, record = c.Next() {
			h, err := j.loadWaiting(tx, number, record)
			if err != nil {
				return err
			}
			if len(held) > 0 && meta.isNews(h.Number) != meta.isNews(held[0].Number) {
				return nil
			}
			held = append(held, h)
			bytes += len(h.Data)
		}
		return nil
	})
	return held, err
}

func (j *Journal) loadWaiting(tx *bbolt.Tx, number, record []byte) (Held, error) {
	var w waiting
	if err := j.records.decode(number, record, &w); err != nil {
		return Held{}, err
	}
	if w.Withdrawn != nil {
		h := w.Withdrawn.held(discovery.Document{})
		h.Number, h.Withdrawn = binary.BigEndian.Uint64(number), true
		return h, nil
	}
	h, ok, err := j.load(tx, w.documentKey)
	if err == nil && !ok {
		err = fmt.Errorf("%w: no document %q of host id %q", ErrDamaged, w.Instance, w.HostID)
	}
	return h, err
}

// Mark notes what became of versions; those that have been superseded meanwhile are passed over.
func (j *Journal) Mark(done []Done) error {
	return j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		for _, d := range done {
			unqueued, err := j.mark(tx, d)
			if err != nil {
				return err
			}
			if unqueued {
				meta.Backlog--
			}
		}
		return j.putMeta(tx, meta)
	})
}

// mark reports whether the version was in the queue, from which it takes it.
func (j *Journal) mark(tx *bbolt.Tx, d Done) (bool, error) {
	pending, number := tx.Bucket(pendingBucket), numberKey(d.Number)
	unqueued := pending.Get(number) != nil
	if err := pending.Delete(number); err != nil {
		return false, err
	}
	states, key := tx.Bucket(statesBucket), documentKey{HostID: d.HostID, Instance: d.Instance}.bytes()
	var s state
	ok, err := j.records.get(states, key, &s)
	if err != nil || !ok || s.Number != d.Number {
		return unqueued, err
	}
	s.Applied, s.Refused = d.Refused == "", d.Refused
	return unqueued, j.records.put(states, key, s)
}
