package cypher

// aligned makes two values comparable: what one lacks, date or zone, it takes from the other, a time
// that is missing is midnight, and both are on the clock of a's zone. dated reports whether both had a
// date.
func aligned(a, b Temporal) (from, to Temporal, dated bool) {
	dated = a.kind.hasDate() && b.kind.hasDate()
	from, to = a.completed(b), b.completed(a)
	return from, to.at(from.zone), dated
}

// completed is a DateTime of what t has, and of the date and zone of other where t has none.
func (t Temporal) completed(other Temporal) Temporal {
	z := t.zone
	if !t.kind.hasZone() {
		z = other.zone
	}
	if !t.kind.hasDate() {
		t.day = other.day
	}
	t.kind = DateTime
	return t.in(z)
}

// durationBetween counts what lies between two values in months, then days, then seconds.
func durationBetween(a, b Temporal) (Duration, error) {
	from, to, dated := aligned(a, b)
	if !dated {
		return secondsBetween(from, to)
	}
	months := monthsBetween(from, to)
	day, err := addMonths(from.day, months)
	if err != nil {
		return Duration{}, err
	}
	later := from // by the months, with the same time on its clock, even one that the clock leaps over
	later.day = day
	days := daysBetween(later, to)
	if from, err = from.plusDate(months, days); err != nil {
		return Duration{}, err
	}
	rest, err := secondsBetween(from, to)
	if err != nil {
		return Duration{}, err
	}
	return NewDuration(months, days, rest.seconds, rest.nanos)
}

// monthsBetween counts whole months by the calendar: a month ends on the day and at the time at which
// it began.
func monthsBetween(from, to Temporal) int64 {
	year, month, day := civil(from.day)
	year2, month2, day2 := civil(lastDay(from, to))
	months := (year2-year)*12 + month2 - month
	switch {
	case months > 0 && day2 < day:
		return months - 1
	case months < 0 && day2 > day:
		return months + 1
	}
	return months
}

// daysBetween counts whole days by the clock on the wall.
func daysBetween(from, to Temporal) int64 { return lastDay(from, to) - from.day }

// lastDay is the day with which the last whole day ends on the way from one value to another: to's, or
// the one before it on the way if to's clock has not come to from's time.
func lastDay(from, to Temporal) int64 {
	switch {
	case to.day > from.day && to.nano < from.nano:
		return to.day - 1
	case to.day < from.day && to.nano > from.nano:
		return to.day + 1
	}
	return to.day
}

func secondsBetween(from, to Temporal) (Duration, error) {
	return NewDuration(0, 0, to.second()-from.second(), to.nano%nanosPerSecond-from.nano%nanosPerSecond)
}

// inMonths, inDays and inSeconds count in one unit alone and leave out the rest.
func inMonths(a, b Temporal) (Duration, error) {
	from, to, dated := aligned(a, b)
	if !dated {
		return Duration{}, nil
	}
	return NewDuration(monthsBetween(from, to), 0, 0, 0)
}

func inDays(a, b Temporal) (Duration, error) {
	from, to, dated := aligned(a, b)
	if !dated {
		return Duration{}, nil
	}
	return NewDuration(0, daysBetween(from, to), 0, 0)
}

func inSeconds(a, b Temporal) (Duration, error) {
	from, to, _ := aligned(a, b)
	return secondsBetween(from, to)
}
