package cma

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

// eventsIn lists what Events returns as "number:kind/witness,witness".
func eventsIn(t *testing.T, j *Journal, after uint64, limit int) string {
	t.Helper()
	records, err := j.Events(after, limit)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range records {
		lines = append(lines, fmt.Sprintf("%d:%s/%s", r.Number, r.Kind, strings.Join(r.Witnesses, ",")))
	}
	return strings.Join(lines, " ")
}

func TestJournalEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	results := mustPutEvents(t, j, time.UnixMilli(50), say(t, "web1", "dead@1+w1 dead@1+w2 dead@1+w1 link@1+w1 link@1+w2 alive@2+w1")...)
	want := []Outcome{Kept, Unchanged, Unchanged, Kept, Kept, Kept}
	for i, r := range results {
		if r.Outcome != want[i] {
			t.Errorf("event %d: outcome %d, want %d", i, r.Outcome, want[i])
		}
	}
	mustPutEvents(t, j, time.UnixMilli(60), say(t, "web1", "alive@2+w3")...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	for _, tt := range []struct {
		after uint64
		limit int
		want  string
	}{
		{0, 9, "1:dead/w1,w2 2:link/w1 3:link/w2 4:alive/w1,w3"},
		{0, 2, "3:link/w2 4:alive/w1,w3"},
		{1, 2, "2:link/w1 3:link/w2"},
		{3, 9, "4:alive/w1,w3"},
		{4, 9, ""},
		{99, 9, ""},
	} {
		if got := eventsIn(t, j, tt.after, tt.limit); got != tt.want {
			t.Errorf("after %d, %d: %q, want %q", tt.after, tt.limit, got, tt.want)
		}
	}
	records, err := j.Events(0, 9)
	if err != nil {
		t.Fatal(err)
	}
	wantFirst := api.EventRecord{
		Number: 1, ID: "id-web1/1/0/dead", Event: say(t, "web1", "dead@1")[0], HostName: "web1",
		Witnesses: []string{"w1", "w2"}, ReceivedMS: 50, Status: "dead", HooksPending: true,
		Testimonies: []api.Testimony{{Witness: "w1", ReceivedMS: 50}, {Witness: "w2", ReceivedMS: 50}},
	}
	if !reflect.DeepEqual(records[0], wantFirst) {
		t.Errorf("event 1\n%+v, want\n%+v", records[0], wantFirst)
	}
	if h, ok, err := j.FindHost("web1"); err != nil || !ok || h.Documents != 0 || h.SeenMS != 50 {
		t.Errorf("the host that was told of is %+v, %v, %v: heard of once, by its death", h, ok, err)
	}
}

// TestJournalWitnesses: of a crowd only so many are kept.
func TestJournalWitnesses(t *testing.T) {
	j := newJournal(t)
	for i := range api.MaxWitnesses + 3 {
		mustPutEvents(t, j, time.Now(), say(t, "web1", fmt.Sprint("dead@1+w", i))...)
	}
	records, err := j.Events(0, 9)
	if err != nil || len(records) != 1 || len(records[0].Witnesses) != api.MaxWitnesses {
		t.Errorf("%+v, %v, want one event with %d witnesses", records, err, api.MaxWitnesses)
	}
}

// TestJournalAlerts: a hook's outcome is kept with its event, which waits until it is ended.
func TestJournalAlerts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1 link@1 alive@2 dead@2")...)
	if got := len(released(t, j)); got != 3 {
		t.Fatalf("%d alerts, want 3", got)
	}
	outcome := api.HookOutcome{Name: "mail", ExitCode: 1, Error: "exit status 1", Tries: 3, Output: "no\nmail"}
	for _, err := range []error{
		j.NoteHook(1, outcome), j.EndAlert(1), j.EndAlert(1), j.EndAlert(2), j.NoteHook(3, outcome),
		j.NoteHook(99, outcome), j.EndAlert(99), j.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	j = openJournal(t, path)
	for _, tt := range []struct {
		after uint64
		limit int
		want  []uint64
	}{{0, 9, []uint64{3, 4}}, {0, 1, []uint64{3}}, {2, 9, []uint64{4}}, {3, 9, nil}} {
		var got []uint64
		alerts, err := j.Alerts(tt.after, tt.limit)
		for _, a := range alerts {
			got = append(got, a.Event.Number)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("after %d, %d: %v, %v, want %v", tt.after, tt.limit, got, err, tt.want)
		}
	}
	records, err := j.Events(0, 9)
	if err != nil || len(records) != 4 || records[0].HooksPending || !records[2].HooksPending {
		t.Fatalf("%+v, %v, want the first to be over and the third not", records, err)
	}
	if got := records[0].Hooks; len(got) != 1 || got[0] != outcome {
		t.Errorf("hooks of event 1: %+v, want %+v", got, outcome)
	}
	if counts, err := j.Counts(); err != nil || counts.Events != 4 || counts.Alerts != 2 {
		t.Errorf("counts %+v, %v, want 4 events and 2 alerts", counts, err)
	}
}

