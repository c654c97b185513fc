package cypher

import (
	"maps"
	"math"
	"math/bits"
	"slices"
)

// durationUnit is what a quantity of a duration is counted in: so many of a part.
type durationUnit struct {
	part durationPart
	size int64
}

type durationPart uint8

const (
	monthPart durationPart = iota
	dayPart
	secondPart
	nanoPart
)

// durationUnits are the fields of the map that makes a duration.
var durationUnits = map[string]durationUnit{
	"years": {monthPart, 12}, "months": {monthPart, 1},
	"weeks": {dayPart, 7}, "days": {dayPart, 1},
	"hours": {secondPart, 3600}, "minutes": {secondPart, 60}, "seconds": {secondPart, 1},
	"milliseconds": {nanoPart, 1_000_000}, "microseconds": {nanoPart, 1_000}, "nanoseconds": {nanoPart, 1},
}

// quantity is a number of units: the whole of them, exactly, and the rest of the same sign.
type quantity struct {
	whole    int64
	fraction float64
}

// quantityOf splits a number, or says false if it is too large, or none.
func quantityOf(f float64) (quantity, bool) {
	whole, fraction := math.Modf(f)
	return quantity{int64(whole), fraction}, math.Abs(f) < 1<<62 // false for NaN as well
}

// times counts a quantity in units of which n make one, or says false if there are too many.
func (q quantity) times(n int64) (quantity, bool) {
	more, fraction := math.Modf(q.fraction * float64(n))
	high, low := bits.Mul64(uint64(max(q.whole, -q.whole)), uint64(n))
	if high != 0 || low >= 1<<62 {
		return q, false
	}
	return quantity{q.whole*n + int64(more), fraction}, true
}

// amounts adds up quantities to a duration. Its users add as many as there are units.
type amounts struct {
	months, days, seconds, nanos int64
	tooMuch                      bool
}

// add takes a quantity. A part of a month becomes days and seconds, one of a day seconds.
func (a *amounts) add(u durationUnit, q quantity) {
	q, ok := q.times(u.size)
	if !ok || u.part != nanoPart && outside(q.whole, maxSeconds) { // or the sums could overflow
		a.tooMuch = true
		return
	}
	switch u.part {
	case monthPart:
		a.months += q.whole
		seconds := q.fraction * secondsPerMonth
		a.days += int64(seconds / secondsPerDay)
		a.addSeconds(math.Mod(seconds, secondsPerDay))
	case dayPart:
		a.days += q.whole
		a.addSeconds(q.fraction * secondsPerDay)
	case secondPart:
		a.seconds += q.whole
		a.addSeconds(q.fraction)
	case nanoPart:
		a.seconds += q.whole / nanosPerSecond
		a.nanos += q.whole%nanosPerSecond + int64(math.RoundToEven(q.fraction))
	}
}

// addSeconds takes less than a month of seconds, to the nearest nanosecond.
func (a *amounts) addSeconds(f float64) {
	whole, fraction := math.Modf(f)
	a.seconds += int64(whole)
	a.nanos += int64(math.RoundToEven(fraction * nanosPerSecond))
}

func (a *amounts) duration() (Duration, error) {
	if a.tooMuch {
		return Duration{}, durationTooLong()
	}
	return NewDuration(a.months, a.days, a.seconds, a.nanos)
}

// scaled is d with every part as scale makes it, which multiplies or divides. A part beyond 2^53, as
// only seconds can be, keeps 53 bits.
func (d Duration) scaled(scale func(float64) float64) (Duration, error) {
	var a amounts
	for part, n := range []int64{d.months, d.days, d.seconds, d.nanos} {
		q, ok := quantityOf(scale(float64(n)))
		if !ok {
			return Duration{}, durationTooLong()
		}
		a.add(durationUnit{durationPart(part), 1}, q)
	}
	return a.duration()
}

// durationOf makes a duration of the fields of a map.
func durationOf(fields map[string]any) (Duration, error) {
	var a amounts
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		u, ok := durationUnits[name]
		if !ok {
			return Duration{}, unknownField("duration", name, slices.Sorted(maps.Keys(durationUnits)))
		}
		var q quantity
		switch v := fields[name].(type) {
		case int64:
			q = quantity{whole: v}
		case float64:
			if q, ok = quantityOf(v); !ok {
				return Duration{}, durationTooLong()
			}
		default:
			return Duration{}, temporalErrorf("%s of a duration needs a number, not %s", name, describe(v))
		}
		a.add(u, q)
	}
	return a.duration()
}
