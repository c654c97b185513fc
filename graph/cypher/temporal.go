package cypher

import (
	"cmp"
	"fmt"
	"strings"
)

// TemporalKind is which parts a [Temporal] has.
type TemporalKind uint8

// Kinds of Temporal, in the order in which ORDER BY puts them.
const (
	DateTime      TemporalKind = iota + 1 // a date, a time and a zone
	LocalDateTime                         // a date and a time
	Date                                  // a date
	Time                                  // a time and its offset from UTC
	LocalTime                             // a time
)

// String returns the name of the function that makes the kind.
func (k TemporalKind) String() string {
	return [...]string{"no time", "datetime", "localdatetime", "date", "time", "localtime"}[k]
}

func (k TemporalKind) hasDate() bool { return k <= Date }
func (k TemporalKind) hasTime() bool { return k != Date }
func (k TemporalKind) hasZone() bool { return k == DateTime || k == Time }

// Temporal is a date, a time of day, or both, in the calendar of ISO 8601 and with years from
// -999,999,999 to 999,999,999. Its zero value is none; queries make it, and [FromClock].
type Temporal struct {
	kind TemporalKind
	day  int64 // since 1970-01-01; 0 without a date
	nano int64 // nanoseconds since midnight; 0 without a time
	zone zone  // zero without a zone
}

// Kind returns which parts t has.
func (t Temporal) Kind() TemporalKind { return t.kind }

// String returns t as ISO 8601 has it, with the name of the zone, if it has one, in brackets:
// 2015-07-21T21:40:32.142+02:00[Europe/Stockholm]. Seconds that are zero are left out.
func (t Temporal) String() string {
	text := ""
	if t.kind.hasDate() {
		text = dateText(t.day)
	}
	if t.kind.hasDate() && t.kind.hasTime() {
		text += "T"
	}
	if t.kind.hasTime() {
		text += clockText(t.nano)
	}
	if t.kind.hasZone() {
		text += offsetText(t.zone.offset)
	}
	if t.zone.named != nil {
		text += "[" + t.zone.named.String() + "]"
	}
	return text
}

// MarshalText returns what String does, which makes a Temporal a string in JSON.
func (t Temporal) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func dateText(day int64) string {
	year, month, dayOfMonth := civil(day)
	switch {
	case year > 9999:
		return fmt.Sprintf("+%d-%02d-%02d", year, month, dayOfMonth)
	case year < 0:
		return fmt.Sprintf("-%04d-%02d-%02d", -year, month, dayOfMonth)
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, dayOfMonth)
}

func clockText(nano int64) string {
	second, fraction := nano/nanosPerSecond, nano%nanosPerSecond
	text := fmt.Sprintf("%02d:%02d", second/3600, second/60%60)
	if second%60 != 0 || fraction != 0 {
		text += fmt.Sprintf(":%02d", second%60) + fractionText(fraction)
	}
	return text
}

// fractionText is the digits behind the point of a second, and the point; nothing for 0.
func fractionText(nanos int64) string {
	if nanos == 0 {
		return ""
	}
	return strings.TrimRight(fmt.Sprintf(".%09d", nanos), "0")
}

// compareTemporals orders values of one kind: by the instant, where there is a zone, and what is the
// same instant in two zones by the offset and the zone's name.
func compareTemporals(a, b Temporal) int {
	x, y := a.second(), b.second()
	return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.nano%nanosPerSecond, b.nano%nanosPerSecond),
		cmp.Compare(a.zone.offset, b.zone.offset), strings.Compare(a.zone.name(), b.zone.name()))
}

// sameTemporal is "=" of two values: of the same kind, instant and zone.
func sameTemporal(a, b Temporal) bool { return a.kind == b.kind && compareTemporals(a, b) == 0 }

// isTemporal reports whether a value is a Temporal or a Duration.
func isTemporal(v any) bool {
	switch v.(type) {
	case Temporal, Duration:
		return true
	}
	return false
}

// second is the second since 1970-01-01T00:00Z in which t lies; a time lies on that day, and what has
// no zone is taken for UTC.
func (t Temporal) second() int64 {
	return t.localSecond() - int64(t.zone.offset)
}

// localSecond is second as the clock on the wall shows it.
func (t Temporal) localSecond() int64 { return t.day*secondsPerDay + t.nano/nanosPerSecond }

// temporalErrorf says what is wrong with what a temporal value is made of.
func temporalErrorf(format string, args ...any) *Error {
	return newError(ArgumentError, "InvalidArgumentValue", format, args...)
}
