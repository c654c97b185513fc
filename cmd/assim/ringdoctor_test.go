package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// minute is a time by the CMA's clock, in minutes of an hour.
func minute(n int64) int64 {
	return time.Date(2026, 11, 21, 16, 0, 0, 0, time.UTC).UnixMilli() + n*60_000
}

var doctorNames = map[string]string{"id1": "web1", "id2": "db1", "id3": "db2", "id4": "web2"}

// dead is the death of web1, seen by db1 and db2.
func dead() api.EventRecord {
	return api.EventRecord{
		Event:    ring.Event{Kind: ring.Dead, Subject: ring.Member{ID: "id1", Name: "web1"}, State: ring.HostDead, SilentMS: 6200},
		HostName: "web1", Witnesses: []string{"id2", "id3"}, ReceivedMS: minute(5),
		Testimonies: []api.Testimony{
			{Witness: "id2", Asked: []ring.HostID{"id3", "id4"}, SecondedBy: []ring.HostID{"id3"}, Dial: "silence",
				SilentMS: 6200, RTTMicros: 310, LossPct: 2, Signed: true, ReceivedMS: minute(5)},
			{Witness: "id3", SilentMS: 65_000, ReceivedMS: minute(5)},
		},
	}
}

func TestDiagnosisOfTheDead(t *testing.T) {
	cause := api.EventRecord{Event: ring.Event{Kind: ring.SwitchDown, Segment: "switch:sw1", Members: []ring.Member{{Name: "web1"}, {Name: "web2"}}},
		ReceivedMS: minute(6), Witnesses: []string{api.CMAWitness}}
	d := api.Diagnosis{
		Host:   api.Host{ID: "id1", Name: "web1", Status: "unknown", Reason: "behind switch sw1", SinceMS: minute(5)},
		Events: []api.EventRecord{dead()}, Cause: &cause,
		Watchers: []api.Watcher{{HostID: "id2", Host: "db1", Status: "up", Watches: true, ViewMS: minute(9)}, {HostID: "id9", Status: "dead"}},
		Rings:    []api.RingMember{{Name: "north/0", Members: 64}}, Segments: []string{"rack:r7", "switch:sw1"}, HeardSince: true,
	}
	const want = `web1 is unknown: behind switch sw1, since 2026-11-21T16:05:00Z (5m)
id id1
ring north/0, level 0, 64 members
hangs on rack:r7 switch:sw1
it has sent the CMA something since: it or its way back is alive

explained by
  2026-11-21T16:06:00Z  switch:sw1 is down (2 hosts: web1 web2); seen by cma

what happened
  2026-11-21T16:05:00Z  web1 is dead: host dead, silent for 6.2 s; seen by db1 db2

what the witnesses of the death say
  db1
    heard it last at about 2026-11-21T16:04:53Z, 6.2 s before it said so; round trip 0.3 ms; 2 % of the last 128 heartbeats lost
    asked others: db2 could not reach it either; web2 did not say so
    a TCP connection got no answer: the host or the way to it is down
  db2 (not signed)
    heard it last at about 2026-11-21T16:03:55Z, 1m5s before it said so; 0 % of the last 128 heartbeats lost
    asked nobody: it rests on this witness alone

WATCHER  STATUS  WATCHES IT NOW  TOLD SO
db1      up      yes             1m ago
id9      dead    no              never
`
	if got := diagnosis(d, doctorNames, time.UnixMilli(minute(10))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDiagnosisOfTheLiving(t *testing.T) {
	d := api.Diagnosis{Host: api.Host{ID: "id1", Name: "web1", Status: "up"}, HeardSince: true}
	const want = "web1 is up\nid id1\n\nnobody is known to watch it\n"
	if got := diagnosis(d, doctorNames, time.UnixMilli(minute(10))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTestimonyOfALink(t *testing.T) {
	var b strings.Builder
	testimony(&b, ring.Link, api.Testimony{Witness: "id2", Asked: []ring.HostID{"id3"}, SecondedBy: []ring.HostID{"id3"}, Dial: "refused", Signed: true}, doctorNames)
	for _, want := range []string{"db2 could reach it", "its nanoprobe is not"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, &b)
		}
	}
	if got := dialled("accepted"); !strings.Contains(got, "may be stopped") {
		t.Errorf("accepted: %q", got)
	}
	if got := dialled(""); got != "" {
		t.Errorf("not dialled: %q", got)
	}
}

// TestNews: every kind of event has its sentence.
func TestNews(t *testing.T) {
	var many []ring.Member
	for i := range maxListed + 2 {
		many = append(many, ring.Member{Name: fmt.Sprint("h", i)})
	}
	const host = "web1 "
	for kind, want := range map[ring.Kind]string{
		ring.Dead: host + "is dead: host dead", ring.Alive: host + "is back", ring.Restarted: host + "has restarted",
		ring.Shutdown: host + "was shut down", ring.Link: host + "can't be reached from one neighbour, others reach it",
		ring.LinkUp: host + "can be reached again from everywhere", ring.Isolated: host + "hears nobody and declares nothing",
		ring.Rejoined: host + "hears others again", ring.Cloned: host + "and another host live under one id",
		ring.Flapping:    host + "comes and goes (3 returns); it is told no more until it settles",
		ring.Settled:     host + "comes and goes no more",
		ring.RingLost:    "ring north/0 can't be reached (10 hosts: h0 h1 h2 h3 h4 h5 h6 h7 and 2 more)",
		ring.SwitchDown:  "switch:sw1 is down (10 hosts: h0 h1 h2 h3 h4 h5 h6 h7 and 2 more)",
		ring.SegmentDown: "switch:sw1 can't be reached (10 hosts: h0 h1 h2 h3 h4 h5 h6 h7 and 2 more)",
		ring.Restored:    "switch:sw1 is heard again (10 hosts: h0 h1 h2 h3 h4 h5 h6 h7 and 2 more)",
		"of tomorrow":    "of tomorrow",
	} {
		e := api.EventRecord{HostName: "web1", Event: ring.Event{Kind: kind, State: ring.HostDead, Returns: 3, Ring: "north/0", Segment: "switch:sw1", Members: many}}
		if got := news(e, nil); got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
	e := dead()
	e.HostName, e.Witnesses = "a\x1b[2J", []string{"id2"}
	if got, want := news(e, doctorNames), `a\x1b[2J is dead: host dead, silent for 6.2 s; seen by db1`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestListed(t *testing.T) {
	var members []ring.Member
	for i := range maxListed {
		members = append(members, ring.Member{Name: fmt.Sprint(i)})
	}
	for _, tt := range []struct {
		members []ring.Member
		count   int
		want    string
	}{
		{nil, 0, ""},
		{members[:1], 1, "0"},
		{members, maxListed, "0 1 2 3 4 5 6 7"},
		{append(members, ring.Member{Name: "8"}), maxListed + 1, "0 1 2 3 4 5 6 7 and 1 more"},
		{members[:2], 9, "0 1 and 7 more"},
	} {
		if got := listed(tt.members, tt.count); got != tt.want {
			t.Errorf("%d of %d: %q, want %q", len(tt.members), tt.count, got, tt.want)
		}
	}
}
