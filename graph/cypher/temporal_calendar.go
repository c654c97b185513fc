package cypher

import "time"

const (
	nanosPerSecond = 1_000_000_000
	secondsPerDay  = 86_400
	nanosPerDay    = secondsPerDay * nanosPerSecond
)

// The years that a date can have, and the days since 1970-01-01 that they are made of.
const (
	maxYear = 999_999_999
	minDay  = -365_243_219_162 // -999999999-01-01
	maxDay  = 365_241_780_471  // 999999999-12-31
)

// checkDay refuses a day that lies outside the calendar.
func checkDay(day int64) error {
	if day < minDay || day > maxDay {
		return newError(ArgumentError, "NumberOutOfRange", "a date is from -999999999-01-01 to +999999999-12-31")
	}
	return nil
}

// midnight is the day as package time has it, whose calendar reaches further than ours.
func midnight(day int64) time.Time { return time.Unix(day*secondsPerDay, 0).UTC() }

func civil(day int64) (year, month, dayOfMonth int64) {
	y, m, d := midnight(day).Date()
	return int64(y), int64(m), int64(d)
}

// dayOf returns the day of a year, a month and a day of the month, where too many of the latter two
// run on into the next year and month. The year is at most maxYear, or the day could be wrong.
func dayOf(year, month, dayOfMonth int64) int64 {
	return time.Date(int(year), time.Month(month), int(dayOfMonth), 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
}

func daysInMonth(year, month int64) int64 { return dayOf(year, month+1, 1) - dayOf(year, month, 1) }

// weekDay is 1 for Monday to 7 for Sunday.
func weekDay(day int64) int64 { return floorMod(day+3, 7) + 1 }

// weekOf returns the year of a week of ISO 8601 and its number in it.
func weekOf(day int64) (weekYear, week int64) {
	y, w := midnight(day).ISOWeek()
	return int64(y), int64(w)
}

// firstMonday is the day on which a year of weeks begins: January 4th is always in its first week.
func firstMonday(weekYear int64) int64 {
	fourth := dayOf(weekYear, 1, 4)
	return fourth - weekDay(fourth) + 1
}

// quarterOf returns the quarter of a month.
func quarterOf(month int64) int64 { return (month-1)/3 + 1 }

// quarterStart is the first day of a quarter.
func quarterStart(year, quarter int64) int64 { return dayOf(year, quarter*3-2, 1) }

// addMonths returns the day some months later, at the end of its month if that is shorter.
func addMonths(day, months int64) (int64, error) {
	year, month, dayOfMonth := civil(day)
	total := year*12 + month - 1 + months
	year, month = floorDiv(total, 12), floorMod(total, 12)+1
	if year < -maxYear || year > maxYear {
		return 0, checkDay(maxDay + 1)
	}
	return dayOf(year, month, min(dayOfMonth, daysInMonth(year, month))), nil
}

// floorDiv divides and rounds down; b is above 0.
func floorDiv(a, b int64) int64 { return (a - floorMod(a, b)) / b }

// floorMod is the remainder that is never negative; b is above 0.
func floorMod(a, b int64) int64 { return ((a % b) + b) % b }
