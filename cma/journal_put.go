package cma

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/discovery"
)

// Outcome is what became of a document that was put into the journal.
type Outcome int

const (
	Kept      Outcome = iota // it is new or changed, and waits for the graph
	Unchanged                // its content is held already; its order was noted
	Passed                   // a version as new or newer is held
	Refused                  // it can't be kept, see PutResult.Reason
)

// PutResult says what became of one document.
type PutResult struct {
	Outcome Outcome
	Reason  string // for Refused
}

// Put keeps what is new of docs, which are valid, in one transaction, and is durable when it returns.
// It has one result for each.
func (j *Journal) Put(docs []discovery.Document, now time.Time) ([]PutResult, error) {
	var results []PutResult
	err := j.update(func(tx *bbolt.Tx) error {
		p, err := j.newPut(tx, now)
		if err != nil {
			return err
		}
		for _, d := range docs {
			r, err := p.document(d)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
		return j.putMeta(tx, p.meta)
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// put is one transaction of Put.
type put struct {
	*Journal
	now                                   time.Time
	meta                                  journalMeta
	hosts, names, states, bodies, pending *bbolt.Bucket
}

func (j *Journal) newPut(tx *bbolt.Tx, now time.Time) (*put, error) {
	meta, err := j.meta(tx)
	return &put{
		Journal: j, now: now, meta: meta,
		hosts: tx.Bucket(hostsBucket), names: tx.Bucket(namesBucket),
		states: tx.Bucket(statesBucket), bodies: tx.Bucket(bodiesBucket), pending: tx.Bucket(pendingBucket),
	}, err
}

func (p *put) document(d discovery.Document) (PutResult, error) {
	host := HostRecord{ID: d.HostID}
	known, err := p.records.get(p.hosts, []byte(d.HostID), &host)
	if err != nil {
		return PutResult{}, err
	}
	var held state
	key := documentKey{HostID: d.HostID, Instance: d.Instance}.bytes()
	isHeld, err := p.records.get(p.states, key, &held)
	if err != nil {
		return PutResult{}, err
	}
	reason, err := p.refusal(d, host, known, isHeld)
	if err != nil || reason != "" {
		return PutResult{Outcome: Refused, Reason: reason}, err
	}

	outcome := Kept
	switch {
	case isHeld && !d.Newer(discovery.Document{Boot: held.Boot, Seq: held.Seq}):
		outcome = Passed
	case isHeld && held.sameContent(d):
		outcome = Unchanged
		held.Boot, held.Seq = d.Boot, d.Seq
		err = p.records.put(p.states, key, held)
	default:
		err = p.keep(d, held, isHeld)
	}
	if err != nil {
		return PutResult{}, err
	}
	if !known {
		p.meta.Hosts++
	}
	if !isHeld {
		p.meta.Documents++
		host.Documents++
	}
	return PutResult{Outcome: outcome}, p.heard(host, d.Host, outcome)
}

// refusal says why d can't be kept, or nothing.
func (p *put) refusal(d discovery.Document, host HostRecord, known, isHeld bool) (string, error) {
	if !known && p.meta.Hosts >= p.maxHosts {
		return fmt.Sprintf("the journal holds %d hosts, at most %d", p.meta.Hosts, p.maxHosts), nil
	}
	if !isHeld && host.Documents >= p.maxInstances {
		return fmt.Sprintf("host %q has %d documents, at most %d", d.Host, host.Documents, p.maxInstances), nil
	}
	var owner HostRecord
	var ownerID string
	taken, err := p.records.get(p.names, []byte(d.Host), &ownerID)
	if err != nil || !taken || ownerID == d.HostID {
		return "", err
	}
	if _, err := p.records.get(p.hosts, []byte(ownerID), &owner); err != nil {
		return "", err
	}
	silent := p.now.Sub(time.UnixMilli(owner.SeenMS))
	if silent >= liveFor {
		return "", nil
	}
	return fmt.Sprintf("host name %q is taken: host id %q has it and was heard of %v ago, this is host id %q",
		d.Host, ownerID, max(silent, 0).Round(time.Second), d.HostID), nil
}

// keep stores a version with new content and puts it at the end of the queue.
func (p *put) keep(d discovery.Document, held state, isHeld bool) error {
	if isHeld && held.waits() {
		if err := p.pending.Delete(numberKey(held.Number)); err != nil {
			return err
		}
		p.meta.Backlog--
	}
	p.meta.Received++
	p.meta.Backlog++
	s := stateOf(d, p.meta.Received, p.now)
	if err := p.records.put(p.states, s.bytes(), s); err != nil {
		return err
	}
	if err := p.records.put(p.bodies, s.bytes(), d); err != nil {
		return err
	}
	return p.records.put(p.pending, numberKey(s.Number), s.documentKey)
}

// heard notes that the host is there, and its name unless an older document says it.
func (p *put) heard(host HostRecord, name string, outcome Outcome) error {
	host.SeenMS = p.now.UnixMilli()
	if outcome != Passed && host.Name != name {
		if err := p.rename(host, name); err != nil {
			return err
		}
		host.Name = name
	}
	return p.records.put(p.hosts, []byte(host.ID), host)
}

// rename takes the host's former name from it, unless another host has it by now, and gives it name.
func (p *put) rename(host HostRecord, name string) error {
	var formerOwner string
	if _, err := p.records.get(p.names, []byte(host.Name), &formerOwner); err != nil {
		return err
	}
	if host.Name != "" && formerOwner == host.ID {
		if err := p.names.Delete([]byte(host.Name)); err != nil {
			return err
		}
	}
	return p.records.put(p.names, []byte(name), host.ID)
}

// numberKey sorts as the number does.
func numberKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }
