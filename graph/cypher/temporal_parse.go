package cypher

import (
	"regexp"
	"strings"
	"time"
)

var (
	// dateForm is a year and what tells the day in it: a week, a quarter, a month or a day of the year.
	dateForm = regexp.MustCompile(`^([+-]\d{1,9}|\d{4})(?:-?W(\d\d)(?:-?(\d))?|-?Q(\d)(?:-?(\d\d))?|-(\d\d)(?:-(\d\d))?|(\d\d)(\d\d)?|-?(\d{3}))?$`)
	// clockForm is a time of day and what stands behind it: an offset, a zone's name in brackets, both.
	clockForm = regexp.MustCompile(`^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-][\d:]+)?(?:\[([^\[\]]+)\])?$`)
)

// parseTemporal reads a value of a kind in one of the forms of ISO 8601.
func parseTemporal(kind TemporalKind, text string, load zones) (Temporal, error) {
	if len(text) > maxTemporalBytes {
		return Temporal{}, temporalErrorf("a %s has at most %d bytes, not %d", kind, maxTemporalBytes, len(text))
	}
	t := Temporal{kind: kind}
	date, clock, hasClock := text, text, kind.hasTime()
	if kind.hasDate() && hasClock {
		date, clock, hasClock = strings.Cut(text, "T")
	}
	if kind.hasDate() {
		var err error
		if t.day, err = parseDate(kind, date, text); err != nil {
			return Temporal{}, err
		}
	}
	if !hasClock {
		return t, nil
	}
	return t.withClock(clock, text, load)
}

// notOfKind says that a text is no value of a kind, and how one looks.
func notOfKind(kind TemporalKind, text string) error {
	example := Temporal{kind: kind, day: 16637, nano: (21*3600 + 40*60 + 32) * nanosPerSecond}
	return temporalErrorf("%q is no %s such as %s", text, kind, example)
}

// parseDate reads a date that is the whole of a text or the begin of it.
func parseDate(kind TemporalKind, date, text string) (int64, error) {
	m := dateForm.FindStringSubmatch(date)
	if m == nil {
		return 0, notOfKind(kind, text)
	}
	fields := map[string]any{"year": digits(m[1], 0)}
	for i, name := range []string{"week", "dayOfWeek", "quarter", "dayOfQuarter", "month", "day", "month", "day", "ordinalDay"} {
		if m[i+2] != "" {
			fields[name] = digits(m[i+2], 0)
		}
	}
	f := &fieldReader{kind: kind, fields: fields}
	day := f.day(nil)
	if f.err != nil {
		return 0, f.err
	}
	return day, checkDay(day)
}

// withClock reads a time of day, and a zone if t's kind has one.
func (t Temporal) withClock(clock, text string, load zones) (Temporal, error) {
	m := clockForm.FindStringSubmatch(clock)
	if m == nil {
		return Temporal{}, notOfKind(t.kind, text)
	}
	hour, minute, second := digits(m[1], 0), digits(m[2], 0), digits(m[3], 0)
	if hour > 23 || minute > 59 || second > 59 {
		return Temporal{}, notOfKind(t.kind, text)
	}
	t.nano = (hour*3600+minute*60+second)*nanosPerSecond + digits((m[4] + "000000000")[:9], 0)
	offset, name := m[5], m[6]
	if (offset != "" || name != "") && !t.kind.hasZone() {
		return Temporal{}, temporalErrorf("a %s has no time zone, as %q has", t.kind, text)
	}
	if !t.kind.hasZone() {
		return t, nil
	}
	return t.withZone(offset, name, load)
}

// withZone takes an offset, the name of a zone, both, where they must agree, or neither, which is UTC.
func (t Temporal) withZone(offset, name string, load zones) (Temporal, error) {
	var fixed zone
	var err error
	if offset != "" {
		if fixed, err = parseZone(offset, noZones); err != nil {
			return Temporal{}, err
		}
	}
	if name == "" {
		return t.in(fixed), nil
	}
	place, err := zoneOf(t.kind, name, load)
	if err != nil {
		return Temporal{}, err
	}
	if offset != "" {
		place.offset = fixed.offset
	}
	t = t.in(place)
	if offset != "" && t.zone.offset != fixed.offset {
		return Temporal{}, temporalErrorf("%s is not %s from UTC at that time", name, offset)
	}
	return t, checkDay(t.day)
}

// noZones knows no zone: only offsets are meant.
func noZones(name string) (*time.Location, error) {
	return nil, temporalErrorf("%q is no offset from UTC such as +01:00", name)
}

// zoneOf reads the time zone of a value. A time has no date, which is what a place's offset depends on.
func zoneOf(kind TemporalKind, text string, load zones) (zone, error) {
	z, err := parseZone(text, load)
	if err == nil && z.named != nil && kind == Time {
		return zone{}, temporalErrorf("a time has an offset such as +01:00 as its time zone, not %q", text)
	}
	return z, err
}
