package cma

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// roll is who was heard, and what they hang on, since it was last taken. It holds a host once, so the
// fleet bounds it.
type roll struct {
	mu    sync.Mutex
	heard map[string]*[]string // by host id: the segments; nil: they were not told
	news  chan struct{}        // holds a token while there may be something to decide on
}

func newRoll() *roll { return &roll{heard: map[string]*[]string{}, news: make(chan struct{}, 1)} }

// call notes that hosts were heard.
func (r *roll) call(ids ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		if _, known := r.heard[id]; !known && len(r.heard) < maxHosts {
			r.heard[id] = nil
		}
	}
}

// enrol notes that a host was heard, and what it hangs on.
func (r *roll) enrol(id string, segments []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.heard) < maxHosts {
		r.heard[id] = &segments
	}
}

func (r *roll) take() map[string]*[]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	heard := r.heard
	r.heard = map[string]*[]string{}
	return heard
}

func (r *roll) wake() {
	select {
	case r.news <- struct{}{}:
	default: // it will be looked at anyway
	}
}

// causes is the shell of a cause.Grouper. The Grouper's clock starts with it.
type causes struct {
	*CMA
	grouper *cause.Grouper
	start   time.Time
	newest  uint64 // number of the last event that the Grouper was told of
}

// findCauses decides which deaths have a cause in common, until ctx is done or the journal fails.
func (c *CMA) findCauses(ctx context.Context) error {
	s := causes{CMA: c, grouper: cause.New(cause.Bounds{MaxHosts: maxHosts}), start: time.Now()}
	if err := s.resume(); err != nil {
		return fmt.Errorf("causes: %w", err)
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := s.step(); err != nil {
			return fmt.Errorf("causes: %w", err)
		}
		var tick <-chan time.Time
		if !s.grouper.Idle() {
			tick = ticker.C
		}
		select {
		case <-ctx.Done():
		case <-tick:
		case <-c.roll.news:
		}
	}
	return nil
}

func (s *causes) nowMS() int64 { return time.Since(s.start).Milliseconds() }

// resume tells the Grouper what the journal holds. The deaths that were held begin their wait anew.
func (s *causes) resume() error {
	kept, err := s.Journal.causes()
	if err != nil {
		return err
	}
	s.newest = kept.newest
	for _, h := range kept.hosts {
		s.grouper.Attach(h.ID, h.Segments)
		if h.status != nil && h.status.Status != statusUp && h.Incident == "" {
			s.grouper.Left(s.nowMS(), h.ID)
		}
	}
	for _, i := range kept.incidents {
		s.grouper.Resume(s.nowMS(), i)
	}
	for _, h := range kept.hosts { // of whom an event came that no Grouper was told of
		switch {
		case h.Incident == "" || h.status == nil:
		case h.status.Status == statusUp:
			s.grouper.Heard(s.nowMS(), h.ID)
		case h.status.Status == statusShutdown:
			s.grouper.Left(s.nowMS(), h.ID)
		}
	}
	for _, r := range kept.held {
		s.tell(r)
	}
	return nil
}

// step tells the Grouper what is new, and keeps what it decides.
func (s *causes) step() error {
	for id, segments := range s.roll.take() {
		if segments != nil {
			s.grouper.Attach(id, *segments)
		}
		s.grouper.Heard(s.nowMS(), id)
	}
	for {
		records, err := s.Journal.eventsAfter(s.newest, api.MaxEvents)
		if err != nil {
			return err
		}
		for _, r := range records {
			s.newest = r.Number
			s.tell(r)
		}
		if len(records) < api.MaxEvents {
			break
		}
	}
	s.grouper.Tick(s.nowMS())
	ready := s.grouper.Ready()
	if len(ready.Decisions)+len(ready.Incidents) == 0 {
		return nil
	}
	for _, d := range ready.Decisions {
		if d.Kind == cause.Opened || d.Kind == cause.Restored {
			s.Logger.Info("incident "+string(d.Kind), "incident", d.Incident, "segment", d.Segment, "hosts", len(d.Hosts))
		}
	}
	if err := s.Journal.Decide(ready, time.Now()); err != nil {
		return err
	}
	s.notify()
	s.hooks.Wake()
	s.news.ring()
	return nil
}

// tell the Grouper of an event.
func (s *causes) tell(r api.EventRecord) {
	now, subject := s.nowMS(), string(r.Subject.ID)
	switch {
	case r.Held && isOfMany(r.Kind):
		s.grouper.Lost(now, r.Incident, segmentOf(r.Event), idsOf(r.Members))
	case r.Held:
		s.grouper.Died(now, subject, fmt.Sprintf("%d.%d", r.Subject.Boot, r.Subject.Epoch))
	case r.Kind == ring.Restored && r.Witness != api.CMAWitness:
		for _, id := range idsOf(r.Members) {
			s.grouper.Heard(now, id)
		}
	case isOfMany(r.Kind):
	case r.Status == statusUp, r.Status == statusDead && r.State == ring.NanoprobeDown: // the host answers
		s.grouper.Heard(now, subject)
	case r.Status == statusShutdown:
		s.grouper.Left(now, subject)
	}
}

func idsOf(members []ring.Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = string(m.ID)
	}
	return ids
}
