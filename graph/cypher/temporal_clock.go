package cypher

import "time"

// FromClock returns what a clock shows as a value of a kind: of a Date the date alone, of a Time the
// time of day and the offset. A DateTime keeps the clock's location as its zone, unless that has no
// name, as time.FixedZone("", offset), or is the machine's own: then it keeps the offset. It fails for a
// year that no date can have, and for an offset beyond 18 hours.
func FromClock(kind TemporalKind, at time.Time) (Temporal, error) {
	t, err := fromTime(at)
	if err != nil {
		return Temporal{}, err
	}
	if t, err = t.as(kind); err != nil {
		return Temporal{}, err
	}
	if place := at.Location(); kind == DateTime && place.String() != "" && place != time.Local {
		t.zone.named = place
	}
	return t, nil
}

// Clock returns a clock that shows t, the way back from [FromClock]: 1970-01-01 where t has no date,
// midnight where it has no time, UTC where it has no zone.
func (t Temporal) Clock() time.Time {
	at := time.Unix(t.second(), t.nano%nanosPerSecond)
	switch {
	case t.zone.named != nil:
		return at.In(t.zone.named)
	case t.kind.hasZone():
		return at.In(time.FixedZone("", t.zone.offset))
	}
	return at.UTC()
}

// Parts returns the parts of a duration; nanos is from 0 to 999,999,999.
func (d Duration) Parts() (months, days, seconds, nanos int64) {
	return d.months, d.days, d.seconds, d.nanos
}
