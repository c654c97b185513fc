package ring

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

const tallyHeader = "\x02\x02\x05" + "\x01a\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01"

func someTallies() []Tally {
	return []Tally{
		{Segment: "switch:s1", Up: 1, Died: 0x0203, Lowest: Member{ID: "bb", Boot: 0x0102, Epoch: 5}, Told: true},
		{Segment: "rack:r1", Up: 0x0405},
		{Segment: "subnet:n", Died: 1, Lowest: Member{ID: "c", Boot: 1}},
	}
}

// TestTallyForm holds the bytes of the package comment.
func TestTallyForm(t *testing.T) {
	want := forge(tallyHeader + "\x03" +
		"\x09switch:s1\x00\x01\x02\x03\x01\x02bb\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x05" +
		"\x07rack:r1\x04\x05\x00\x00" +
		"\x08subnet:n\x00\x00\x00\x01\x00\x01c\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00")
	b, n := newSealer(t, "a").SealTallies([]byte("before"), testLabel, someTallies())
	if b = b[len("before"):]; !bytes.Equal(b, want) || n != 3 {
		t.Errorf("%d tallies in %q, want 3 in %q", n, b, want)
	}
	m, got, err := OpenTallies(b, testLabel, keyOf)
	if err != nil || m.From != "a" || m.FromBoot != 0x0102 || m.Serial != 1 || !slices.Equal(got, someTallies()) {
		t.Errorf("OpenTallies = %+v, %+v, %v", m, got, err)
	}
	later := forge("\x07" + tallyHeader[1:] + "\x01\x01s\x00\x00\x00\x01\xfe\x01c" + strings.Repeat("\x00", 12) + "more")
	if _, got, err := OpenTallies(later, testLabel, keyOf); err != nil || len(got) != 1 || got[0].Lowest.ID != "c" || got[0].Told {
		t.Errorf("of a later version: %+v, %v", got, err)
	}
}

// TestTalliesFit: a message has as many as fit, one at least, and is never longer than a reader takes.
func TestTalliesFit(t *testing.T) {
	longest := Tally{Segment: strings.Repeat("s", 64), Died: 1, Lowest: Member{ID: HostID(strings.Repeat("h", 64))}}
	b, n := newSealer(t, HostID(strings.Repeat("a", 64))).SealTallies(nil, testLabel, []Tally{longest, longest})
	if n != 1 || len(b) > maxTalliesBytes {
		t.Errorf("%d of the longest tallies in %d bytes, want 1", n, len(b))
	}
	s := newSealer(t, "a")
	for _, tt := range []struct{ segment, id, given, want int }{
		{64, 64, 9, 2}, {24, 32, 9, 3}, {9, 1, 20, MaxTallies}, {9, 1, 2, 2},
	} {
		one := Tally{Segment: strings.Repeat("s", tt.segment), Died: 1, Lowest: Member{ID: HostID(strings.Repeat("h", tt.id))}}
		b, n := s.SealTallies(nil, testLabel, slices.Repeat([]Tally{one}, tt.given))
		_, got, err := OpenTallies(b, testLabel, keyOf)
		if n != tt.want || len(b) > maxTalliesBytes || len(got) != n || err != nil {
			t.Errorf("%+v: %d tallies in %d bytes, read as %d, %v", tt, n, len(b), len(got), err)
		}
	}
}

func TestOpenTalliesRefuses(t *testing.T) {
	one := "\x01s\x00\x00\x00\x01\x00\x01c" + strings.Repeat("\x00", 12)
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"not tallies":        {forge(askHeader + "\x01b\x00\x00\x00\x01"), ErrMalformed},
		"too many":           {forge(tallyHeader + "\x09" + strings.Repeat("\x01s\x00\x00\x00\x00", 9)), ErrMalformed},
		"fewer than it says": {forge(tallyHeader + "\x02" + one), ErrMalformed},
		"no count":           {forge(tallyHeader), ErrMalformed},
		"cut short":          {forge(tallyHeader + "\x01" + one[:len(one)-1]), ErrMalformed},
		"segment of nothing": {forge(tallyHeader + "\x01\x00\x00\x00\x00\x00"), ErrMalformed},
		"segment of 65":      {forge(tallyHeader + "\x01\x41" + strings.Repeat("s", 65) + "\x00\x00\x00\x00"), ErrMalformed},
		"a host of nothing":  {forge(tallyHeader + "\x01\x01s\x00\x00\x00\x01\x00\x00" + strings.Repeat("\x00", 12)), ErrMalformed},
		"oversize":           {forge(tallyHeader + "\x01" + one + strings.Repeat("x", MaxMessageBytes)), ErrMalformed},
		"unsigned":           {[]byte(tallyHeader + "\x01" + one + strings.Repeat("x", 64)), ErrSignature},
		"not even a header":  {[]byte("\x02\x02\x05"), ErrMalformed},
	} {
		if _, got, err := OpenTallies(tt.b, testLabel, keyOf); !errors.Is(err, tt.want) {
			t.Errorf("%s: %+v, %v; want %v", name, got, err, tt.want)
		}
	}
	for b, want := range map[string]bool{tallyHeader: true, askHeader: false, "\x02\x02": false, "": false, "\x02\x02\x05": true} {
		if HasTallies([]byte(b)) != want {
			t.Errorf("HasTallies(%q) = %v", b, !want)
		}
	}
}

// FuzzTallies: what opens is bounded, and is written as it came but for what later versions put there.
func FuzzTallies(f *testing.F) {
	b, _ := newSealer(f, "a").SealTallies(nil, testLabel, someTallies())
	f.Add(b[:len(b)-64])
	f.Add([]byte(tallyHeader + "\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, tallies, err := OpenTallies(forge(string(b)), testLabel, keyOf)
		if err != nil {
			return
		}
		if len(tallies) > MaxTallies || m.From == "" {
			t.Errorf("OpenTallies(%q) = %+v, %d tallies", b, m, len(tallies))
		}
		if len(tallies) == 0 {
			return
		}
		again, n := newSealer(t, "a").SealTallies(nil, testLabel, tallies)
		if _, got, err := OpenTallies(again, testLabel, keyOf); err != nil || !slices.Equal(got, tallies[:n]) {
			t.Errorf("%+v comes back as %+v, %v", tallies[:n], got, err)
		}
	})
}
