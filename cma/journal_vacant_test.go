package cma

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
)

const (
	siteAddress = "192.0.2.9"
	siteIP      = "site|" + siteAddress
)

func mustPutMoves(t *testing.T, j *Journal, now time.Time, moves ...graph.Move) MovesResult {
	t.Helper()
	result, err := j.PutMoves(moves, now)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// Who had an address that none has is remembered for a day, over restarts.
func TestVacancy(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name  string
		moves string // host to host, "-" is none
		after time.Duration
		want  string
	}{
		{"handed over", "a- -b", ms, "192.0.2.9 a>b 1"},
		{"within the day", "a- -b", vacantTime - ms, "192.0.2.9 a>b 1"},
		{"another day", "a- -b", vacantTime, ""},
		{"the clock was set back", "a- -b", -ms, ""},
		{"taken up again", "a- -a", ms, ""},
		{"taken up again and handed over", "a- -a a- -b", ms, "192.0.2.9 a>b 1"},
		{"taken up again and taken", "a- -a ab", ms, "192.0.2.9 a>b 1"},
		{"given up twice", "a- -b b- -c", moveQuiet, "192.0.2.9 a>b 1, 192.0.2.9 b>c 1"},
		{"new", "-b", ms, ""},
		{"told once", "a- -b -c", moveQuiet, "192.0.2.9 a>b 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			now := time.UnixMilli(1_700_000_000_000)
			for _, m := range strings.Fields(tt.moves) {
				j := openJournal(t, path)
				name := strings.NewReplacer("-", "")
				mustPutMoves(t, j, now, graph.Move{IP: siteIP, From: name.Replace(m[:1]), To: name.Replace(m[1:])})
				now = now.Add(tt.after)
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
			}
			j := openJournal(t, path)
			if got := movesIn(t, j); got != tt.want {
				t.Errorf("told %q, want %q", got, tt.want)
			}
		})
	}
}

// A batch that the graph takes document by document has several moves of an address.
func TestMovesAtOnce(t *testing.T) {
	j := newJournal(t)
	result := mustPutMoves(t, j, time.Now(), graph.Move{IP: siteIP, From: "a"}, graph.Move{IP: siteIP, To: "b"},
		graph.Move{IP: siteIP, From: "b"}, graph.Move{IP: siteIP, To: "c"}, graph.Move{IP: siteIP, From: "c"})
	if got := movesIn(t, j); got != "192.0.2.9 a>b 1" || result.Told != 1 {
		t.Errorf("told %s, %+v", got, result)
	}
	if told, err := j.TellMoves(time.Now().Add(moveQuiet)); err != nil || told != 1 {
		t.Errorf("told %d of the second move, %v", told, err)
	}
	if counts, err := j.Counts(); err != nil || counts.Vacant != 1 {
		t.Errorf("%+v, %v, want the address vacant", counts, err)
	}
}

// Whether an address is nobody's in between or not, and whatever restarts: the same events.
func TestEitherOrderOfAMove(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		at := filepath.Join(t.TempDir(), "nobody's in between.db")
		once, twice := newJournal(t), openJournal(t, at)
		now, had := time.UnixMilli(1_700_000_000_000), "a"
		for range 30 {
			now = now.Add(time.Duration(rng.Int64N(int64(2 * moveQuiet))))
			has := string(rune('a' + rng.IntN(3)))
			if has != had {
				mustPutMoves(t, once, now, graph.Move{IP: siteIP, From: had, To: has})
			}
			mustPutMoves(t, twice, now, graph.Move{IP: siteIP, From: had})
			if rng.IntN(4) == 0 {
				if err := twice.Close(); err != nil {
					t.Fatal(err)
				}
				twice = openJournal(t, at)
			}
			mustPutMoves(t, twice, now, graph.Move{IP: siteIP, To: has})
			had = has
			for _, j := range []*Journal{once, twice} {
				if _, err := j.TellMoves(now); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got, want := movesIn(t, twice), movesIn(t, once); got != want || want == "" {
			t.Errorf("seed %d: told %s, want %s", seed, got, want)
		}
	}
}

func TestVacanciesAreBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	j.maxVacant = 2
	now := time.UnixMilli(1_700_000_000_000)
	leaves := func(host string, last ...int) (moves []graph.Move) {
		for _, n := range last {
			moves = append(moves, graph.Move{IP: fmt.Sprintf("site|10.0.0.%d", n), From: host})
		}
		return moves
	}
	check := func(what string, result MovesResult, forgotten, vacant int) {
		t.Helper()
		counts, err := j.Counts()
		if err != nil || result.Forgotten != forgotten || counts.Vacant != vacant {
			t.Errorf("%s: %+v with %d vacant, %v, want %d forgotten and %d vacant", what, result, counts.Vacant, err, forgotten, vacant)
		}
	}
	check("at the bound", mustPutMoves(t, j, now, leaves("a", 1, 2)...), 0, 2)
	check("once more the same", mustPutMoves(t, j, now, leaves("a", 1)...), 0, 2)
	check("no address of the site", mustPutMoves(t, j, now, graph.Move{IP: "host:a|127.0.0.2", From: "a"}), 0, 2)
	check("above it", mustPutMoves(t, j, now, leaves("a", 3)...), 1, 2) // 2 is the oldest
	for _, n := range []int{1, 2, 3} {
		mustPutMoves(t, j, now, graph.Move{IP: fmt.Sprintf("site|10.0.0.%d", n), To: "b"})
	}
	if got := movesIn(t, j); got != "10.0.0.1 a>b 1, 10.0.0.3 a>b 1" {
		t.Errorf("told %s", got)
	}
	check("taken", mustPutMoves(t, j, now, leaves("b", 1, 2)...), 0, 2)
	check("their time is over", mustPutMoves(t, j, now.Add(vacantTime), leaves("b", 4)...), 0, 1)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	openJournal(t, path) // which compares the counts with what is there
}

// A host that gives an address up before another takes it hands it over all the same, whatever restarts
// in between.
func TestAddressHandedOver(t *testing.T) {
	const has, lacks = `{"eth0": {"ipaddrs": {"192.0.2.9/24": {}}}}`, `{"eth0": {"ipaddrs": {}}}`
	dir := t.TempDir()
	s := start(t, dir, nil)
	tell := func(host string, seq uint64, config string, events int) {
		t.Helper()
		s.send(t, seal(t, host, "netconfig", 1, seq, raw("%s", config)))
		s.settle(t)
		if records, err := s.Journal.Events(0, api.MaxEvents); err != nil || len(records) != events {
			t.Errorf("%s, document %d: %d events, %v, want %d", host, seq, len(records), err, events)
		}
	}
	tell("web1", 1, has, 0)
	tell("web1", 2, lacks, 0)
	s.stop()
	s = start(t, dir, nil)
	tell("web2", 1, has, 1)
	if got := movesIn(t, s.Journal); got != "192.0.2.9 web1>web2 1" {
		t.Errorf("told %s", got)
	}
	status, err := s.client.Status(t.Context())
	if err != nil || status.AddressesVacant != 0 {
		t.Errorf("%+v, %v, want no address vacant", status, err)
	}
}
