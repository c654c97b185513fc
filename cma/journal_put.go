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
	// OtherKey says that the host showed another key than its first, which stays.
	OtherKey bool
}

// Put keeps what is new of docs, which are valid, in one transaction, and is durable when it returns.
// It has one result for each.
func (j *Journal) Put(docs []discovery.Document, now time.Time) ([]PutResult, error) {
	var results []PutResult
	err := j.transact(now, func(p *put) error {
		results = make([]PutResult, len(docs))
		for i, d := range docs {
			var err error
			if results[i], err = p.document(d); err != nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

// put is a transaction of what comes from nanoprobes.
type put struct {
	*Journal
	tx                                    *bbolt.Tx
	now                                   time.Time
	meta                                  journalMeta
	hosts, names, states, bodies, pending *bbolt.Bucket
}

// transact runs fn in a transaction and keeps the counts that it leaves.
func (j *Journal) transact(now time.Time, fn func(*put) error) error {
	return j.update(func(tx *bbolt.Tx) error {
		meta, err := j.meta(tx)
		if err != nil {
			return err
		}
		p := &put{
			Journal: j, tx: tx, now: now, meta: meta,
			hosts: tx.Bucket(hostsBucket), names: tx.Bucket(namesBucket),
			states: tx.Bucket(statesBucket), bodies: tx.Bucket(bodiesBucket), pending: tx.Bucket(pendingBucket),
		}
		if err := fn(p); err != nil {
			return err
		}
		return j.putMeta(tx, p.meta)
	})
}

func (p *put) document(d discovery.Document) (PutResult, error) {
	host, err := p.host(d.HostID)
	if err != nil {
		return PutResult{}, err
	}
	held, isHeld, err := p.held(d.HostID, d.Instance)
	if err != nil {
		return PutResult{}, err
	}
	reason, err := p.refusal(host, d.Host)
	if reason == "" && !isHeld && host.Documents >= p.maxInstances {
		reason = fmt.Sprintf("host %q has %d documents, at most %d", d.Host, host.Documents, p.maxInstances)
	}
	if err != nil || reason != "" {
		return PutResult{Outcome: Refused, Reason: reason}, err
	}

	outcome, name := Kept, d.Host
	switch {
	case isHeld && !d.Newer(held.version()):
		outcome, name = Passed, host.Name
	case isHeld && held.sameContent(d):
		outcome = Unchanged
		held.Boot, held.Seq = d.Boot, d.Seq
		err = p.records.put(p.states, held.bytes(), held)
	default:
		err = p.keep(d, held, isHeld)
	}
	if err != nil {
		return PutResult{}, err
	}
	if !isHeld {
		p.meta.Documents++
		host.Documents++
	}
	_, err = p.heard(host, name)
	return PutResult{Outcome: outcome}, err
}

// host returns the record of a host, which is new if there is none.
func (p *put) host(id string) (HostRecord, error) {
	host := HostRecord{ID: id}
	_, err := p.records.get(p.hosts, []byte(id), &host)
	return host, err
}

func (p *put) held(hostID, instance string) (s state, isHeld bool, err error) {
	isHeld, err = p.records.get(p.states, documentKey{HostID: hostID, Instance: instance}.bytes(), &s)
	return s, isHeld, err
}

// refusal says why nothing can be kept of a host under this name, or nothing.
func (p *put) refusal(host HostRecord, name string) (string, error) {
	if host.isNew() && p.meta.Hosts >= p.maxHosts {
		return fmt.Sprintf("the journal holds %d hosts, at most %d", p.meta.Hosts, p.maxHosts), nil
	}
	var ownerID string
	taken, err := p.records.get(p.names, []byte(name), &ownerID)
	if err != nil || !taken || ownerID == host.ID {
		return "", err
	}
	owner, err := p.host(ownerID)
	if err != nil {
		return "", err
	}
	silent := p.now.Sub(time.UnixMilli(owner.SeenMS))
	if silent >= liveFor {
		return "", nil
	}
	return fmt.Sprintf("host name %q is taken: host id %q has it and was heard of %v ago, this is host id %q",
		name, ownerID, max(silent, 0).Round(time.Second), host.ID), nil
}

// keep stores a version with new content and puts it at the end of the queue.
func (p *put) keep(d discovery.Document, held state, isHeld bool) error {
	if isHeld {
		if err := p.unqueue(held); err != nil {
			return err
		}
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
	return p.records.put(p.pending, numberKey(s.Number), waiting{documentKey: s.documentKey})
}

// unqueue takes a version that is superseded or withdrawn off the queue.
func (p *put) unqueue(s state) error {
	if !s.waits() {
		return nil
	}
	p.meta.Backlog--
	return p.pending.Delete(numberKey(s.Number))
}

// heard notes that the host is there, and its name, and returns it as it is now.
func (p *put) heard(host HostRecord, name string) (HostRecord, error) {
	if host.isNew() {
		p.meta.Hosts++
	}
	host.SeenMS = p.now.UnixMilli()
	if host.Name != name {
		if err := p.rename(host, name); err != nil {
			return host, err
		}
		host.Name = name
	}
	return host, p.putHost(host)
}

func (p *put) putHost(host HostRecord) error {
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
