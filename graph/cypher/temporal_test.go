package cypher

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for machines without zone files
)

// theValue runs a query that returns one value.
func theValue(t *testing.T, expression string, params map[string]any) (any, error) {
	t.Helper()
	res, err := answer(t, &memory{}, "RETURN "+expression+" AS v", params)
	if err != nil {
		return nil, err
	}
	return res.Rows[0][0], nil
}

// TestTemporal tables what the Technology Compatibility Kit leaves open.
func TestTemporal(t *testing.T) {
	for _, tt := range []struct{ expression, want string }{
		// Text and back, at the edges of the calendar.
		{"date('+999999999-12-31')", "+999999999-12-31"},
		{"date('-999999999-01-01')", "-999999999-01-01"},
		{"date('0000-02-29')", "0000-02-29"},
		{"date('-0001-12-31') + duration('P1D')", "0000-01-01"},
		{"date('2015Q2')", "2015-04-01"},
		{"date('2015-Q2-60')", "2015-05-30"},
		{"localtime('23:59:59,999999999')", "23:59:59.999999999"},
		{"localdatetime('2015-07-21')", "2015-07-21T00:00"},
		{"datetime('2015-07-21T21:40-18:00')", "2015-07-21T21:40-18:00"},
		{"duration('-P1Y2M3DT4.5S')", "P-1Y-2M-3DT-4.5S"},
		{"duration('P1W')", "P7D"},
		{"duration('PT-0.5S')", "PT-0.5S"},
		{"date({date: date('2016-02-29'), year: 2015})", "2015-02-28"},
		{"date({date: date('2015-05-31'), month: 6})", "2015-06-30"},
		{"date({date: date('2015-W53-4'), year: 2016, dayOfWeek: 1})", "2016-12-26"},
		// A month ends where it must.
		{"date('2015-01-31') + duration('P1M')", "2015-02-28"},
		{"date('2016-03-31') - duration('P1M')", "2016-02-29"},
		{"duration.between(date('2015-01-31'), date('2015-02-28'))", "P28D"},
		{"duration.between(date('2015-01-15'), date('2015-02-15'))", "P1M"},
		{"duration.between(date('2015-03-15'), date('2015-02-15'))", "P-1M"},
		{"duration.between(localdatetime('2015-01-31T10:00'), localdatetime('2015-03-01T09:00'))", "P28DT23H"},
		{"duration.inDays(localdatetime('2015-01-01T12:00'), localdatetime('2015-01-03T12:00'))", "P2D"},
		{"duration.inDays(localdatetime('2015-01-03T12:00'), localdatetime('2015-01-01T12:00:00.1'))", "P-1D"},
		// Whole days only count for a date, in both directions.
		{"date('2015-01-02') + duration('PT23H59M59.9S')", "2015-01-02"},
		{"date('2015-01-02') - duration('PT23H59M59.9S')", "2015-01-02"},
		{"date('2015-01-02') - duration('PT24H')", "2015-01-01"},
		{"duration('PT1H') + localtime('23:30')", "00:30"},
		// When clocks are set: 2015-03-29 they leap from 2:00 to 3:00, 2015-10-25 they go back from 3:00.
		{"datetime('2015-03-29T02:30[Europe/Berlin]')", "2015-03-29T03:30+02:00[Europe/Berlin]"},
		{"datetime('2015-10-25T02:30[Europe/Berlin]')", "2015-10-25T02:30+02:00[Europe/Berlin]"},
		{"datetime('2015-10-25T02:30+01:00[Europe/Berlin]')", "2015-10-25T02:30+01:00[Europe/Berlin]"},
		{"datetime('2015-10-25T02:30[Europe/Berlin]') + duration('PT1H')", "2015-10-25T02:30+01:00[Europe/Berlin]"},
		{"datetime('2015-10-24T02:30[Europe/Berlin]') + duration('P1D')", "2015-10-25T02:30+02:00[Europe/Berlin]"},
		{"datetime('2015-10-24T12:00[Europe/Berlin]') + duration('P1D')", "2015-10-25T12:00+01:00[Europe/Berlin]"},
		{"datetime('2015-10-24T12:00[Europe/Berlin]') + duration('PT24H')", "2015-10-25T11:00+01:00[Europe/Berlin]"},
		// Numbers.
		{"duration('P1M') / 2", "P15DT5H14M33S"},
		{"3 * duration('P1DT0.1S')", "P3DT0.3S"},
		{"datetime.fromEpochMillis(-1)", "1969-12-31T23:59:59.999Z"},
		{"date.truncate('century', date('-0001-05-05'))", "0000-01-01"},
		{"localtime.truncate('microsecond', localtime('10:00:00.123456789'), {nanosecond: 5})", "10:00:00.123456005"},
		// Order: by the instant, and what is unlike stays apart.
		{"toString(datetime('2015-01-01T00:00+01:00') < datetime('2015-01-01T00:00Z'))", "true"},
		{"toString(datetime('2015-01-01T01:00+01:00') = datetime('2015-01-01T00:00Z'))", "false"},
		{"toString(coalesce(date('2015-01-01') < localdatetime('2016-01-01'), 'unknown'))", "unknown"},
		{"toString(coalesce(duration('P1D') < duration('P2D'), 'unknown'))", "unknown"},
		{"toString(duration('P1D') <= duration('P1D'))", "true"},
		{"toString(date('2015-01-01')['year'])", "2015"},
		{"COLLECT { UNWIND ['P1D', 'PT2H', 'P1M'] AS d RETURN sum(duration(d)) }[0]", "P1M1DT2H"},
		{"toString(date('2015-01-01') IN [1, localdatetime('2015-01-01'), date('2015-001')])", "true"},
		{"toString(size([x IN [date(), localdatetime()] WHERE x.day >= 1]))", "2"},
		{"toString((duration('P3D') - duration('P1D')).days)", "2"},
	} {
		got, err := theValue(t, "toString("+tt.expression+")", nil)
		if err != nil || got != tt.want {
			t.Errorf("%s is %v, %v, want %s", tt.expression, got, err, tt.want)
		}
	}
}

