package cma

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const statuses = "MATCH (h:Host) RETURN h.name, h.status, h.reason, h.boot, h.epoch, h.status_since_ms > 0 ORDER BY h.name"

// writeHook makes dir with one hook, a shell script.
func writeHook(t *testing.T, dir, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "hook"), []byte("#!/bin/sh\n"+text+"\n"), 0o755)); err != nil {
		t.Fatal(err)
	}
}

func (s *server) report(t *testing.T, host, words string) api.Stored {
	t.Helper()
	stored, err := s.client.SendEvents(t.Context(), api.Events{Events: say(t, host, words)})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// over waits until no hook is still to run, and returns all events.
func (s *server) over(t *testing.T) []api.EventRecord {
	t.Helper()
	for {
		news := s.news.next()
		status, err := s.client.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if status.HooksPending == 0 {
			break
		}
		select {
		case <-news:
		case <-time.After(20 * time.Second):
			t.Fatal("hooks are still to run after 20 s")
		}
	}
	records, err := s.client.Events(t.Context(), 0, api.MaxEvents, 0)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestFromEventToHook: two witnesses tell of a death and of the return; the graph says so, and the hook
// runs once for each.
func TestFromEventToHook(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	writeHook(t, dir+"/notification.d", `echo "$1 $2 $ASSIM_designation $ASSIM_status" | tee -a `+ran)
	s := start(t, dir, func(c *Config) { c.HookDir = dir + "/notification.d" })
	s.send(t, seal(t, "web1", "os", 1, 1, raw(`{}`)), seal(t, "db1", "os", 1, 1, raw(`{}`)))
	for _, witness := range []string{"w1", "w2", "w1"} {
		if stored := s.report(t, "web1", "dead@1+"+witness); stored.Stored != 1 || len(stored.Refused) != 0 {
			t.Errorf("%+v, want 1 stored", stored)
		}
	}
	s.settle(t)
	if got, want := s.rows(t, api.Query{Cypher: statuses}), `["db1",null,null,null,null,null]`+"\n"+`["web1","dead","host dead",1,0,true]`; got != want {
		t.Errorf("in the graph\n%s\nwant\n%s", got, want)
	}
	if got := s.rows(t, api.Query{Name: "down"}); got != `["web1","dead"]` {
		t.Errorf("down: %s", got)
	}
	hosts, err := s.client.Hosts(t.Context())
	if err != nil || len(hosts) != 2 {
		t.Fatal(hosts, err)
	}
	if db, web := hosts[0], hosts[1]; db.Status != "up" || db.SinceMS != 0 || web.Status != "dead" || web.Reason != "host dead" || web.SinceMS == 0 || web.Documents != 1 {
		t.Errorf("hosts %+v", hosts)
	}
	s.over(t)
	s.report(t, "web1", "link@1+w3 alive@2+w2")
	records := s.over(t)
	if len(records) != 3 || records[1].Hooks != nil || strings.Join(records[0].Witnesses, " ") != "w1 w2" {
		t.Fatalf("%+v, want three events, the first of two witnesses, the second without hooks", records)
	}
	for i, want := range map[int]string{0: "down Drone web1 dead", 2: "up Drone web1 up"} {
		r := records[i]
		if len(r.Hooks) != 1 || r.Hooks[0].Name != "hook" || r.Hooks[0].Output != want || r.Hooks[0].Tries != 1 || r.HooksPending {
			t.Errorf("event %d: %+v, want output %q", i+1, r, want)
		}
	}
	if b, err := os.ReadFile(ran); err != nil || string(b) != "down Drone web1 dead\nup Drone web1 up\n" {
		t.Errorf("ran %q, %v, want once each", b, err)
	}
	status := s.settle(t)
	if status.Events != 3 || status.EventsReceived != 5 || status.EventsDuplicate != 2 || status.EventsRefused != 0 ||
		status.HooksRun != 2 || status.HooksFailed != 0 || status.Documents != 2 {
		t.Errorf("%+v, want 3 events of 5 reports, 2 of them duplicates, and 2 runs", status)
	}
	detail, err := s.client.HostDetail(t.Context(), "web1")
	if err != nil || detail.Status != "up" || len(detail.Sealed) != 1 {
		t.Errorf("detail %+v, %v, want it up, with its one document", detail, err)
	}
}

// TestAfterACrash: an event that was durable when the CMA ended has its hook run, and a status its place
// in the graph, though the graph's file is lost as well.
func TestAfterACrash(t *testing.T) {
	dir := t.TempDir()
	writeHook(t, dir+"/notification.d", "echo ran")
	j := openJournal(t, filepath.Join(dir, "journal.db"))
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1 alive@2 shutdown@2.1")...)
	if err := errors.Join(j.NoteHook(1, api.HookOutcome{Name: "hook", Output: "ran before"}), j.Close()); err != nil {
		t.Fatal(err)
	}
	configure := func(c *Config) { c.HookDir = dir + "/notification.d" }
	s := start(t, dir, configure)
	for i, want := range []string{"ran before", "ran", "ran"} {
		if r := s.over(t)[i]; len(r.Hooks) != 1 || r.Hooks[0].Output != want {
			t.Errorf("event %d: %+v, want one run with output %q", i+1, r.Hooks, want)
		}
	}
	s.settle(t)
	s.stop()
	s = start(t, dir, func(c *Config) {
		configure(c)
		fresh, err := embedded.Open(filepath.Join(dir, "fresh.db"), slog.New(slog.DiscardHandler))
		if err := errors.Join(err, c.Store.Close()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { fresh.Close() })
		c.Store = fresh
	})
	s.settle(t)
	if got, want := s.rows(t, api.Query{Cypher: statuses}), `["web1","shutdown","shut down",2,1,true]`; got != want {
		t.Errorf("in the new graph %s, want %s", got, want)
	}
	if status := s.settle(t); status.HooksRun != 0 || status.Documents != 0 || status.Hosts != 1 {
		t.Errorf("%+v, want no hook run again", status)
	}
}

// TestFollow: a caller that waits for events gets the next one when it comes, or none when its time or
// the CMA's is over. Time is virtual.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t)
		tests := []struct {
			after  int
			happen func()
			want   int // number of the one event; 0: none
			took   time.Duration
		}{
			{0, func() {}, 0, 20 * time.Second},
			{0, func() {
				time.Sleep(5 * time.Second)
				mustPutEvents(t, c.Journal, time.Now(), say(t, "web1", "dead@1")...)
				c.tell()
			}, 1, 5 * time.Second},
			{1, func() { c.tell() }, 0, 20 * time.Second}, // of something else
			{1, func() { mustPutEvents(t, c.Journal, time.Now(), say(t, "web1", "dead@2")...); c.tell() }, 2, 0},
			{1, func() {}, 2, 0}, // it is there already
			{2, func() { time.Sleep(time.Second); close(c.ending) }, 0, time.Second},
		}
		for i, tt := range tests {
			begin := time.Now()
			got := make(chan []api.EventRecord)
			go func() {
				records, err := c.events(httptest.NewRequest("GET", fmt.Sprintf("/v1/events?wait=20&after=%d", tt.after), nil))
				if err != nil || records == nil {
					t.Errorf("%d: %v, %v", i, records, err)
				}
				got <- records
			}()
			synctest.Wait() // until it waits, or has come back
			tt.happen()
			records := <-got
			if took := time.Since(begin); took != tt.took || len(records) != min(tt.want, 1) || tt.want > 0 && records[0].Number != uint64(tt.want) {
				t.Errorf("%d: %+v after %v, want event %d after %v", i, records, took, tt.want, tt.took)
			}
		}
	})
}

