package cypher

import (
	"cmp"
	"strconv"
)

// Duration is an amount of time. Months differ in length, and so do days where a clock is set, so
// months, days and seconds stand beside each other, each with its own sign. Its zero value is no time.
type Duration struct {
	months, days, seconds int64
	nanos                 int64 // 0 to 999,999,999, added to the seconds
}

// A part of a duration is bounded, so that what is calculated with parts fits in an integer. The bounds
// are beyond what lies between the first date and the last.
const (
	maxMonths  = 1_000_000_000_000
	maxDays    = 1_000_000_000_000
	maxSeconds = 100_000_000_000_000_000
)

// secondsPerMonth is the mean over 400 years, 30.436875 days: what a part of a month is worth.
const secondsPerMonth = 2_629_746

// NewDuration makes a duration of its parts, of which each has its own sign and nanos can be anything. It
// fails for parts beyond a duration's bounds, 10^12 months or days and 10^17 seconds.
func NewDuration(months, days, seconds, nanos int64) (Duration, error) {
	if outside(seconds, maxSeconds) { // first, or the sum could overflow
		return Duration{}, durationTooLong()
	}
	d := Duration{months, days, seconds + floorDiv(nanos, nanosPerSecond), floorMod(nanos, nanosPerSecond)}
	if outside(months, maxMonths) || outside(days, maxDays) || outside(d.seconds, maxSeconds) {
		return Duration{}, durationTooLong()
	}
	return d, nil
}

func outside(n, limit int64) bool { return n < -limit || n > limit }

func durationTooLong() error {
	return newError(ArgumentError, "NumberOutOfRange", "a duration is at most %d months, %d days and %d seconds",
		int64(maxMonths), int64(maxDays), int64(maxSeconds))
}

// String returns d as ISO 8601 has it: P1Y2M-3DT4H5M6.7S, and PT0S for no time.
func (d Duration) String() string {
	text := []byte{'P'}
	unit := func(n int64, letter byte) {
		if n != 0 {
			text = append(strconv.AppendInt(text, n, 10), letter)
		}
	}
	unit(d.months/12, 'Y')
	unit(d.months%12, 'M')
	unit(d.days, 'D')
	seconds, nanos := d.clock()
	if seconds == 0 && nanos == 0 {
		if len(text) > 1 {
			return string(text)
		}
		return "PT0S"
	}
	text = append(text, 'T')
	unit(seconds/3600, 'H')
	unit(seconds/60%60, 'M')
	if seconds%60 != 0 || nanos != 0 {
		text = append(text, secondsText(seconds%60, nanos)...)
	}
	return string(text)
}

// clock returns the seconds and nanoseconds with the same sign.
func (d Duration) clock() (seconds, nanos int64) {
	if d.seconds < 0 && d.nanos > 0 {
		return d.seconds + 1, d.nanos - nanosPerSecond
	}
	return d.seconds, d.nanos
}

// secondsText writes seconds and nanoseconds of one sign.
func secondsText(seconds, nanos int64) string {
	sign := ""
	if seconds < 0 || nanos < 0 {
		sign, seconds, nanos = "-", -seconds, -nanos
	}
	return sign + strconv.FormatInt(seconds, 10) + fractionText(nanos) + "S"
}

// MarshalText returns what String does, which makes a Duration a string in JSON.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// compareDurations orders by what they last on average, and those that last the same by their parts.
func compareDurations(a, b Duration) int {
	return cmp.Or(cmp.Compare(a.average(), b.average()), cmp.Compare(a.nanos, b.nanos),
		cmp.Compare(a.months, b.months), cmp.Compare(a.days, b.days))
}

// average is how many seconds d lasts with months of secondsPerMonth: at most 2.9e18.
func (d Duration) average() int64 {
	return d.months*secondsPerMonth + d.days*secondsPerDay + d.seconds
}

// plus adds durations part by part.
func (d Duration) plus(e Duration) (Duration, error) {
	return NewDuration(d.months+e.months, d.days+e.days, d.seconds+e.seconds, d.nanos+e.nanos)
}

// negated is at most one second beyond the bounds, which no caller keeps.
func (d Duration) negated() Duration {
	if d.nanos == 0 {
		return Duration{-d.months, -d.days, -d.seconds, 0}
	}
	return Duration{-d.months, -d.days, -d.seconds - 1, nanosPerSecond - d.nanos}
}
