package cypher

import (
	"slices"
	"time"
)

// temporalFunctions make temporal values.
var temporalFunctions = slices.Concat(functionsOf(Date), functionsOf(LocalTime), functionsOf(Time),
	functionsOf(LocalDateTime), functionsOf(DateTime), epochFunctions, durationFunctions)

// functionsOf returns the functions that make values of a kind. All but realtime, which differs at every
// call, take the time at which the query began for the present; without a time zone, it is in UTC.
func functionsOf(kind TemporalKind) []function {
	began := func(s *session) time.Time { return s.began }
	return []function{
		constructor(kind),
		truncation(kind),
		clockReading(kind, "transaction", began),
		clockReading(kind, "statement", began),
		clockReading(kind, "realtime", func(*session) time.Time { return time.Now() }),
	}
}

var epochFunctions = []function{
	{name: "datetime.fromEpoch", min: 2, max: 2, call: func(_ *session, a []any) (any, error) {
		second, err := integerArg("datetime.fromEpoch", a[0])
		if err != nil {
			return nil, err
		}
		nanos, err := integerArg("datetime.fromEpoch", a[1])
		if err == nil && (nanos < 0 || nanos >= nanosPerSecond) {
			err = temporalErrorf("datetime.fromEpoch needs 0 to 999999999 nanoseconds, not %d", nanos)
		}
		if err != nil {
			return nil, err
		}
		return fromEpoch(second, nanos)
	}},
	{name: "datetime.fromEpochMillis", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		millis, err := integerArg("datetime.fromEpochMillis", a[0])
		if err != nil {
			return nil, err
		}
		return fromEpoch(floorDiv(millis, 1000), floorMod(millis, 1000)*1_000_000)
	}},
}

var durationFunctions = []function{
	{name: "duration", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case string:
			return parseDuration(v)
		case map[string]any:
			return durationOf(v)
		case Duration:
			return v, nil
		}
		return nil, temporalErrorf("a duration is made of a string or a map, not of %s", describe(a[0]))
	}},
	difference("duration.between", durationBetween),
	difference("duration.inMonths", inMonths),
	difference("duration.inDays", inDays),
	difference("duration.inSeconds", inSeconds),
}

// constructor makes the function that makes values of a kind, or asks for the time.
func constructor(kind TemporalKind) function {
	return function{name: kind.String(), min: 0, max: 1, call: func(s *session, args []any) (any, error) {
		if len(args) == 0 {
			return presentAs(kind, s.began, zone{})
		}
		return newTemporal(kind, args[0], s.location)
	}}
}

// clockReading makes the function kind.name(zone), which reads a clock.
func clockReading(kind TemporalKind, name string, clock func(*session) time.Time) function {
	name = kind.String() + "." + name
	return function{name: name, min: 0, max: 1, call: func(s *session, args []any) (any, error) {
		var z zone
		if len(args) == 1 {
			text, err := textArg(name, args[0])
			if err != nil {
				return nil, err
			}
			if z, err = parseZone(text, s.location); err != nil {
				return nil, err
			}
		}
		return presentAs(kind, clock(s), z)
	}}
}

func presentAs(kind TemporalKind, at time.Time, z zone) (Temporal, error) {
	now, err := fromTime(at.UTC())
	if err != nil {
		return Temporal{}, err
	}
	return now.at(z).as(kind)
}

// truncation makes the function kind.truncate(unit, value, fields): without a value, of the time.
func truncation(kind TemporalKind) function {
	name := kind.String() + ".truncate"
	return function{name: name, min: 1, max: 3, call: func(s *session, args []any) (any, error) {
		unit, err := textArg(name, args[0])
		if err != nil {
			return nil, err
		}
		var of Temporal
		if len(args) == 1 {
			of, err = presentAs(kind, s.began, zone{})
		} else {
			of, err = argument[Temporal](name, args[1], "a temporal value")
		}
		if err != nil {
			return nil, err
		}
		var fields map[string]any
		if len(args) == 3 {
			if fields, err = argument[map[string]any](name, args[2], "a map"); err != nil {
				return nil, err
			}
		}
		return truncateTemporal(kind, unit, of, fields, s.location)
	}}
}

// difference makes a function of two temporal values.
func difference(name string, count func(a, b Temporal) (Duration, error)) function {
	return function{name: name, min: 2, max: 2, call: func(_ *session, args []any) (any, error) {
		a, err := argument[Temporal](name, args[0], "a temporal value")
		if err != nil {
			return nil, err
		}
		b, err := argument[Temporal](name, args[1], "a temporal value")
		if err != nil {
			return nil, err
		}
		return count(a, b)
	}}
}