// idle is a CMA that does not run.
func idle(t *testing.T) *CMA {
	t.Helper()
	dir := t.TempDir()
	store, err := embedded.Open(filepath.Join(dir, "graph.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	c, err := New(Config{
		Listener: new(net.TCPListener), Installation: mustInit(t, dir, time.Now()), Journal: newJournal(t), Store: store,
		Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestFollowOverHTTPS: neither side gives up too soon.
func TestFollowOverHTTPS(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	begin := time.Now()
	records, err := s.client.Events(t.Context(), 0, 10, time.Second)
	if took := time.Since(begin); err != nil || records == nil || len(records) != 0 || took < time.Second {
		t.Errorf("%v, %v after %v, want an empty list after a second", records, err, took)
	}
}

// TestManyFollowers: beyond those that may wait, a caller is told to come again.
func TestManyFollowers(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for range maxFollowers {
		s.followers <- struct{}{}
	}
	var got *api.Error
	if _, err := s.client.Events(t.Context(), 0, 1, 0); !errors.As(err, &got) || got.Code != api.CodeUnavailable {
		t.Errorf("%v, want unavailable", err)
	}
}

func TestParseEventsQuery(t *testing.T) {
	tests := []struct {
		query string
		want  eventsQuery
		err   string
	}{
		{"", eventsQuery{0, api.MaxEvents, 0}, ""},
		{"after=7&limit=1&wait=30", eventsQuery{7, 1, 30 * time.Second}, ""},
		{"wait=31", eventsQuery{0, api.MaxEvents, api.MaxEventsWait}, ""},
		{"wait=9223372036854775807", eventsQuery{0, api.MaxEvents, api.MaxEventsWait}, ""},
		{"limit=0", eventsQuery{}, "limit 0, it is 1 to 256"},
		{"limit=257", eventsQuery{}, "limit 257, it is 1 to 256"},
		{"after=-1", eventsQuery{}, `after: "-1" is not a number`},
		{"after=18446744073709551615", eventsQuery{}, "is not a number"},
		{"since=1", eventsQuery{}, `"since" is none of after, limit and wait`},
	}
	for _, tt := range tests {
		values, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseEventsQuery(values)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %+v, %v, want %+v, %q", tt.query, got, err, tt.want, tt.err)
		}
	}
}

// outage is an event of many hosts.
func outage(kind ring.Kind, segment string, hosts int) ring.Event {
	e := ring.Event{Kind: kind, Witness: "w1", Segment: segment, Incident: "i"}
	for i := range hosts {
		id := fmt.Sprint("h", i)
		e.Members = append(e.Members, ring.Member{ID: ring.HostID(id), Name: id, Boot: 1})
	}
	return e
}

// TestLargestEvent: an event of as many hosts as there may be is kept whole.
func TestLargestEvent(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	e := outage(ring.SwitchDown, "switch:s1", ring.MaxMembers)
	if stored, err := s.client.SendEvents(t.Context(), api.Events{Events: []ring.Event{e}}); err != nil || stored.Stored != 1 {
		t.Fatalf("%+v, %v", stored, err)
	}
	records, err := s.client.Events(t.Context(), 0, 9, 0)
	if err != nil || len(records) != 1 || !reflect.DeepEqual(records[0].Members, e.Members) || records[0].Hosts != ring.MaxMembers {
		t.Errorf("%.300v, %v, want all members", records, err)
	}
}

// TestRefusedEvents: each bad one is refused by its id, and the good one among them is stored.
func TestRefusedEvents(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	long := strings.Repeat("x", maxTextBytes+1)
	tests := []struct {
		reason string
		spoil  func(*ring.Event)
	}{
		{`kind "gone" is not known`, func(e *ring.Event) { e.Kind = "gone" }},
		{`state "shut down" does not go with kind "dead"`, func(e *ring.Event) { e.State = ring.ShutDown }},
		{`state "" does not go with kind "dead"`, func(e *ring.Event) { e.State = "" }},
		{`state "host dead" does not go with kind "alive"`, func(e *ring.Event) { e.Kind = ring.Alive }},
		{`a second host goes with "cloned"`, func(e *ring.Event) { e.Other = &ring.Member{} }},
		{`a second host goes with "cloned"`, func(e *ring.Event) { e.Kind, e.State = ring.Cloned, "" }},
		{"second host: host is empty", func(e *ring.Event) { e.Kind, e.State, e.Other = ring.Cloned, "", &ring.Member{ID: "x", Boot: 1} }},
		{"subject: host_id is empty", func(e *ring.Event) { e.Subject.ID = "" }},
		{`"web#1"`, func(e *ring.Event) { e.Subject.Name = "web#1" }},
		{"boot 0, it starts at 1", func(e *ring.Event) { e.Subject.Boot = 0 }},
		{"boot 9223372036854775808 is above", func(e *ring.Event) { e.Subject.Boot = 1 << 63 }},
		{"subject: address: 256 bytes, at most 255", func(e *ring.Event) { e.Subject.Addr = long }},
		{`subject: address: "a\x00b" has a character`, func(e *ring.Event) { e.Subject.Addr = "a\x00b" }},
		{"witness: host id is empty", func(e *ring.Event) { e.Witness = "" }},
		{"witness: 256 bytes, at most 255", func(e *ring.Event) { e.Witness = ring.HostID(long) }},
		{"seconded by 17 hosts, at most 16", func(e *ring.Event) { e.SecondedBy = make([]ring.HostID, api.MaxWitnesses+1) }},
		{"seconded by: host id is empty", func(e *ring.Event) { e.SecondedBy = []ring.HostID{""} }},
		{"none is below 0", func(e *ring.Event) { e.SilentMS = -1 }},
		{"none is below 0", func(e *ring.Event) { e.RTTMicros = -1 }},
		{"none is below 0", func(e *ring.Event) { e.Returns = -1 }},
		{"asked 17 hosts, at most 16", func(e *ring.Event) { e.Asked = make([]ring.HostID, api.MaxWitnesses+1) }},
		{"asked: host id is empty", func(e *ring.Event) { e.Asked = []ring.HostID{""} }},
		{"loss of 101 %", func(e *ring.Event) { e.LossPct = 101 }},
		{"loss of -1 %", func(e *ring.Event) { e.LossPct = -1 }},
		{`dial "maybe" is none of`, func(e *ring.Event) { e.Dial = "maybe" }},
		{"signature of 63 bytes, it has 64", func(e *ring.Event) { e.Signature = make([]byte, 63) }},
		{"about one host", func(e *ring.Event) { e.Incident = "i" }},
		{"about one host", func(e *ring.Event) { e.Segment = "rack:r" }},
		{`kind "ring unreachable" does not go with ring "" and segment ""`, func(e *ring.Event) { *e = outage(ring.RingLost, "", 3) }},
		{`kind "switch down" does not go with ring "" and segment "rack:r"`, func(e *ring.Event) { *e = outage(ring.SwitchDown, "rack:r", 3) }},
		{`kind "segment unreachable" does not go`, func(e *ring.Event) { *e = outage(ring.SegmentDown, "switch:s", 3) }},
		{`kind "restored" does not go`, func(e *ring.Event) { *e = outage(ring.Restored, "", 3) }},
		{`segment "rack" is not KIND:VALUE`, func(e *ring.Event) { *e = outage(ring.SegmentDown, "rack", 3) }},
		{"0 members, 1 to 320", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 0) }},
		{"321 members, 1 to 320", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 321) }},
		{"host count of 2 with 3 members", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.HostCount = 2 }},
		{"host count of -1", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.HostCount = -1 }},
		{"at most 1000000", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.HostCount = 1_000_001 }},
		{"about one host", func(e *ring.Event) { e.HostCount = 1 }},
		{"about one host", func(e *ring.Event) { e.Address = "192.0.2.1" }},
		{`kind "address moved" is not known`, func(e *ring.Event) { e.Kind, e.State = ring.AddressMoved, "" }},
		{"member: host is empty", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.Members[2] = ring.Member{} }},
		{"incident is empty", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.Incident = "" }},
		{"256 bytes, at most 255", func(e *ring.Event) { *e = outage(ring.SwitchDown, "switch:s", 3); e.Incident = long }},
	}
	var events []ring.Event
	for _, tt := range tests {
		e := say(t, "web1", "dead@1")[0]
		tt.spoil(&e)
		events = append(events, e)
	}
	stored, err := s.client.SendEvents(t.Context(), api.Events{Events: append(events, say(t, "web1", "dead@1")...)})
	if err != nil || stored.Stored != 1 || len(stored.Refused) != len(tests) {
		t.Fatalf("%+v, %v, want 1 stored and %d refused", stored, err, len(tests))
	}
	for i, tt := range tests {
		if r := stored.Refused[i]; r.Instance != events[i].ID() || !strings.Contains(r.Reason, tt.reason) {
			t.Errorf("refused %+v, want %q because of %q", r, events[i].ID(), tt.reason)
		}
	}
	if status := s.settle(t); status.EventsReceived != uint64(len(tests))+1 || status.EventsRefused != uint64(len(tests)) {
		t.Errorf("%+v, want %d refused", status, len(tests))
	}
}

