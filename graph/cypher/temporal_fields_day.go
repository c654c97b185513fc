package cypher

import "strings"

// ways are the fields that tell the day in a year. Those of different ways cannot be combined.
var ways = [][]string{{"month", "day"}, {"week", "dayOfWeek"}, {"ordinalDay"}, {"quarter", "dayOfQuarter"}}

// Places in ways.
const (
	byWeek    = 1
	byOrdinal = 2
	byQuarter = 3
)

// way returns which of ways is used: the first if none is.
func (f *fieldReader) way() int {
	used := 0
	var names []string
	for i, way := range ways {
		if f.has(way...) {
			used = i
			names = append(names, strings.Join(way, " and "))
		}
	}
	if len(names) > 1 {
		f.fail("a %s is told by %s, not by both", f.kind, strings.Join(names, " or by "))
	}
	return used
}

// day reads a date. What is not given is that of the base, or without one the first there is; but then
// the year is needed, and the larger of the units that a smaller one counts in.
func (f *fieldReader) day(base *Temporal) int64 {
	if base == nil {
		f.needs("month", "day")
		f.needs("week", "dayOfWeek")
		f.needs("quarter", "dayOfQuarter")
		if !f.has("year") {
			f.fail("a %s needs a year", f.kind)
		}
	}
	way := f.way()
	if f.err != nil {
		return 0
	}
	switch way {
	case byWeek:
		return f.weekDay(base)
	case byOrdinal:
		return f.ordinalDay(base)
	case byQuarter:
		return f.quarterDay(base)
	}
	return f.monthDay(base)
}

// monthDay, and the others alike, cut what they take from the base to what the year or month has: of a
// 29th of February in another year the 28th is left.
func (f *fieldReader) monthDay(base *Temporal) int64 {
	year, month, day := int64(0), int64(1), int64(1)
	if base != nil {
		year, month, day = civil(base.day)
	}
	year, month = f.year(year), f.integer("month", 1, 12, month)
	return f.within("day", dayOf(year, month, 1), dayOf(year, month+1, 1), day)
}

func (f *fieldReader) weekDay(base *Temporal) int64 {
	year, week, dayOfWeek := int64(0), int64(1), int64(1)
	if base != nil {
		year, week = weekOf(base.day)
		dayOfWeek = weekDay(base.day)
	}
	year = f.year(year)
	weeks := (firstMonday(year+1) - firstMonday(year)) / 7
	monday := firstMonday(year) + 7*(f.integer("week", 1, weeks, min(week, weeks))-1)
	return monday + f.integer("dayOfWeek", 1, 7, dayOfWeek) - 1
}

func (f *fieldReader) ordinalDay(base *Temporal) int64 {
	year := int64(0)
	if base != nil {
		year, _, _ = civil(base.day)
	}
	year = f.year(year)
	return f.within("ordinalDay", dayOf(year, 1, 1), dayOf(year+1, 1, 1), 1)
}

func (f *fieldReader) quarterDay(base *Temporal) int64 {
	year, quarter, day := int64(0), int64(1), int64(1)
	if base != nil {
		var month int64
		year, month, _ = civil(base.day)
		quarter = quarterOf(month)
		day = base.day - quarterStart(year, quarter) + 1
	}
	year, quarter = f.year(year), f.integer("quarter", 1, 4, quarter)
	return f.within("dayOfQuarter", quarterStart(year, quarter), quarterStart(year, quarter+1), day)
}

func (f *fieldReader) year(otherwise int64) int64 {
	return f.integer("year", -maxYear, maxYear, otherwise)
}

// within reads the number of a day from first, where end is behind the last.
func (f *fieldReader) within(name string, first, end, otherwise int64) int64 {
	return first + f.integer(name, 1, end-first, min(otherwise, end-first)) - 1
}
