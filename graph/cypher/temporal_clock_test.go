package cypher

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestClock: what FromClock makes of a clock that shows a value is the value.
func TestClock(t *testing.T) {
	for _, text := range []string{
		"date('2024-02-29')", "date('-0001-12-31')", "date('+999999999-12-31')",
		"localtime('23:59:59.999999999')", "time('00:30-18:00')", "time('10:00+05:45')",
		"localdatetime('2024-03-31T02:30')", "localdatetime('+999999999-12-31T23:59:59')",
		"datetime('1969-12-31T23:59:59.5Z')", "datetime('2024-03-01T10:00:00.5+02:00')",
		"datetime('2015-10-25T02:30+01:00[Europe/Berlin]')", "datetime('2015-10-25T02:30+02:00[Europe/Berlin]')",
	} {
		v, err := theValue(t, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := v.(Temporal)
		got, err := FromClock(want.Kind(), want.Clock())
		if err != nil || got.Kind() != want.Kind() || got.String() != want.String() || !sameTemporal(got, want) {
			t.Errorf("%s: from its clock %v %v, %v", text, got.Kind(), got, err)
		}
	}
}

// TestClockOfMachine: the machine's own zone has no name that another machine would know.
func TestClockOfMachine(t *testing.T) {
	at := time.Date(2024, 3, 1, 10, 0, 0, 0, time.Local)
	_, offset := at.Zone()
	got, err := FromClock(DateTime, at)
	if want := "2024-03-01T10:00" + offsetText(offset); err != nil || got.String() != want {
		t.Errorf("got %v, %v; want %s", got, err, want)
	}
}

func TestClockRefused(t *testing.T) {
	for want, at := range map[string]time.Time{
		"":            time.Unix(0, 0).In(time.FixedZone("", 18*3600)),
		`"+18:00:01"`: time.Unix(0, 0).In(time.FixedZone("", 18*3600+1)),
		"999999999":   time.Unix(maxDay*secondsPerDay+secondsPerDay, 0).UTC(),
		`"-18:00:01"`: time.Unix(0, 0).In(time.FixedZone("", -18*3600-1)),
	} {
		_, err := FromClock(Time, at)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an error with %q", at, err, want)
		}
	}
}

func TestDurationParts(t *testing.T) {
	d, err := NewDuration(1, -2, 3, -1)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.Parts()); got != "1 -2 2 999999999" {
		t.Errorf("parts %s", got)
	}
	if _, err := NewDuration(maxMonths+1, 0, 0, 0); err == nil || !strings.Contains(err.Error(), "a duration is at most") {
		t.Errorf("too many months: %v", err)
	}
}
