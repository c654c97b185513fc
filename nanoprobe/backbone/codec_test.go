package backbone

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

var (
	v4 = netip.MustParseAddrPort("10.0.0.1:7946")
	v6 = netip.MustParseAddrPort("[2001:db8:1234:5678:9abc:def0:1234:5678]:65535")
)

// fullNote has the fields that a representative, or a deputy with a deputy of its own, has at most.
func fullNote(t *testing.T, deputy bool) Note {
	base, up := ringOf(t, 0, "64-0123456789abcdef", maxGeneration-1), ringOf(t, 7, "64-0123456789abcdef", maxGeneration-1)
	n := Note{
		Office: true, Free: true, Move: Move{Len: 64, Generation: maxGeneration - 1, Via: v6},
		Appoints: Appointment{Deputy: 1 << 31, Stands: Stands{Ring: up, Size: 320, Stamp: 1 << 31, Entry: v6}, Beside: v6},
	}
	if deputy {
		n.Serves = Service{Principal: 7, Active: true, Seat: up, Guide: v6, Order: Order{Ring: base, Via: v6}}
		return n
	}
	n.Above = Above{Ring: up, Addrs: []netip.AddrPort{v4, v6}}
	return n
}

func TestNote(t *testing.T) {
	seat := Note{Stands: Stands{Ring: ringOf(t, 0, "33-66a9ee1b8", 2), Size: 64, Stamp: 5, Entry: v4}, Above: Above{Ring: ringOf(t, 2, "0-", 1), Addrs: []netip.AddrPort{v6}}}
	for _, n := range []Note{{}, {Free: true}, {Office: true}, fullNote(t, true), fullNote(t, false), seat, {Segments: []string{"switch:c1", "subnet:10.1.2.0/24"}}} {
		b := AppendNote([]byte("x"), n)[1:]
		if got, err := ParseNote(b); err != nil || !reflect.DeepEqual(got, n) {
			t.Errorf("note %+v\nis read as %+v, %v", n, got, err)
		}
		for cut := 1; cut < len(b); cut++ { // no field is read that is not all there
			if got, err := ParseNote(b[:cut]); err == nil && !bytes.Equal(AppendNote(nil, got), b[:cut]) {
				t.Errorf("the first %d bytes of %x are read as %+v", cut, b, got)
			}
		}
	}
}

func TestNoteIsBounded(t *testing.T) {
	n := fullNote(t, true)
	n.Segments = []string{strings.Repeat("a", MaxSegmentBytes), "rack:r7", strings.Repeat("b", MaxSegmentBytes+1), "switch:" + strings.Repeat("c", 50), "x:1"}
	b := AppendNote(nil, n)
	got, err := ParseNote(b)
	if err != nil || len(b) > MaxNoteBytes {
		t.Fatalf("a note of %d bytes, %v; at most %d", len(b), err, MaxNoteBytes)
	}
	if want := []string{"rack:r7", "x:1"}; !reflect.DeepEqual(got.Segments, want) {
		t.Errorf("segments %q are told, want those that fit: %q", got.Segments, want)
	}
	if _, err := ParseNote(append(b, make([]byte, MaxNoteBytes)...)); !errors.Is(err, ErrNote) {
		t.Errorf("a note that is too long: %v", err)
	}
}

