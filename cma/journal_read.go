package cma

import (
	"bytes"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/discovery"
)

// Counts returns what the journal holds.
func (j *Journal) Counts() (c Counts, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		c = meta.Counts
		return err
	})
	return c, err
}

// Hosts returns every host, sorted by id.
func (j *Journal) Hosts() (hosts []HostRecord, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		hosts, err = j.hosts(tx)
		return err
	})
	return hosts, err
}

func (j *Journal) hosts(tx *bbolt.Tx) (hosts []HostRecord, err error) {
	err = tx.Bucket(hostsBucket).ForEach(func(key, record []byte) error {
		var h HostRecord
		if err := j.records.decode(key, record, &h); err != nil {
			return err
		}
		hosts = append(hosts, h)
		return j.readStatus(tx, &hosts[len(hosts)-1])
	})
	return hosts, err
}

// FindHost returns the host with this name or, if there is none, this id.
func (j *Journal) FindHost(nameOrID string) (host HostRecord, ok bool, err error) {
	err = j.view(func(tx *bbolt.Tx) (err error) {
		id := nameOrID
		if _, err := j.records.get(tx.Bucket(namesBucket), []byte(nameOrID), &id); err != nil {
			return err
		}
		if ok, err = j.records.get(tx.Bucket(hostsBucket), []byte(id), &host); err != nil || !ok {
			return err
		}
		return j.readStatus(tx, &host)
	})
	return host, ok, err
}

// Documents returns the documents of a host, sorted by instance. Once those before have filled
// maxBytes, their data is nil.
func (j *Journal) Documents(hostID string, maxBytes int) (held []Held, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		states, err := j.statesOf(tx, hostID)
		if err != nil {
			return err
		}
		filled := 0
		for _, s := range states {
			h := s.held(discovery.Document{})
			if filled < maxBytes {
				if h, err = j.loadBody(tx, s); err != nil {
					return err
				}
				filled += len(h.Data)
			}
			held = append(held, h)
		}
		return nil
	})
	return held, err
}

// Document returns one document.
func (j *Journal) Document(hostID, instance string) (held Held, ok bool, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		held, ok, err = j.load(tx, documentKey{HostID: hostID, Instance: instance})
		return err
	})
	return held, ok, err
}

// statesOf returns the states of a host's documents, sorted by instance.
func (j *Journal) statesOf(tx *bbolt.Tx, hostID string) (states []state, err error) {
	prefix := documentKey{HostID: hostID}.bytes()
	c := tx.Bucket(statesBucket).Cursor()
	for key, record := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, record = c.Next() {
		var s state
		if err := j.records.decode(key, record, &s); err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return states, nil
}

func (j *Journal) load(tx *bbolt.Tx, key documentKey) (held Held, ok bool, err error) {
	var s state
	if ok, err = j.records.get(tx.Bucket(statesBucket), key.bytes(), &s); !ok || err != nil {
		return Held{}, ok, err
	}
	held, err = j.loadBody(tx, s)
	return held, true, err
}

func (j *Journal) loadBody(tx *bbolt.Tx, s state) (Held, error) {
	var d discovery.Document
	ok, err := j.records.get(tx.Bucket(bodiesBucket), s.bytes(), &d)
	if err == nil && !ok {
		err = fmt.Errorf("%w: no body of document %q of host id %q", ErrDamaged, s.Instance, s.HostID)
	}
	return s.held(d), err
}

// held returns the document with the order in which it came last.
func (s state) held(d discovery.Document) Held {
	d.HostID, d.Instance, d.DiscoverType, d.Host, d.Proxy = s.HostID, s.Instance, s.Type, s.Host, s.Proxy
	d.Hash, d.Boot, d.Seq = s.Hash, s.Boot, s.Seq
	d.TimeMS = max(0, min(d.TimeMS, s.ReceivedMS)) // a clock that is ahead tells of what is yet to come
	return Held{
		Document: d, Number: s.Number, Received: time.UnixMilli(s.ReceivedMS),
		Applied: s.Applied, Refused: s.Refused,
	}
}
