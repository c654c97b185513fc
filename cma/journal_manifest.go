package cma

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// PutManifest compares a manifest, which is valid, with what is held of its host, withdraws what it does
// not name, and notes that the host is there. The result is Kept or Refused.
func (j *Journal) PutManifest(m api.Manifest, now time.Time) (lacking api.Lacking, result PutResult, err error) {
	err = j.transact(now, func(p *put) error {
		var host HostRecord
		if host, result, err = p.greet(m.Self(), m.Segments, m.Key); err != nil || result.Outcome == Refused {
			return err
		}
		if lacking, err = p.compare(m); err != nil {
			return err
		}
		host.Documents -= len(lacking.Unknown)
		return p.putHost(host)
	})
	return lacking, result, err
}

// PutRingView keeps what a host says of its neighbours unless a newer boot or epoch of it has spoken.
func (j *Journal) PutRingView(v api.RingView, now time.Time) (result PutResult, err error) {
	err = j.transact(now, func(p *put) error {
		var host HostRecord
		if host, result, err = p.greet(v.Self(), v.Segments, v.Key); err != nil || result.Outcome == Refused {
			return err
		}
		if old := host.Ring; old != nil && (old.Boot > v.Boot || old.Boot == v.Boot && old.Epoch > v.Epoch) {
			result.Outcome = Passed
			return nil
		}
		v.ReceivedMS = now.UnixMilli()
		host.Ring = &v
		return p.putHost(host)
	})
	return result, err
}

// greet takes a host's word that it is there, what it hangs on, and its first key.
func (p *put) greet(self ring.Member, segments []string, key []byte) (HostRecord, PutResult, error) {
	host, err := p.host(string(self.ID))
	if err != nil {
		return host, PutResult{}, err
	}
	reason, err := p.refusal(host, self.Name)
	if err != nil || reason != "" {
		return host, PutResult{Outcome: Refused, Reason: reason}, err
	}
	host.Segments = segments
	result := PutResult{OtherKey: len(host.Key) > 0 && len(key) > 0 && !bytes.Equal(host.Key, key)}
	if len(host.Key) == 0 {
		host.Key = key
	}
	if host, err = p.heard(host, self.Name); err != nil {
		return host, PutResult{}, err
	}
	if err := p.appear(host, self); err != nil {
		return host, PutResult{}, err
	}
	host, err = p.host(host.ID) // an event of its return is noted there
	return host, result, err
}

// compare tells the documents of a manifest from those that are held, and withdraws those that the
// host had when it made the manifest and no longer names.
func (p *put) compare(m api.Manifest) (api.Lacking, error) {
	lacking := api.Lacking{Instances: []string{}, Unknown: []string{}}
	states, err := p.statesOf(p.tx, m.HostID)
	if err != nil {
		return lacking, err
	}
	same := make(map[string]bool, len(states))
	for _, s := range states {
		hash, named := m.Instances[s.Instance]
		same[s.Instance] = named && hash == s.Hash
		madeBefore := s.Boot < m.Boot || s.Boot == m.Boot && s.Seq <= m.Sequence
		if named || !madeBefore || s.Instance == derive.StatusDocument {
			continue
		}
		lacking.Unknown = append(lacking.Unknown, s.Instance)
		if err := p.withdraw(s); err != nil {
			return lacking, err
		}
	}
	for instance := range m.Instances {
		if !same[instance] {
			lacking.Instances = append(lacking.Instances, instance)
		}
	}
	slices.Sort(lacking.Instances)
	return lacking, nil
}

// withdraw forgets a document and queues its withdrawal from the graph.
func (p *put) withdraw(s state) error {
	if err := p.unqueue(s); err != nil {
		return err
	}
	if err := errors.Join(p.states.Delete(s.bytes()), p.bodies.Delete(s.bytes())); err != nil {
		return err
	}
	p.meta.Documents--
	p.meta.Received++
	p.meta.Backlog++
	return p.records.put(p.pending, numberKey(p.meta.Received), waiting{documentKey: s.documentKey, Withdrawn: &s})
}

// Ring returns the newest views of the first hosts that are up and whose ids sort after one, sorted by id:
// at most limit.
func (j *Journal) Ring(afterID string, limit int) (views []api.RingView, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(hostsBucket).Cursor()
		for key, record := c.Seek([]byte(afterID)); key != nil && len(views) < limit; key, record = c.Next() {
			var h HostRecord
			if err := j.records.decode(key, record, &h); err != nil {
				return err
			}
			if h.Ring == nil || h.ID == afterID {
				continue
			}
			s, _, err := j.status(tx, h.ID)
			if err != nil {
				return err
			}
			if s.Status == statusUp {
				h.Ring.Host = h.Name
				views = append(views, *h.Ring)
			}
		}
		return nil
	})
	return views, err
}

// Key returns the first key that a host showed, or nil.
func (j *Journal) Key(hostID string) (key ed25519.PublicKey, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		var h HostRecord
		_, err := j.records.get(tx.Bucket(hostsBucket), []byte(hostID), &h)
		key = h.Key
		return err
	})
	return key, err
}
