package cypher

import (
	"regexp"
	"strconv"
	"strings"
)

// maxTemporalBytes bounds a text that becomes a temporal value: those that are right are shorter.
const maxTemporalBytes = 128

var (
	durationForm = regexp.MustCompile(`^([+-])?P` + durationGroups("Y", "M", "W", "D") + `(?:T` + durationGroups("H", "M", "S") + `)?$`)
	// durationDateForm is the other form, P2012-02-02T14:37:21.545.
	durationDateForm = regexp.MustCompile(`^([+-])?P(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d(?:[.,]\d{1,9})?)$`)
)

func durationGroups(letters ...string) string {
	var form strings.Builder
	for _, letter := range letters {
		form.WriteString(`(?:([+-]?\d+(?:[.,]\d+)?)` + letter + `)?`)
	}
	return form.String()
}

// The units of the groups of durationForm and durationDateForm, behind the sign.
var (
	durationFormUnits     = []durationUnit{{monthPart, 12}, {monthPart, 1}, {dayPart, 7}, {dayPart, 1}, {secondPart, 3600}, {secondPart, 60}, {secondPart, 1}}
	durationDateFormUnits = []durationUnit{{monthPart, 12}, {monthPart, 1}, {dayPart, 1}, {secondPart, 3600}, {secondPart, 60}, {secondPart, 1}}
)

// parseDuration reads a duration of ISO 8601.
func parseDuration(text string) (Duration, error) {
	if len(text) > maxTemporalBytes {
		return Duration{}, temporalErrorf("a duration has at most %d bytes, not %d", maxTemporalBytes, len(text))
	}
	m, units := durationForm.FindStringSubmatch(text), durationFormUnits
	if m == nil {
		m, units = durationDateForm.FindStringSubmatch(text), durationDateFormUnits
	}
	if m == nil || strings.HasSuffix(text, "P") || strings.HasSuffix(text, "T") {
		return Duration{}, temporalErrorf("%q is no duration such as P1Y2M3DT4H5M6.7S", text)
	}
	var a amounts
	for i, u := range units {
		if m[i+2] == "" {
			continue
		}
		q, ok := parseQuantity(m[i+2])
		if !ok {
			return Duration{}, durationTooLong()
		}
		a.add(u, q)
	}
	d, err := a.duration()
	if err == nil && m[1] == "-" {
		d = d.negated()
		return NewDuration(d.months, d.days, d.seconds, d.nanos)
	}
	return d, err
}

// parseQuantity reads a decimal number, or says false if its whole is too large.
func parseQuantity(text string) (quantity, bool) {
	whole, fraction, _ := strings.Cut(strings.ReplaceAll(text, ",", "."), ".")
	n, err := strconv.ParseInt(whole, 10, 62)
	part, _ := strconv.ParseFloat("0."+fraction, 64) // digits only: the form has been looked at
	if strings.HasPrefix(text, "-") {
		part = -part
	}
	return quantity{n, part}, err == nil
}