// TestJournalForgetsEvents: the oldest go, but none whose hooks are still to run.
func TestJournalForgetsEvents(t *testing.T) {
	j := newJournal(t)
	j.maxEvents = 3
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1 link@1+a link@1+b link@1+c link@1+d link@1+e")...)
	if got, want := eventsIn(t, j, 0, 99), "1:dead/w1 4:link/c 5:link/d 6:link/e"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	released(t, j)
	if err := j.EndAlert(1); err != nil {
		t.Fatal(err)
	}
	mustPutEvents(t, j, time.Now(), say(t, "web1", "link@1+c")...) // known, so it pushes nobody out
	if got, want := eventsIn(t, j, 0, 99), "4:link/c 5:link/d 6:link/e"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if counts, err := j.Counts(); err != nil || counts.Events != 3 || counts.Alerts != 0 {
		t.Errorf("counts %+v, %v", counts, err)
	}
	// One that was forgotten and is told again: news, but no second alert.
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1")...)
	if got, want := eventsIn(t, j, 0, 99), "5:link/d 6:link/e 7:dead/w1"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if alerts, err := j.Alerts(0, 9); err != nil || len(alerts) != 0 {
		t.Errorf("alerts %+v, %v, want none", alerts, err)
	}
}

// TestJournalTooManyAlerts: what hooks can't be run for is not taken, and nothing of it stays.
func TestJournalTooManyAlerts(t *testing.T) {
	j := newJournal(t)
	j.maxAlerts = 1
	events := say(t, "web1", "dead@1 alive@2")
	if _, err := j.PutEvents(events, time.Now()); !errors.Is(err, ErrTooManyAlerts) {
		t.Errorf("%v, want %v", err, ErrTooManyAlerts)
	}
	if got := eventsIn(t, j, 0, 9); got != "" || statusIn(t, j, "web1") != "" {
		t.Errorf("kept %q, status %q, of a batch that was refused", got, statusIn(t, j, "web1"))
	}
	mustPutEvents(t, j, time.Now(), events[0])
	mustPutEvents(t, j, time.Now(), say(t, "web1", "link@1")...)
	released(t, j)
	if err := j.EndAlert(1); err != nil {
		t.Fatal(err)
	}
	mustPutEvents(t, j, time.Now(), events[1])
}

// TestJournalEventOfStrangers: a host that can't be noted is told of all the same, without a status.
func TestJournalEventOfStrangers(t *testing.T) {
	j := newJournal(t)
	j.maxHosts = 1
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"))
	impostor := say(t, "other", "dead@1")[0]
	impostor.Subject.Name = "web1"
	mustPutEvents(t, j, time.Now(), append(say(t, "web2", "dead@1"), impostor)...)
	records, err := j.Events(0, 9)
	if err != nil || len(records) != 2 || records[0].Status != "" || records[1].Status != "" || records[1].HostName != "web1" {
		t.Errorf("%+v, %v, want two events without a status", records, err)
	}
	if h, ok, err := j.FindHost("web1"); err != nil || !ok || h.ID != "id-web1" {
		t.Errorf("web1 is %+v, %v, %v", h, ok, err)
	}
	if got := statusIn(t, j, "other"); got != "" {
		t.Errorf("the impostor's status is %q", got)
	}
}

// TestJournalHeld: what is held is no alert, can't be ended, and outlives a restart.
func TestJournalHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1")...)
	if err := errors.Join(j.EndAlert(1), j.Close()); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	if alerts, err := j.Alerts(0, 9); err != nil || len(alerts) != 0 {
		t.Errorf("alerts %+v, %v, want none", alerts, err)
	}
	if counts, err := j.Counts(); err != nil || counts.Held != 1 || counts.Alerts != 1 {
		t.Errorf("counts %+v, %v, want 1 held", counts, err)
	}
	if alerts := released(t, j); len(alerts) != 1 || alerts[0].Event.Held || !alerts[0].Event.HooksPending {
		t.Errorf("released %+v, want the death", alerts)
	}
	if counts, err := j.Counts(); err != nil || counts.Held != 0 || counts.Alerts != 1 {
		t.Errorf("counts %+v, %v, want none held", counts, err)
	}
}