// FuzzEvent: whatever a witness says, it is refused or can be kept and come to the graph.
func FuzzEvent(f *testing.F) {
	events := say(f, "web1", "dead@1 alive@2.1 shutdown@3 link@1 cloned@1 flapping@1 settled@1")
	events = append(events, outage(ring.SwitchDown, "switch:s1", 3), outage(ring.Restored, "rack:r", 2), events[0].Sign(keyOf(1)))
	for _, e := range events {
		b, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	j := newJournal(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var e ring.Event
		if json.Unmarshal(b, &e) != nil || validateEvent(e) != nil {
			return
		}
		if results, err := j.PutEvents([]ring.Event{e}, time.Now()); err != nil || len(results) != 1 {
			t.Errorf("%+v: not kept: %v", e, err)
		}
		d := cause.Decision{Kind: cause.Opened, Hosts: idsOf(e.Members), Incident: e.Incident, Segment: segmentOf(e)}
		if err := j.Decide(cause.Ready{Decisions: []cause.Decision{d}}, time.Now()); isOfMany(e.Kind) && err != nil {
			t.Errorf("%+v: not decided on: %v", e, err)
		}
		s, says := statusOf(e, time.Now())
		if !says {
			return
		}
		doc, err := s.document(HostRecord{ID: string(e.Subject.ID), Name: e.Subject.Name}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := readStatus(doc); err != nil || back != s {
			t.Errorf("read back %+v, %v, want %+v", back, err, s)
		}
		if _, err := derive.Derive(doc, nil); err != nil {
			t.Error(err)
		}
	})
}