// TestNoteOfLaterVersion reads what a later version may write: a higher version, an unknown field, and
// more in a known one.
func TestNoteOfLaterVersion(t *testing.T) {
	b := []byte{9, tagFlags, 3, flagFree, 1, 2, 99, 2, 0xff, 0xff, tagSegment, 1, 'a'}
	got, err := ParseNote(b)
	if want := (Note{Free: true, Segments: []string{"a"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("a later note is read as %+v, %v, want %+v", got, err, want)
	}
}

func TestBadNote(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":               {},
		"version 0":           {0},
		"field without value": {1, tagFlags, 1},
		"prefix of 65 bits":   {1, tagAbove, 6, 1, 65, 0, 0, 0, 1},
		"stray bits":          {1, tagAbove, 7, 1, 1, 0xc0, 0, 0, 0, 1},
		"base ring of 1 bit":  {1, tagAbove, 7, 0, 1, 0x80, 0, 0, 0, 1},
		"generation 0":        {1, tagAbove, 6, 1, 0, 0, 0, 0, 0},
		"level 8":             {1, tagAbove, 6, 8, 0, 0, 0, 0, 1},
		"address of 5 bytes":  {1, tagMove, 13, 1, 0, 0, 0, 1, 5, 1, 2, 3, 4, 5, 0, 1},
		"move to 65 bits":     {1, tagMove, 6, 65, 0, 0, 0, 1, 0},
		"empty segment":       {1, tagSegment, 0},
		"nine segments":       append([]byte{1}, bytes.Repeat([]byte{tagSegment, 1, 'a'}, 9)...),
	} {
		if got, err := ParseNote(b); !errors.Is(err, ErrNote) {
			t.Errorf("%s: read as %+v, %v", name, got, err)
		}
	}
}

func FuzzNote(f *testing.F) {
	f.Add([]byte{1, tagFlags, 1, 3})
	f.Add([]byte{1, tagServes, 5, 0, 0, 0, 1, 0, tagSegment, 1, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseNote(b)
		if err != nil {
			return
		}
		again, err := ParseNote(AppendNote(nil, n))
		if err != nil || len(AppendNote(nil, n)) > MaxNoteBytes {
			t.Fatalf("%x is read as %+v, whose form is not read: %v", b, n, err)
		}
		if third, _ := ParseNote(AppendNote(nil, again)); !reflect.DeepEqual(third, again) {
			t.Fatalf("%+v changes on the way to %+v", again, third)
		}
	})
}

func TestMessages(t *testing.T) {
	r := ringOf(t, 0, "33-66a9ee1b8", 2)
	for _, q := range []Query{{}, {Level: 7, Key: 1 << 63, Ring: r, Addr: v6}} {
		if got, err := ParseQuery(AppendQuery(nil, q)); err != nil || got != q {
			t.Errorf("query %+v is read as %+v, %v", q, got, err)
		}
	}
	for _, a := range []Answer{{}, {Finding: Busy}, {Finding: Found, Ring: r, Addrs: []netip.AddrPort{v4, v6, v4}}, {Finding: Vacant, Ring: r}} {
		if got, err := ParseAnswer(AppendAnswer(nil, a)); err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("answer %+v is read as %+v, %v", a, got, err)
		}
	}
	l := List{Ring: r, Group: "dc1", Members: []ring.Member{{ID: "h1", Name: "web1", Addr: v6.String(), Boot: 1 << 40, Epoch: 3}, {ID: "h2"}}}
	if got, err := ParseList(AppendList(nil, l)); err != nil || !reflect.DeepEqual(got, l) {
		t.Errorf("list %+v is read as %+v, %v", l, got, err)
	}
}

func TestBadMessages(t *testing.T) {
	for name, err := range map[string]error{
		"found without a ring":  second(ParseAnswer([]byte{1, byte(Found), 0, 0})),
		"busy with a ring":      second(ParseAnswer(append([]byte{1, byte(Busy), 0}, appendOptionalRing(nil, ringOf(t, 1, "0-", 1))...))),
		"answer of 4 addresses": second(ParseAnswer([]byte{1, byte(Busy), 4, 0, 0, 0, 0, 0})),
		"unheard of finding":    second(ParseAnswer([]byte{1, byte(Unknown) + 1, 0, 0})),
		"query of level 8":      second(ParseQuery(AppendQuery(nil, Query{Level: maxLevels}))),
		"query cut short":       second(ParseQuery([]byte{1, 0, 1, 2, 3})),
		"version 2":             second(ParseQuery(append([]byte{2}, AppendQuery(nil, Query{})[1:]...))),
		"nothing":               second(ParseQuery(nil)),
		"list cut short":        second(ParseList(append(appendText(appendRing([]byte{1}, ringOf(t, 1, "0-", 1)), "", 1), 0, 1))),
		"too long":              second(ParseList(make([]byte, MaxMessageBytes+1))),
	} {
		if !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestListIsBounded holds that a ring of the longest names still fits one call.
func TestListIsBounded(t *testing.T) {
	l := List{Ring: ringOf(t, 0, "32-66a9ee1b", 1), Group: strings.Repeat("g", 99)}
	for range 2 * ring.MaxMembers {
		l.Members = append(l.Members, ring.Member{ID: ring.HostID(strings.Repeat("i", 64)), Name: strings.Repeat("n", 255), Addr: strings.Repeat("a", 64)})
	}
	b := AppendList(nil, l)
	got, err := ParseList(b)
	if err != nil || len(b) > MaxMessageBytes || len(got.Members) < 250 || len(got.Members) > ring.MaxMembers {
		t.Errorf("%d of %d members are told in %d bytes: %v", len(got.Members), len(l.Members), len(b), err)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add([]byte{1, byte(Busy), 0, 0})
	f.Add(AppendQuery(nil, Query{Level: 1, Addr: v4}))
	f.Add(AppendList(nil, List{Ring: Ring{Level: 1, Generation: 1}, Members: []ring.Member{{ID: "h1"}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if q, err := ParseQuery(b); err == nil {
			if again, err := ParseQuery(AppendQuery(nil, q)); err != nil || again != q {
				t.Fatalf("query %+v comes back as %+v, %v", q, again, err)
			}
		}
		if a, err := ParseAnswer(b); err == nil {
			if again, err := ParseAnswer(AppendAnswer(nil, a)); err != nil || !reflect.DeepEqual(again, a) {
				t.Fatalf("answer %+v comes back as %+v, %v", a, again, err)
			}
		}
		if l, err := ParseList(b); err == nil {
			if again, err := ParseList(AppendList(nil, l)); err != nil || !reflect.DeepEqual(again, l) {
				t.Fatalf("list %+v comes back as %+v, %v", l, again, err)
			}
		}
	})
}