// TestTemporalRefused tables what is no temporal value, and what the error names.
func TestTemporalRefused(t *testing.T) {
	for _, tt := range []struct{ expression, want string }{
		{"date('2015-02-29')", `day of a date is from 1 to 28, not 29`},
		{"date('2015-366')", `ordinalDay of a date is from 1 to 365, not 366`},
		{"date('2015-W54')", `week of a date is from 1 to 53, not 54`},
		{"date('1817-W53')", `week of a date is from 1 to 52, not 53`},
		{"date('yesterday')", `"yesterday" is no date such as 2015-07-21`},
		{"date('" + strings.Repeat("1", 129) + "')", `at most 128 bytes, not 129`},
		{"date('+999999999-W52-7')", `a date is from -999999999-01-01`},
		{"date({year: 1000000000})", `not 1000000000`},
		{"date({year: 2015, week: 2, month: 3})", `told by month and day or by week and dayOfWeek`},
		{"date({year: 2015, day: 3})", `needs month`},
		{"date({month: 3})", `needs a year`},
		{"date({year: '2015'})", `year of a date needs an integer, not a string`},
		{"date({year: 2015, jear: 1})", `a date has no field "jear"`},
		{"date({date: localtime()})", `a localtime has no date for a date`},
		{"date(1)", `not of an integer`},
		{"date({year: 2015, quarter: 1, dayOfQuarter: 91})", `dayOfQuarter of a date is from 1 to 90, not 91`},
		{"localdatetime(date())", `a date has no time for a localdatetime`},
		{"localtime.truncate('day', date())", `a localtime of a date has no day`},
		{"'on ' + date()", `a string and a date cannot be calculated with +`},
		{"COLLECT { UNWIND [1, duration('P1D')] AS d RETURN sum(d) }", `an integer and a duration cannot be calculated with +`},
		{"duration({quarters: 3})", `a duration has no field "quarters"`},
		{"datetime.fromEpoch(0, 1000000000)", `not 1000000000`},
		{"date() + 1", `a date and an integer cannot be calculated with +`},
		{"date() * duration('P1D')", `a date and a duration cannot be calculated with *`},
		{"date('+999999999-12-31') + duration('P1D')", `a date is from`},
		{"date('+999999999-12-31') + duration('P1M')", `a date is from`},
		{"datetime('+999999999-12-31T23:59:59Z') + duration('PT1S')", `a date is from`},
		{"localtime('24:00')", `"24:00" is no localtime such as 21:40:32`},
		{"localtime('12:00Z')", `a localtime has no time zone`},
		{"localtime({minute: 3})", `needs hour`},
		{"localtime({hour: 1, minute: 1, second: 1, millisecond: 1, microsecond: 1000})", `microsecond of a localtime is from 0 to 999`},
		{"time('12:00+18:01')", `"+18:01" is not within 18 hours`},
		{"time({hour: 12, timezone: 'Europe/Berlin'})", `not "Europe/Berlin"`},
		{"datetime('2015-01-01T00:00[Europe/Bonn]')", `unknown time zone "Europe/Bonn"`},
		{"datetime('2015-01-01T00:00[../../etc/passwd]')", `unknown time zone`},
		{"datetime('2015-01-01T00:00[Local]')", `unknown time zone "Local"`},
		{"datetime('2015-01-01T00:00+02:00[Europe/Berlin]')", `Europe/Berlin is not +02:00 from UTC`},
		{"datetime.fromEpoch(9223372036854775807, 0)", `a date is from`},
		{"duration('P')", `"P" is no duration such as`},
		{"duration('P1DT')", `is no duration such as`},
		{"duration({dais: 1})", `a duration has no field "dais"`},
		{"duration({days: 'one'})", `days of a duration needs a number, not a string`},
		{"duration({years: 9223372036854775807})", `a duration is at most`},
		{"duration({days: 0.0/0.0})", `a duration is at most`},
		{"duration({days: 1000000000001})", `a duration is at most`},
		{"duration('P1D') / 0", `a duration is at most`},
		{"-duration('P1D')", `a duration cannot be negated`},
		{"duration('PT100000000000000000S').nanoseconds", `nanoseconds of PT27777777777777H46M40S is too large`},
		{"date().hour", `a date has no "hour"`},
		{"date.truncate('hour', date())", `a date of a date has no hour`},
		{"date.truncate('fortnight', date())", `unknown unit "fortnight"`},
		{"localtime.truncate('year', localdatetime())", `a localtime cannot be cut down to a year`},
		{"duration.between(1, date())", `duration.between needs a temporal value, not an integer`},
	} {
		got, err := theValue(t, tt.expression, nil)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, tt.want) || e.Line == 0 {
			t.Errorf("%s is %v, %v, want an error with its place that says %s", tt.expression, got, err, tt.want)
		}
	}
}

