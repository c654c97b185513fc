package cma

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// movesIn lists the events about addresses: "192.0.2.9 a>b 2" is the second move that one tells of.
func movesIn(t *testing.T, j *Journal) string {
	t.Helper()
	records, err := j.Events(0, api.MaxEvents)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range records {
		if r.Kind == ring.AddressMoved {
			list = append(list, fmt.Sprintf("%s %s>%s %d", r.Address, r.Other.Name, r.Subject.Name, r.Returns))
		}
	}
	return strings.Join(list, ", ")
}

func TestMovesAreDamped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	begin := time.UnixMilli(1_700_000_000_000)
	var want []string
	for _, step := range []struct {
		after time.Duration
		move  string // or nothing: only the clock is looked at
		tells string
	}{
		{0, "a b", "192.0.2.9 a>b 1"},
		{time.Minute, "b a", ""},
		{2 * time.Minute, "a b", ""},
		{moveQuiet - time.Millisecond, "", ""},
		{moveQuiet, "", "192.0.2.9 a>b 2"},
		{moveQuiet + time.Minute, "b a", ""},
		{2 * moveQuiet, "", "192.0.2.9 b>a 1"}, // it stays where it was when that was told
		{3*moveQuiet - time.Millisecond, "a b", ""},
		{3 * moveQuiet, "b a", "192.0.2.9 b>a 2"}, // before the clock was looked at
		{4 * moveQuiet, "", ""},                   // forgotten
		{4*moveQuiet + time.Second, "a b", "192.0.2.9 a>b 1"},
		{time.Hour, "", ""},
		{time.Hour, "b a", "192.0.2.9 b>a 1"},
		{0, "a b", "192.0.2.9 a>b 1"}, // the clock was set back
	} {
		now := begin.Add(step.after)
		var err error
		if from, to, ok := strings.Cut(step.move, " "); ok {
			_, err = j.PutMoves([]graph.Move{{IP: "site|192.0.2.9", From: from, To: to}}, now)
		} else {
			_, err = j.TellMoves(now)
		}
		if err != nil {
			t.Fatal(err)
		}
		if step.tells != "" {
			want = append(want, step.tells)
		}
		if got := movesIn(t, j); got != strings.Join(want, ", ") {
			t.Fatalf("after %v %q: told %s, want %s", step.after, step.move, got, want)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		j = openJournal(t, path) // nothing of it hangs on the process
	}
}

func TestMovesAreBounded(t *testing.T) {
	j := newJournal(t)
	j.maxMoving, j.maxAlerts = 2, 1
	now := time.UnixMilli(1_700_000_000_000)
	moves := []graph.Move{
		{IP: "host:a|127.0.0.2", From: "a", To: "b"}, {IP: "site|1.0.0.1", From: "a", To: "b"},
		{IP: "site|1.0.0.2", From: "a", To: "b"}, {IP: "site|1.0.0.3", From: "a", To: "b"}, {IP: "site|1.0.0.1", From: "b", To: "a"},
	}
	result, err := j.PutMoves(moves, now)
	if want := (MovesResult{Told: 2, Passed: 1}); err != nil || result != want {
		t.Errorf("%+v, %v, want %+v: one is beyond the bound", result, err, want)
	}
	if got := movesIn(t, j); got != "1.0.0.1 a>b 1, 1.0.0.2 a>b 1" {
		t.Errorf("told %s", got)
	}
	if alerts, err := j.Alerts(0, 10); err != nil || len(alerts) != 1 {
		t.Errorf("hooks wait for %d events, %v, want 1", len(alerts), err)
	}
	for i, want := range []int{1, 0} { // 1.0.0.1 moved again; 1.0.0.2 is forgotten, and then it is
		now = now.Add(moveQuiet)
		if told, err := j.TellMoves(now); err != nil || told != want {
			t.Errorf("look %d: told %d, %v, want %d", i, told, err, want)
		}
	}
	if result, err := j.PutMoves(moves[1:4], now); err != nil || result.Passed != 1 {
		t.Errorf("once forgotten: %+v, %v, want 1 passed over", result, err)
	}
}

// An address that a second host has is an event, which hooks are told of; and no news when the graph is
// made anew.
func TestAddressMoved(t *testing.T) {
	dir := t.TempDir()
	hooks := filepath.Join(dir, "hooks")
	writeHook(t, hooks, `echo "$@" "$ASSIM_designation" "$ASSIM_former_host" "$ASSIM_host"`)
	s := start(t, dir, func(c *Config) { c.HookDir = hooks })
	config := raw(`{"eth0": {"ipaddrs": {"192.0.2.9/24": {}, "127.0.0.1/8": {}}}}`)
	s.send(t, seal(t, "web1", "netconfig", 1, 1, config))
	s.settle(t)
	s.send(t, seal(t, "web2", "netconfig", 1, 1, config))
	s.settle(t)
	const on = "MATCH (i:IP {address: '192.0.2.9'})-[:ON]->(:NIC)-[:PART_OF]->(h:Host) RETURN h.name"
	if got := s.rows(t, api.Query{Cypher: on}); got != `["web2"]` {
		t.Errorf("it is on %s, want web2", got)
	}
	records := s.over(t)
	if len(records) != 1 || len(records[0].Hooks) != 1 || records[0].Hooks[0].Output != "update IPaddrNode 192.0.2.9 web1 web2" {
		t.Fatalf("%+v, want one event with one hook", records)
	}
	if told, err := s.Journal.TellMoves(time.Now().Add(moveQuiet)); err != nil || told != 0 { // else nothing is told anyway
		t.Fatal(told, err)
	}

	s.stop()
	s = start(t, dir, withFreshGraph(t, dir))
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: on}); got != `["web2"]` {
		t.Errorf("in the new graph it is on %s, want web2", got)
	}
	if records := s.over(t); len(records) != 1 {
		t.Errorf("%d events after the graph was made anew, want 1", len(records))
	}
	s.send(t, seal(t, "web2", "netconfig", 1, 2, raw(`{}`)))
	s.settle(t)
	if got := s.rows(t, api.Query{Cypher: on}); got != `["web1"]` {
		t.Errorf("given back it is on %s, want web1", got)
	}
}

// What a graph that was made anew is filled with is no news, and what comes after is; no batch has both.
func TestNoNews(t *testing.T) {
	j := newJournal(t)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, raw(`{}`)), seal(t, "web2", "os", 1, 1, raw(`{}`)))
	if queued, err := j.Attach("made anew"); err != nil || queued != 2 {
		t.Fatal(queued, err)
	}
	for number, want := range map[uint64]bool{1: false, 2: false, 3: true} {
		if got, err := j.isNews(number); err != nil || got != want {
			t.Errorf("version %d is news: %v, %v, want %v", number, got, err, want)
		}
	}
	mustPut(t, j, time.Now(), seal(t, "web3", "os", 1, 1, raw(`{}`)))
	for _, want := range []string{"web1 web2", "web3", ""} {
		batch, err := j.Pending(1000, 1<<30)
		var hosts []string
		for _, h := range batch {
			hosts = append(hosts, h.Host)
		}
		if got := strings.Join(hosts, " "); err != nil || got != want {
			t.Errorf("a batch of %q, %v, want %q", got, err, want)
		}
		markAll(t, j, "")
	}
}
