package cypher

import (
	"maps"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// fieldReader reads the map that a temporal value is made of. It keeps the first error, so that its
// users read on and look once.
type fieldReader struct {
	kind   TemporalKind
	fields map[string]any
	err    error
}

var (
	dateFields  = []string{"date", "year", "month", "day", "week", "dayOfWeek", "ordinalDay", "quarter", "dayOfQuarter"}
	clockFields = []string{"time", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}
)

// fields returns the names of the fields that a kind takes.
func (k TemporalKind) fields() []string {
	var names []string
	if k.hasDate() {
		names = append(names, dateFields...)
	}
	if k.hasTime() {
		names = append(names, clockFields...)
	}
	if k.hasDate() && k.hasTime() {
		names = append(names, "datetime")
	}
	if k.hasZone() {
		names = append(names, "timezone")
	}
	return names
}

// unknownField is the error for a name that is none of those known.
func unknownField(of, name string, known []string) error {
	e := temporalErrorf("a %s has no field %q", of, name)
	e.Nearest = spelling.Nearest(name, known)
	return e
}

func (f *fieldReader) fail(format string, args ...any) {
	if f.err == nil {
		f.err = temporalErrorf(format, args...)
	}
}

// has reports whether any of the fields is there.
func (f *fieldReader) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := f.fields[name]; return ok })
}

// only refuses fields that are not among those named.
func (f *fieldReader) only(names []string) {
	for _, name := range slices.Sorted(maps.Keys(f.fields)) {
		if !slices.Contains(names, name) {
			f.err = unknownField(f.kind.String(), name, names)
			return
		}
	}
}

// integer reads a field within bounds; without it, the value is otherwise.
func (f *fieldReader) integer(name string, least, most, otherwise int64) int64 {
	v, ok := f.fields[name]
	if !ok {
		return otherwise
	}
	n, ok := v.(int64)
	switch {
	case !ok:
		f.fail("%s of a %s needs an integer, not %s", name, f.kind, describe(v))
	case n < least || n > most:
		f.fail("%s of a %s is from %d to %d, not %d", name, f.kind, least, most, n)
	}
	return min(max(n, least), most)
}

// temporal reads a field that is a temporal value; without it there is none.
func (f *fieldReader) temporal(name string) *Temporal {
	v, ok := f.fields[name]
	if !ok {
		return nil
	}
	t, ok := v.(Temporal)
	if !ok {
		f.fail("%s of a %s needs a temporal value, not %s", name, f.kind, describe(v))
		return nil
	}
	return &t
}

// bases returns the values that date and time start from: nil where nothing is given.
func (f *fieldReader) bases() (date, clock *Temporal) {
	if both := f.temporal("datetime"); both != nil {
		date, clock = both, both
		if f.has("date", "time") {
			f.fail("a %s takes datetime, or date and time, and not both", f.kind)
		}
	} else {
		date, clock = f.temporal("date"), f.temporal("time")
	}
	if date != nil && !date.kind.hasDate() {
		f.fail("a %s has no date for a %s", date.kind, f.kind)
	}
	if clock != nil && !clock.kind.hasTime() {
		f.fail("a %s has no time for a %s", clock.kind, f.kind)
	}
	return date, clock
}

// needs refuses the smaller fields without the larger.
func (f *fieldReader) needs(larger string, smaller ...string) {
	if f.has(smaller...) && !f.has(larger) {
		f.fail("a %s with %s needs %s", f.kind, strings.Join(smaller, " or "), larger)
	}
}

// clock reads a time of day, in nanoseconds since midnight. What is not given is that of the base, or 0;
// without a base, a unit needs the next larger one.
func (f *fieldReader) clock(base *Temporal) int64 {
	var from int64
	if base != nil {
		from = base.nano
	} else {
		f.needs("hour", "minute")
		f.needs("minute", "second")
		f.needs("second", clockFields[4:]...)
	}
	second := from / nanosPerSecond
	hour := f.integer("hour", 0, 23, second/3600)
	minute := f.integer("minute", 0, 59, second/60%60)
	second = f.integer("second", 0, 59, second%60)
	return (hour*3600+minute*60+second)*nanosPerSecond + f.fraction(from%nanosPerSecond)
}

// fraction reads the nanoseconds of a second. Each of the units counts up to the next larger that is
// given, so that {millisecond: 1, nanosecond: 2} is 1000002 nanoseconds.
func (f *fieldReader) fraction(otherwise int64) int64 {
	if !f.has("millisecond", "microsecond", "nanosecond") {
		return otherwise
	}
	limit, sum := int64(nanosPerSecond), int64(0)
	for _, u := range []struct {
		name  string
		nanos int64
	}{{"millisecond", 1_000_000}, {"microsecond", 1_000}, {"nanosecond", 1}} {
		sum += u.nanos * f.integer(u.name, 0, limit/u.nanos-1, 0)
		if f.has(u.name) {
			limit = u.nanos
		}
	}
	return sum
}
