package cypher

// newTemporal makes a value of a kind: of a text, of a map of fields, or of what another value has.
func newTemporal(kind TemporalKind, of any, load zones) (Temporal, error) {
	switch of := of.(type) {
	case string:
		return parseTemporal(kind, of, load)
	case map[string]any:
		f := &fieldReader{kind: kind, fields: of}
		f.only(kind.fields())
		date, clock := f.bases()
		return f.build(date, clock, load)
	case Temporal:
		if kind.hasTime() && !of.kind.hasTime() {
			return Temporal{}, temporalErrorf("a %s has no time for a %s", of.kind, kind)
		}
		return of.as(kind)
	}
	return Temporal{}, temporalErrorf("a %s is made of a string, a map or a temporal value, not of %s", kind, describe(of))
}

// as turns a value into another kind. A date becomes its midnight, and what has no zone is in UTC.
func (t Temporal) as(kind TemporalKind) (Temporal, error) {
	if kind.hasDate() && !t.kind.hasDate() {
		return Temporal{}, temporalErrorf("a %s has no date for a %s", t.kind, kind)
	}
	out := Temporal{kind: kind}
	if kind.hasDate() {
		out.day = t.day
	}
	if kind.hasTime() {
		out.nano = t.nano
	}
	if kind.hasZone() {
		out.zone = t.zone
	}
	if kind == Time {
		out.zone.named = nil // the offset of the day stays
	}
	return out, nil
}

// build makes a value of the fields and of the bases, which may be nil.
func (f *fieldReader) build(date, clock *Temporal, load zones) (Temporal, error) {
	t := Temporal{kind: f.kind}
	if f.kind.hasDate() {
		t.day = f.day(date)
	}
	if f.kind.hasTime() {
		t.nano = f.clock(clock)
		if !f.kind.hasDate() && clock == nil && !f.has("hour") {
			f.fail("a %s needs an hour", f.kind)
		}
	}
	if f.err == nil && f.kind.hasZone() {
		t = f.zoned(t, clock, load)
	}
	if f.err == nil {
		f.err = checkDay(t.day)
	}
	return t, f.err
}

// zoned puts the time zone to t: the base's, or UTC. One that is given shows the base's instant on its
// own clock if the base has a zone, and if not, it is the zone of what the clock shows.
func (f *fieldReader) zoned(t Temporal, clock *Temporal, load zones) Temporal {
	hasZone := clock != nil && clock.kind.hasZone()
	if hasZone {
		base := clock.zone
		if t.kind == Time {
			base.named = nil
		}
		t = t.in(base)
	}
	v, given := f.fields["timezone"]
	if !given {
		return t
	}
	name, ok := v.(string)
	if !ok {
		f.fail("timezone of a %s needs a string, not %s", f.kind, describe(v))
		return t
	}
	z, err := zoneOf(f.kind, name, load)
	switch {
	case err != nil:
		f.err = err
		return t
	case hasZone:
		return t.at(z)
	}
	return t.in(z)
}