// TestTemporalOrder sorts values of all kinds, which ORDER BY keeps apart.
func TestTemporalOrder(t *testing.T) {
	res, err := answer(t, &memory{}, `UNWIND ['a', duration('P1M'), duration('P30D'), localtime('10:00'), time('10:00+01:00'),
		time('10:00+02:00'), date('2015-01-02'), date('2015-01-01'), localdatetime('2015-01-01'), datetime('2015-01-01')] AS v
		RETURN collect(DISTINCT toString(v)) AS unsorted, max(v) AS last, min(v) AS first`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(res.Rows[0][0].([]any)); n != 10 || res.Rows[0][1] != "a" || show(res.Rows[0][2], false) != `"2015-01-01T00:00Z"` {
		t.Errorf("%d values, from %v to %v", n, res.Rows[0][2], res.Rows[0][1])
	}
	res, err = answer(t, &memory{}, `UNWIND [duration('P1M'), duration('P30D'), localtime('10:00'), time('10:00+01:00'),
		time('10:00+02:00'), date('2015-01-02'), date('2015-01-01'), localdatetime('2015-01-01'), datetime('2015-01-01')] AS v
		WITH v ORDER BY v RETURN collect(toString(v)) AS v`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `["2015-01-01T00:00Z", "2015-01-01T00:00", "2015-01-01", "2015-01-02", "10:00+02:00", "10:00+01:00", "10:00", "P30D", "P1M"]`
	if got := show(res.Rows[0][0], false); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

// TestTemporalInAndOut passes values as parameters and takes the result as JSON.
func TestTemporalInAndOut(t *testing.T) {
	at := time.Date(2015, 7, 21, 21, 40, 32, 142e6, time.FixedZone("", 3600))
	week, err := theValue(t, "duration('P7D')", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := answer(t, &memory{}, "RETURN $at AS at, date($at) + $week AS later, [$week] AS l, {w: $week} AS m",
		map[string]any{"at": at, "week": week})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(res)
	want := `{"columns":["at","later","l","m"],"rows":[["2015-07-21T21:40:32.142+01:00","2015-07-28",["P7D"],{"w":"P7D"}]]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	for name, bad := range map[string]any{
		"zero": Temporal{}, "far": time.Unix(1<<60, 0), "east": at.In(time.FixedZone("", 18*3600+1)),
		"large": json.Number("9223372036854775808"),
	} {
		if _, err := theValue(t, "$v", map[string]any{"v": bad}); err == nil || !strings.Contains(err.Error(), "parameter $v") {
			t.Errorf("parameter %s: %v, want it refused by name", name, err)
		}
	}
}

// TestTemporalNow asks for the time: once for a query, and in every kind the same.
func TestTemporalNow(t *testing.T) {
	before := time.Now().Unix()
	res, err := answer(t, &memory{}, `UNWIND range(1, 2) AS i WITH collect(DISTINCT datetime()) AS at, collect(localdatetime()) AS here
		RETURN size(at), at[0].epochSeconds, toString(at[0]) = toString(here[1]) + 'Z',
		datetime.realtime('+02:00').offset, datetime.statement() = at[0], datetime.truncate('day').hour`, nil)
	if err != nil {
		t.Fatal(err)
	}
	row := res.Rows[0]
	if s := row[1].(int64); row[0] != int64(1) || s < before || s > time.Now().Unix() || row[2] != true ||
		row[3] != "+02:00" || row[4] != true || row[5] != int64(0) {
		t.Errorf("%v, want one instant that is now", row)
	}
}

// TestBetweenAdds draws values and adds what lies between them: the sum is the other value. Those with
// a zone go through all that its clocks have been set by.
func TestBetweenAdds(t *testing.T) {
	berlin, err := (&session{meter: &meter{budget: Budget{Steps: maxSpend}, ended: func() error { return nil }}}).location("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 0))
	draw := func() Temporal {
		v, err := fromEpoch(rng.Int64N(4e9)-2e9, rng.Int64N(nanosPerSecond))
		if err != nil {
			t.Fatal(err)
		}
		return v.at(zone{anyOffset, berlin})
	}
	for range 20_000 {
		a, b := draw(), draw()
		for _, count := range []func(a, b Temporal) (Duration, error){durationBetween, inSeconds} {
			d, err := count(a, b)
			if err != nil {
				t.Fatalf("between %v and %v: %v", a, b, err)
			}
			if sum, err := a.plus(d); err != nil || !sameTemporal(sum, b) {
				t.Fatalf("%v + %v = %v, %v, want %v", a, d, sum, err, b)
			}
		}
	}
}

// FuzzTemporalText reads texts as every kind. What can be read is read again from what it is written as.
func FuzzTemporalText(f *testing.F) {
	for _, text := range []string{"2015-07-21", "+12345-W03-4", "2015Q203", "21:40:32.142+01:00", "2015-202T2140-02[Europe/Berlin]",
		"P1Y2M3W4DT5H6M7.8S", "-P-0.75M", "P2012-02-02T14:37:21.545", "-999999999-01-01T00:00:00Z", "PT-0.000000001S"} {
		f.Add(text)
	}
	load := (&session{meter: &meter{budget: Budget{Steps: maxSpend}, ended: func() error { return nil }}}).location
	f.Fuzz(func(t *testing.T, text string) {
		for kind := DateTime; kind <= LocalTime; kind++ {
			v, err := parseTemporal(kind, text, load)
			if err != nil {
				continue
			}
			if again, err := parseTemporal(kind, v.String(), load); err != nil || !sameTemporal(v, again) {
				t.Errorf("%s %q is %v, which reads as %v, %v", kind, text, v, again, err)
			}
		}
		d, err := parseDuration(text)
		if err != nil {
			return
		}
		if again, err := parseDuration(d.String()); err != nil || again != d {
			t.Errorf("duration %q is %v, which reads as %v, %v", text, d, again, err)
		}
	})
}
