package cypher

import (
	"maps"
	"slices"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// dateUnits are what a date can be cut down to: its first day.
var dateUnits = map[string]func(day int64) int64{
	"millennium": func(day int64) int64 { return yearsStart(day, 1000) },
	"century":    func(day int64) int64 { return yearsStart(day, 100) },
	"decade":     func(day int64) int64 { return yearsStart(day, 10) },
	"year":       func(day int64) int64 { return yearsStart(day, 1) },
	"weekYear":   func(day int64) int64 { year, _ := weekOf(day); return firstMonday(year) },
	"quarter":    func(day int64) int64 { year, month, _ := civil(day); return quarterStart(year, quarterOf(month)) },
	"month":      func(day int64) int64 { year, month, _ := civil(day); return dayOf(year, month, 1) },
	"week":       func(day int64) int64 { return day - weekDay(day) + 1 },
	"day":        func(day int64) int64 { return day },
}

// clockUnits are what a time can be cut down to, in nanoseconds.
var clockUnits = map[string]int64{
	"day": nanosPerDay, "hour": 3600 * nanosPerSecond, "minute": 60 * nanosPerSecond, "second": nanosPerSecond,
	"millisecond": 1_000_000, "microsecond": 1_000,
}

// yearsStart is the first day of the year that is a multiple of n, towards the year 0.
func yearsStart(day, n int64) int64 {
	year, _, _ := civil(day)
	return dayOf(year/n*n, 1, 1)
}

// truncateTemporal makes a value of a kind of another, cut down to a unit; then fields replace what
// they name.
func truncateTemporal(kind TemporalKind, unit string, of Temporal, fields map[string]any, load zones) (Temporal, error) {
	date, clock := dateUnits[unit], clockUnits[unit]
	switch {
	case date == nil && clock == 0:
		names := slices.AppendSeq(slices.Collect(maps.Keys(clockUnits)), maps.Keys(dateUnits))
		e := temporalErrorf("unknown unit %q", unit)
		e.Nearest = spelling.Nearest(unit, names)
		return Temporal{}, e
	case (date == nil || !kind.hasDate()) && !(kind.hasTime() && of.kind.hasTime()):
		return Temporal{}, temporalErrorf("a %s of a %s has no %s", kind, of.kind, unit)
	case clock == 0 && !kind.hasDate():
		return Temporal{}, temporalErrorf("a %s cannot be cut down to a %s", kind, unit)
	}
	t, err := of.as(kind)
	if err != nil {
		return Temporal{}, err
	}
	if date != nil && kind.hasDate() {
		t.day = date(t.day)
	}
	t.nano -= t.nano % max(clock, 1)
	if clock == 0 {
		t.nano = 0
	}
	return t.overlaid(unit, fields, load)
}

// overlaid replaces what fields name. What a cut has left of the second is a field like them, which
// smaller ones add to.
func (t Temporal) overlaid(unit string, fields map[string]any, load zones) (Temporal, error) {
	f := &fieldReader{kind: t.kind, fields: maps.Clone(fields)}
	f.only(t.kind.fields())
	if f.has("date", "time", "datetime") {
		f.fail("truncate takes no other value among its fields")
	}
	if f.fields == nil {
		f.fields = map[string]any{}
	}
	if kept := t.nano % nanosPerSecond; unit == "millisecond" && !f.has("millisecond") {
		f.fields["millisecond"] = kept / 1_000_000
	} else if unit == "microsecond" && !f.has("millisecond", "microsecond") {
		f.fields["microsecond"] = kept / 1_000
	}
	base := t
	if f.has("timezone") {
		base.kind = LocalDateTime // the clock shows the same in the zone that is given
	}
	return f.build(&base, &base, load)
}
