package cypher

// temporalArithmetic applies an operator to values of which one is temporal, or says false if there is
// no such calculation.
func temporalArithmetic(op string, a, b any) (v any, ok bool, err error) {
	if t, isTemporal := a.(Temporal); isTemporal {
		d, isDuration := b.(Duration)
		if !isDuration || op != "+" && op != "-" {
			return nil, false, nil
		}
		if op == "-" {
			d = d.negated()
		}
		v, err = t.plus(d)
		return v, true, err
	}
	if t, isTemporal := b.(Temporal); isTemporal && op == "+" {
		return temporalArithmetic(op, t, a)
	}
	d, isDuration := a.(Duration)
	e, isDuration2 := b.(Duration)
	switch {
	case isDuration && isDuration2 && op == "+":
		v, err = d.plus(e)
	case isDuration && isDuration2 && op == "-":
		v, err = d.plus(e.negated())
	case isDuration && isNumber(b) && op == "*":
		v, err = d.scaled(func(x float64) float64 { return x * number(b) })
	case isDuration && isNumber(b) && op == "/":
		v, err = d.scaled(func(x float64) float64 { return x / number(b) })
	case isNumber(a) && isDuration2 && op == "*":
		return temporalArithmetic(op, b, a)
	default:
		return nil, false, nil
	}
	return v, true, err
}

// plus adds a duration: first the months, then the days, both by the calendar and the clock of t's
// zone, and then the seconds, which pass by for everyone alike. A date counts whole days of seconds, and
// a time goes round at midnight.
func (t Temporal) plus(d Duration) (Temporal, error) {
	if !t.kind.hasDate() {
		seconds := d.seconds % secondsPerDay
		t.nano = floorMod(t.nano+seconds*nanosPerSecond+d.nanos, nanosPerDay)
		return t, nil
	}
	t, err := t.plusDate(d.months, d.days)
	if err != nil {
		return Temporal{}, err
	}
	if !t.kind.hasTime() {
		seconds, _ := d.clock()
		t.day += seconds / secondsPerDay
		return t, checkDay(t.day)
	}
	return t.plusSeconds(d.seconds, d.nanos)
}

// plusDate adds months and days.
func (t Temporal) plusDate(months, days int64) (Temporal, error) {
	day, err := addMonths(t.day, months)
	if err != nil {
		return Temporal{}, err
	}
	t.day = day + days
	if err := checkDay(t.day); err != nil {
		return Temporal{}, err
	}
	return t.in(t.zone), nil
}

// plusSeconds adds to the instant.
func (t Temporal) plusSeconds(seconds, nanos int64) (Temporal, error) {
	nanos += t.nano % nanosPerSecond
	second := t.second() + seconds + nanos/nanosPerSecond
	day := floorDiv(second, secondsPerDay)
	if err := checkDay(day); err != nil {
		return Temporal{}, err
	}
	z := t.zone
	t.zone, t.day = zone{}, day
	t.nano = floorMod(second, secondsPerDay)*nanosPerSecond + nanos%nanosPerSecond
	t = t.at(z)
	return t, checkDay(t.day)
}
