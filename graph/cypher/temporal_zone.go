package cypher

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// zone is how far a clock is from UTC: by a fixed offset, or as a place has it at the time.
type zone struct {
	offset int            // seconds east of UTC; anyOffset for that of the place
	named  *time.Location // nil for a fixed offset
}

// anyOffset is no offset: the zone's own at the time, and when a clock is set back the earlier one.
const anyOffset = 1 << 30

// maxOffset is the largest offset, in seconds: 18 hours.
const maxOffset = 18 * 3600

func (z zone) name() string {
	if z.named == nil {
		return ""
	}
	return z.named.String()
}

// zones loads a zone by its name.
type zones func(name string) (*time.Location, error)

// stepsPerZone is what loading a zone costs: it reads a file.
const stepsPerZone = 1000

// location is the zones of a session, each loaded once. It needs the zone files of the machine, or a
// program that has embedded them by importing time/tzdata; without, every name is unknown.
func (s *session) location(name string) (*time.Location, error) {
	if known, ok := s.zones[name]; ok {
		return known, nil
	}
	s.spend(stepsPerZone)
	if name == "" || name == "Local" { // what package time takes for the zone of this machine, or UTC
		return nil, temporalErrorf("unknown time zone %q", name)
	}
	loaded, err := time.LoadLocation(name)
	if err != nil {
		return nil, temporalErrorf("unknown time zone %q", name)
	}
	if s.zones == nil {
		s.zones = map[string]*time.Location{}
	}
	s.zones[name] = loaded
	return loaded, nil
}

var offsetForm = regexp.MustCompile(`^([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?$`)

// parseZone reads Z, an offset such as +01:00, or a zone's name.
func parseZone(text string, load zones) (zone, error) {
	if text == "Z" {
		return zone{}, nil
	}
	if m := offsetForm.FindStringSubmatch(text); m != nil {
		return parseOffset(m)
	}
	named, err := load(text)
	return zone{anyOffset, named}, err
}

// parseOffset takes a match of offsetForm.
func parseOffset(m []string) (zone, error) {
	hours, minutes, seconds := digits(m[2], 0), digits(m[3], 0), digits(m[4], 0)
	offset := hours*3600 + minutes*60 + seconds
	if minutes > 59 || seconds > 59 || offset > maxOffset {
		return zone{}, temporalErrorf("the offset %q is not within 18 hours of UTC", m[0])
	}
	if m[1] == "-" {
		offset = -offset
	}
	return zone{offset: int(offset)}, nil
}

// digits is the number that digits make, of which there are few, or otherwise where there are none.
func digits(text string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return otherwise
}

func offsetText(offset int) string {
	if offset == 0 {
		return "Z"
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	text := fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		text += fmt.Sprintf(":%02d", offset%60)
	}
	return text
}

// offsetAt is the offset of a place at a second since 1970-01-01T00:00Z.
func offsetAt(place *time.Location, second int64) int {
	_, offset := time.Unix(second, 0).In(place).Zone()
	return offset
}

// in puts a zone to what t's clock shows. Of two possible offsets, when a clock is set back, it takes
// the zone's if that is one of them, and else the earlier; a time that a clock leaps over becomes as
// much later as the clock leaps.
func (t Temporal) in(z zone) Temporal {
	t.zone = z
	if z.named == nil {
		return t
	}
	local := t.localSecond()
	if offsetAt(z.named, local-int64(z.offset)) == z.offset { // never of anyOffset
		return t
	}
	before := offsetAt(z.named, local-secondsPerDay)
	after := offsetAt(z.named, local+secondsPerDay)
	t.zone.offset = before
	if offsetAt(z.named, local-int64(before)) == before {
		return t
	}
	if offsetAt(z.named, local-int64(after)) == after {
		t.zone.offset = after
		return t
	}
	return t.at(z) // the offset before the leap tells the instant
}

// at returns the same instant in another zone.
func (t Temporal) at(z zone) Temporal {
	if z.named != nil {
		z.offset = offsetAt(z.named, t.second())
	}
	return t.shifted(z)
}

// shifted sets t's clock and date to an offset at the same instant.
func (t Temporal) shifted(z zone) Temporal {
	local := t.second() + int64(z.offset)
	t.nano = floorMod(local, secondsPerDay)*nanosPerSecond + t.nano%nanosPerSecond
	if t.kind.hasDate() {
		t.day = floorDiv(local, secondsPerDay)
	}
	t.zone = z
	return t
}

// fromTime returns an instant of package time as a DateTime with the offset it has in its location. It
// fails for a year that no date can have, and for an offset beyond 18 hours.
func fromTime(at time.Time) (Temporal, error) {
	_, offset := at.Zone()
	if outside(int64(offset), maxOffset) {
		return Temporal{}, temporalErrorf("the offset %q is not within 18 hours of UTC", offsetText(offset))
	}
	t, err := fromEpoch(at.Unix(), int64(at.Nanosecond()))
	if err != nil {
		return Temporal{}, err
	}
	t = t.at(zone{offset: offset})
	return t, checkDay(t.day)
}

// fromEpoch is the instant some seconds, and nanoseconds of a second, after 1970-01-01T00:00Z.
func fromEpoch(second, nanos int64) (Temporal, error) {
	if outside(second, maxSeconds) { // or the sum could overflow
		return Temporal{}, checkDay(maxDay + 1)
	}
	return Temporal{kind: DateTime}.plusSeconds(second, nanos)
}
