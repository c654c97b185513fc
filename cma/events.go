package cma

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxFollowers bounds the requests that wait for an event.
const maxFollowers = 64

// report takes what witnesses have to say. It answers when that is durable.
func (c *CMA) report(r *http.Request) (api.Stored, error) {
	var sent api.Events
	if err := c.decode(r, &sent); err != nil {
		return api.Stored{}, err
	}
	if n := len(sent.Events); n > api.MaxEvents {
		return api.Stored{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d events, at most %d", n, api.MaxEvents)
	}
	var stored api.Stored
	var valid []ring.Event
	for _, e := range sent.Events {
		key, err := c.Journal.Key(string(e.Witness))
		if err != nil {
			return api.Stored{}, err
		}
		err = validateEvent(e)
		if err == nil && len(key) > 0 && !e.Verify(key) {
			c.stats.signaturesRefused.Add(1)
			err = fmt.Errorf("witness %q has shown a key, by which the event is not signed", e.Witness)
		}
		if err != nil {
			stored.Refused = append(stored.Refused, api.Refused{Instance: e.ID(), Reason: err.Error()})
			continue
		}
		valid = append(valid, e)
	}
	results, err := c.Journal.PutEvents(valid, time.Now())
	if err != nil {
		return api.Stored{}, err
	}
	for _, e := range valid {
		c.roll.call(string(e.Witness))
	}
	stored.Stored = len(results)
	c.stats.eventsReceived.Add(uint64(len(sent.Events)))
	c.stats.eventsRefused.Add(uint64(len(stored.Refused)))
	for _, result := range results {
		if result.Outcome == Unchanged {
			c.stats.eventsDuplicate.Add(1)
		}
	}
	c.tell()
	return stored, nil
}

// tell wakes all who wait for events or for what they say of hosts.
func (c *CMA) tell() {
	c.roll.wake()
	c.notify()
	c.hooks.Wake()
	c.news.ring()
}

// events answers with events, when there are some or the time to wait is over.
func (c *CMA) events(r *http.Request) ([]api.EventRecord, error) {
	return follow(c, r, c.Journal.Events)
}

// follow answers with what read finds, when there is some or the time to wait is over.
func follow[T any](c *CMA, r *http.Request, read func(after uint64, limit int) ([]T, error)) ([]T, error) {
	q, err := parseEventsQuery(r.URL.Query())
	if err != nil {
		return nil, err
	}
	select {
	case c.followers <- struct{}{}:
		defer func() { <-c.followers }()
	default:
		return nil, refuse(http.StatusServiceUnavailable, api.CodeUnavailable, "%d requests are waiting for events", maxFollowers)
	}
	over := time.After(q.wait)
	for {
		news := c.news.next() // before the look, lest one that comes between is missed
		records, err := read(q.after, q.limit)
		if err != nil || len(records) > 0 || q.wait == 0 {
			return orEmpty(records), err
		}
		select {
		case <-news:
		case <-over:
			q.wait = 0
		case <-c.ending:
			q.wait = 0
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

// orEmpty makes an empty list of none, which as JSON would be null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

type eventsQuery struct {
	after uint64
	limit int
	wait  time.Duration
}

// parseEventsQuery reads "after=NUMBER&limit=N&wait=SECONDS", of which any may be missing.
func parseEventsQuery(values url.Values) (eventsQuery, error) {
	q := map[string]uint64{"after": 0, "limit": api.MaxEvents, "wait": 0}
	for name := range values {
		if _, ok := q[name]; !ok {
			return eventsQuery{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%q is none of after, limit and wait", name)
		}
		n, err := strconv.ParseUint(values.Get(name), 10, 63)
		if err != nil {
			return eventsQuery{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%s: %q is not a number", name, values.Get(name))
		}
		q[name] = n
	}
	if q["limit"] < 1 || q["limit"] > api.MaxEvents {
		return eventsQuery{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "limit %d, it is 1 to %d", q["limit"], api.MaxEvents)
	}
	maxWait := uint64(api.MaxEventsWait / time.Second)
	return eventsQuery{
		after: q["after"], limit: int(q["limit"]), wait: time.Duration(min(q["wait"], maxWait)) * time.Second,
	}, nil
}

// bell wakes all who wait, each once.
type bell struct {
	mu   sync.Mutex
	rung chan struct{}
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

// next is closed at the next ring.
func (b *bell) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}
