package segment

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/assim-mesh/assim/cache/trigram"
)

// FuzzRead reads segments whose checksums are right and whose insides are anything: they may be refused,
// for the reasons that there are, and nothing else may happen.
func FuzzRead(f *testing.F) {
	fields := map[string][]byte{}
	put := func(field string, value []byte) error {
		raw, err := newOpener().open(field, value, nil)
		fields[field] = bytes.Clone(raw)
		return err
	}
	for _, contents := range [][]string{
		{"net.core = 1\nvm = 2\nvm = 2\n", "net.core = 1\nvm = 2\n", "vm = 2\n", "net.core = 3", "vm = 2"},
		{"one\n"},
		nil,
	} {
		clear(fields)
		b := NewBuilder(Config{})
		for host, content := range contents {
			if err := b.Add(uint32(host*2), []byte(content)); err != nil {
				f.Fatal(err)
			}
		}
		if _, err := b.Finish(f.Context(), put); err != nil {
			f.Fatal(err)
		}
		f.Add(fields["meta"], fields["anchors"], fields["b0"], fields["p0"], fields["t0"])
	}
	f.Fuzz(func(t *testing.T, meta, anchors, text, postings, index []byte) {
		sealer := newSealer(1)
		raw := map[string][]byte{"meta": meta, "anchors": anchors, "b0": text, "p0": postings, "t0": index}
		sealed := map[string][]byte{}
		for field, value := range raw {
			if len(value) > maxRawBytes {
				return
			}
			sealed[field] = bytes.Clone(sealer.seal(field, value))
		}
		get := func(_ context.Context, names []string) ([][]byte, error) {
			values := make([][]byte, len(names))
			for i, name := range names {
				values[i] = sealed[name]
			}
			return values, nil
		}
		s, err := Open(t.Context(), get)
		if refused(t, err) {
			return
		}
		_, err = s.Anchors(t.Context())
		refused(t, err)
		for _, literal := range []string{"", "vm = 2"} {
			q := Query{Trigrams: trigram.Literal([]byte(literal)), Literal: trigram.NewFinder([]byte(literal), false)}
			refused(t, s.Lookup(t.Context(), q, func(h Hit) error {
				if bytes.IndexByte(h.Line, '\n') >= 0 || h.Hosts > len(s.hosts) || len(h.In) != h.Hosts {
					t.Errorf("hit %+v", h)
				}
				return nil
			}))
		}
		discard := func(string, []byte) error { return nil }
		_, err = Merge(t.Context(), []Source{{Segment: s}, {Segment: s}}, discard, Config{})
		refused(t, err)
	})
}

func refused(t *testing.T, err error) bool {
	t.Helper()
	if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
	return err != nil
}

// FuzzOpen unpacks what can be anything.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("12345678"))
	f.Add(bytes.Clone(newSealer(1).seal("x", bytes.Repeat([]byte("text "), 20))))
	o := newOpener()
	f.Fuzz(func(t *testing.T, sealed []byte) {
		raw, err := o.open("x", sealed, nil)
		if err == nil && len(raw) > maxRawBytes {
			t.Errorf("%d bytes", len(raw))
		}
		refused(t, err)
		if len(sealed) >= 4 { // and with a right checksum
			sum := checksum("x", sealed)
			sealed = append([]byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}, sealed[4:]...)
			raw, err = o.open("x", sealed, nil)
			if err == nil && len(raw) > maxRawBytes {
				t.Errorf("%d bytes", len(raw))
			}
			refused(t, err)
		}
	})
}

// FuzzSet stores a set of numbers, in every kind, and reads it.
func FuzzSet(f *testing.F) {
	f.Add([]byte{0x0f}, uint16(0), true)
	f.Add([]byte{0xff, 0xfe, 0xff}, uint16(2), false)
	f.Add([]byte{0x55, 0x13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80}, uint16(0), false)
	f.Fuzz(func(t *testing.T, bits []byte, spare uint16, same bool) {
		universe := len(bits)*8 + int(spare)
		if universe > MaxHosts {
			return
		}
		var members []uint32
		masked := mask{in: newBitmap(universe)}
		clear := 0
		for n := range uint32(len(bits) * 8) {
			odd := bits[n/8]>>(n%8)&1 == 1
			if odd {
				members = append(members, n)
			}
			if n%3 == 1 {
				masked.in.add(n)
				masked.n++
			} else if odd {
				clear++
			}
		}
		stored := appendSet(nil, universe, members, nil)
		if limit := 1 + (universe+7)/8; len(stored) > limit && len(stored) > 3 {
			t.Errorf("%d of %d take %d bytes, a bitmap %d", len(members), universe, len(stored), limit)
		}
		if same {
			stored = appendSet(stored, universe, members, members)
		}
		in := input{b: stored}
		s := in.set(universe, set{})
		if same {
			s = in.set(universe, s)
		}
		var got []uint32
		for n := range s.all {
			got = append(got, n)
		}
		if in.bad || len(in.b) > 0 || s.size != len(members) || !bytes.Equal(u32(got), u32(members)) {
			t.Errorf("stored %v of %d, got %v (bad %v)", members, universe, got, in.bad)
		}
		if got := s.sizeWithout(masked); got != clear {
			t.Errorf("%v of %d without %v: %d, want %d", members, universe, masked, got, clear)
		}
	})
}

func u32(numbers []uint32) []byte {
	var b []byte
	for _, n := range numbers {
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return b
}
