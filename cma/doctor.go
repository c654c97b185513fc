package cma

import (
	"net/http"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// doctor says why a host is thought to be as it is.
func (c *CMA) doctor(r *http.Request) (api.Diagnosis, error) {
	record, err := c.findHost(r)
	if err != nil {
		return api.Diagnosis{}, err
	}
	host, err := c.describeOne(r.Context(), record)
	if err != nil {
		return api.Diagnosis{}, err
	}
	d, err := c.Journal.diagnose(record)
	d.Host = host
	return d, err
}

// diagnose gathers what the journal holds about a host's health.
func (j *Journal) diagnose(host HostRecord) (d api.Diagnosis, err error) {
	d = api.Diagnosis{Events: []api.EventRecord{}, Watchers: []api.Watcher{}, Rings: []api.RingMember{}, Segments: orEmpty(host.Segments)}
	if host.Ring != nil {
		d.Rings = orEmpty(host.Ring.Rings)
	}
	err = j.view(func(tx *bbolt.Tx) error {
		for _, number := range host.Events {
			record, ok, err := j.getEvent(tx, number)
			if err != nil {
				return err
			}
			if ok {
				d.Events = append(d.Events, record)
			}
		}
		if d.Cause, err = j.causeOf(tx, host.Incident); err != nil {
			return err
		}
		for _, id := range watchersOf(host, d.Events) {
			w, err := j.watcher(tx, id, host.ID)
			if err != nil {
				return err
			}
			w.Testified = slices.Contains(testifiers(d.Events), id)
			d.Watchers = append(d.Watchers, w)
		}
		return nil
	})
	if n := len(d.Events); n > 0 {
		d.HeardSince = host.SeenMS > d.Events[n-1].ReceivedMS
	}
	return d, err
}

// causeOf returns the event by which an incident was told, or nil.
func (j *Journal) causeOf(tx *bbolt.Tx, incident string) (*api.EventRecord, error) {
	if incident == "" {
		return nil, nil
	}
	for _, kind := range []ring.Kind{ring.SwitchDown, ring.SegmentDown, ring.RingLost} {
		var number uint64
		id := ring.Event{Kind: kind, Incident: incident}.ID()
		known, err := j.records.get(tx.Bucket(eventIDsBucket), []byte(id), &number)
		if err != nil || !known {
			if err != nil {
				return nil, err
			}
			continue
		}
		record, ok, err := j.getEvent(tx, number)
		if err != nil || !ok {
			return nil, err
		}
		return &record, nil
	}
	return nil, nil
}

// watchersOf lists who can say how a host was: its neighbours, who watch it as it watches them, and who
// testified to its last death or link trouble.
func watchersOf(host HostRecord, events []api.EventRecord) []string {
	var ids []string
	if host.Ring != nil {
		ids = idsOf(host.Ring.Watching)
	}
	ids = append(ids, testifiers(events)...)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// testifiers are the witnesses of the last death or link trouble.
func testifiers(events []api.EventRecord) []string {
	for _, r := range slices.Backward(events) {
		if r.Kind == ring.Dead || r.Kind == ring.Link {
			return r.Witnesses
		}
	}
	return nil
}

// watcher says what is known of a host that watches another, or did.
func (j *Journal) watcher(tx *bbolt.Tx, id, watched string) (api.Watcher, error) {
	w := api.Watcher{HostID: id, Status: statusUp}
	var h HostRecord
	if ok, err := j.records.get(tx.Bucket(hostsBucket), []byte(id), &h); err != nil || !ok {
		return w, err
	}
	w.Host = h.Name
	s, known, err := j.status(tx, id)
	if known {
		w.Status = s.Status
	}
	if h.Ring != nil {
		w.ViewMS = h.Ring.ReceivedMS
		w.Watches = slices.Contains(idsOf(h.Ring.Watching), watched)
	}
	return w, err
}
