package cma

import (
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
		if host, result, err = p.greet(m.Self()); err != nil || result.Outcome == Refused {
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
		if host, result, err = p.greet(v.Self()); err != nil || result.Outcome == Refused {
			return err
		}
		if old := host.Ring; old != nil && (old.Boot > v.Boot || old.Boot == v.Boot && old.Epoch > v.Epoch) {
			result.Outcome = Passed
			return nil
		}
		host.Ring = &v
		return p.putHost(host)
	})
	return result, err
}

// greet takes a host's word that it is there.
func (p *put) greet(self ring.Member) (HostRecord, PutResult, error) {
	host, err := p.host(string(self.ID))
	if err != nil {
		return host, PutResult{}, err
	}
	reason, err := p.refusal(host, self.Name)
	if err != nil || reason != "" {
		return host, PutResult{Outcome: Refused, Reason: reason}, err
	}
	if host, err = p.heard(host, self.Name); err != nil {
		return host, PutResult{}, err
	}
	return host, PutResult{}, p.appear(host, self)
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

// Ring returns the newest view of each host that is up, sorted by the host's id.
func (j *Journal) Ring() (views []api.RingView, err error) {
	err = j.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(hostsBucket).ForEach(func(key, record []byte) error {
			var h HostRecord
			if err := j.records.decode(key, record, &h); err != nil || h.Ring == nil {
				return err
			}
			s, _, err := j.status(tx, h.ID)
			if err == nil && s.Status == statusUp {
				h.Ring.Host = h.Name
				views = append(views, *h.Ring)
			}
			return err
		})
	})
	return views, err
}
