package cypher

import (
	"maps"
	"math"
	"math/bits"
	"slices"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// Components of temporal values are what stands behind the point: d.year.

var dateComponents = map[string]func(Temporal) any{
	"year":       func(t Temporal) any { year, _, _ := civil(t.day); return year },
	"quarter":    func(t Temporal) any { _, month, _ := civil(t.day); return quarterOf(month) },
	"month":      func(t Temporal) any { _, month, _ := civil(t.day); return month },
	"week":       func(t Temporal) any { _, week := weekOf(t.day); return week },
	"weekYear":   func(t Temporal) any { year, _ := weekOf(t.day); return year },
	"day":        func(t Temporal) any { _, _, day := civil(t.day); return day },
	"ordinalDay": func(t Temporal) any { return int64(midnight(t.day).YearDay()) },
	"weekDay":    func(t Temporal) any { return weekDay(t.day) },
	"dayOfWeek":  func(t Temporal) any { return weekDay(t.day) },
	"dayOfQuarter": func(t Temporal) any {
		year, month, _ := civil(t.day)
		return t.day - quarterStart(year, quarterOf(month)) + 1
	},
}

var clockComponents = map[string]func(Temporal) any{
	"hour":        func(t Temporal) any { return t.nano / nanosPerSecond / 3600 },
	"minute":      func(t Temporal) any { return t.nano / nanosPerSecond / 60 % 60 },
	"second":      func(t Temporal) any { return t.nano / nanosPerSecond % 60 },
	"millisecond": func(t Temporal) any { return t.nano % nanosPerSecond / 1_000_000 },
	"microsecond": func(t Temporal) any { return t.nano % nanosPerSecond / 1_000 },
	"nanosecond":  func(t Temporal) any { return t.nano % nanosPerSecond },
}

var zoneComponents = map[string]func(Temporal) any{
	"timezone": func(t Temporal) any {
		if t.zone.named != nil {
			return t.zone.name()
		}
		return offsetText(t.zone.offset)
	},
	"offset":        func(t Temporal) any { return offsetText(t.zone.offset) },
	"offsetMinutes": func(t Temporal) any { return int64(t.zone.offset / 60) },
	"offsetSeconds": func(t Temporal) any { return int64(t.zone.offset) },
}

var epochComponents = map[string]func(Temporal) any{
	"epochSeconds": func(t Temporal) any { return t.second() },
	"epochMillis":  func(t Temporal) any { return scaledUp(t.second(), 1_000, t.nano%nanosPerSecond/1_000_000) },
}

var durationComponents = map[string]func(Duration) any{
	"years":                func(d Duration) any { return d.months / 12 },
	"quarters":             func(d Duration) any { return d.months / 3 },
	"quartersOfYear":       func(d Duration) any { return d.months / 3 % 4 },
	"months":               func(d Duration) any { return d.months },
	"monthsOfYear":         func(d Duration) any { return d.months % 12 },
	"monthsOfQuarter":      func(d Duration) any { return d.months % 3 },
	"weeks":                func(d Duration) any { return d.days / 7 },
	"days":                 func(d Duration) any { return d.days },
	"daysOfWeek":           func(d Duration) any { return d.days % 7 },
	"hours":                func(d Duration) any { return d.seconds / 3600 },
	"minutes":              func(d Duration) any { return d.seconds / 60 },
	"minutesOfHour":        func(d Duration) any { return d.seconds / 60 % 60 },
	"seconds":              func(d Duration) any { return d.seconds },
	"secondsOfMinute":      func(d Duration) any { return d.seconds % 60 },
	"milliseconds":         func(d Duration) any { return scaledUp(d.seconds, 1_000, d.nanos/1_000_000) },
	"millisecondsOfSecond": func(d Duration) any { return d.nanos / 1_000_000 },
	"microseconds":         func(d Duration) any { return scaledUp(d.seconds, 1_000_000, d.nanos/1_000) },
	"microsecondsOfSecond": func(d Duration) any { return d.nanos / 1_000 },
	"nanoseconds":          func(d Duration) any { return scaledUp(d.seconds, nanosPerSecond, d.nanos) },
	"nanosecondsOfSecond":  func(d Duration) any { return d.nanos },
}

// scaledUp is n*size + more, or nil if that is no integer of 64 bits.
func scaledUp(n, size, more int64) any {
	high, low := bits.Mul64(uint64(max(n, -n)), uint64(size))
	if high != 0 || low > math.MaxInt64-nanosPerSecond {
		return nil
	}
	return n*size + more
}

// component returns a component of a temporal value. No other value has any.
func component(of any, name string) (any, error) {
	switch t := of.(type) {
	case Temporal:
		return oneOf(t, t.kind.String(), name, t.kind.components()...)
	case Duration:
		return oneOf(t, "duration", name, durationComponents)
	}
	return nil, typeErrorf("%s has no properties such as %q", describe(of), name)
}

// oneOf looks for a component in the tables of a kind.
func oneOf[T any](of T, kind, name string, tables ...map[string]func(T) any) (any, error) {
	var names []string
	for _, table := range tables {
		if get := table[name]; get != nil {
			v := get(of)
			if v == nil {
				return nil, newError(ArithmeticError, "NumberOutOfRange", "%s of %v is too large for an integer of 64 bits", name, of)
			}
			return v, nil
		}
		names = slices.AppendSeq(names, maps.Keys(table))
	}
	slices.Sort(names)
	e := newError(TypeError, "InvalidArgumentType", "a %s has no %q", kind, name)
	e.Nearest = spelling.Nearest(name, names)
	return nil, e
}

// components returns the tables of a kind.
func (k TemporalKind) components() []map[string]func(Temporal) any {
	switch k {
	case DateTime:
		return []map[string]func(Temporal) any{dateComponents, clockComponents, zoneComponents, epochComponents}
	case LocalDateTime:
		return []map[string]func(Temporal) any{dateComponents, clockComponents}
	case Date:
		return []map[string]func(Temporal) any{dateComponents}
	case Time:
		return []map[string]func(Temporal) any{clockComponents, zoneComponents}
	}
	return []map[string]func(Temporal) any{clockComponents}
}
