package lines

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func newBase(t testing.TB, text string) *Base {
	t.Helper()
	b, err := NewBase([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// short is a base of lines of 16 bytes, a run each.
const short = "0123456789abcd0\n0123456789abcd1\n0123456789abcd2\n"

func TestDiff(t *testing.T) {
	line := func(n int) string { return short[16*n : 16*n+16] }
	for _, tt := range []struct {
		name, base, text string
		own              string
		parts            []Part
	}{
		{"the base", short, short, "", []Part{{0, 0, 0, 3}}},
		{"nothing", short, "", "", nil},
		{"nothing in common", short, "a\n\nb\n", "a\n\nb\n", nil},
		{"an empty base", "", "a\nb\n", "a\nb\n", nil},
		{"a line is replaced", short, line(0) + "0123456789abcdX\n" + line(2), "0123456789abcdX\n", []Part{{0, 0, 0, 1}, {16, 1, 2, 1}}},
		{"lines come and go", short, "new\nnewer\n" + line(1), "new\nnewer\n", []Part{{10, 2, 1, 1}}},
		{"order differs", short, line(2) + line(0), "", []Part{{0, 0, 2, 1}, {0, 0, 0, 1}}},
		{"a line again and again", short, line(1) + line(1), "", []Part{{0, 0, 1, 1}, {0, 0, 1, 1}}},
		{"no end of the last line", short, line(0) + "0123456789abcd1", "0123456789abcd1", []Part{{0, 0, 0, 1}}},
		{"no end of the base's last line", short + "0123456789abcd3", short + "0123456789abcd3", "0123456789abcd3", []Part{{0, 0, 0, 3}}},
		{"the end is the line before", short, "more\nmore", "more\nmore", nil},
		{"CR is part of a line", short, line(0)[:15] + "\r\n" + line(1), line(0)[:15] + "\r\n", []Part{{17, 1, 1, 1}}},
		{"a run too short to pay", "a\nb\n" + short, "a\nb\nc\n", "a\nb\nc\n", nil},
		{"short lines in a row", "a\nb\n" + short, "a\nb\n" + line(0), "", []Part{{0, 0, 0, 3}}},
		{"the longest run goes on where the base does", line(0) + line(1) + line(0) + line(2), line(1) + line(0) + line(2), "", []Part{{0, 0, 1, 3}}},
	} {
		b := newBase(t, tt.base)
		diff, common := b.AppendDiff([]byte("before"), []byte(tt.text))
		var r Reader
		got, err := r.Read(b, diff[len("before"):], len(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if string(got.Own) != tt.own || !slices.Equal(got.Parts, tt.parts) || got.Size != len(tt.text) || common != len(tt.text)-len(tt.own) {
			t.Errorf("%s: own %q, %v, %d bytes, %d common\nwant %q, %v", tt.name, got.Own, got.Parts, got.Size, common, tt.own, tt.parts)
		}
		if whole := got.Append(nil); string(whole) != tt.text {
			t.Errorf("%s: got %q, want %q", tt.name, whole, tt.text)
		}
		if _, err := r.Read(b, diff[len("before"):], len(tt.text)-1); tt.text != "" && !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: a byte more than may be: %v", tt.name, err)
		}
	}
}

// TestSmall holds what own lines cost that are much as others: by the base's, and by those before.
func TestSmall(t *testing.T) {
	b := newBase(t, short)
	diff, _ := b.AppendDiff(nil, []byte(short[:16]+"0123456789abcdX\n"+short[32:]+"net.veth1.a = 1\nnet.veth1.b = 1\n"))
	if n := len(diff) - len("X\nnet.veth1.a = 1\nb = 1\n"); n > 11 {
		t.Errorf("%d bytes beside the text that is new: %q, want two runs of 3 and 5 for the rest", n, diff)
	}
}

func TestBinary(t *testing.T) {
	if _, err := NewBase([]byte("a\x00\n")); !errors.Is(err, ErrBase) {
		t.Errorf("a base with a NUL: %v", err)
	}
	if diff, common := newBase(t, short).AppendDiff([]byte("x"), []byte(short+"\x00")); string(diff) != "x" || common != 0 {
		t.Errorf("a text with a NUL: %q, %d", diff, common)
	}
}

// written is a difference by its parts.
func written(runs []int64, heads []uint64, rests string) []byte {
	var r, h []byte
	for i, n := range runs {
		if i%3 == 1 {
			r = binary.AppendVarint(r, n)
		} else {
			r = binary.AppendUvarint(r, uint64(n))
		}
	}
	for _, n := range heads {
		h = binary.AppendUvarint(h, n)
	}
	diff := append(binary.AppendUvarint(nil, uint64(len(r))), r...)
	return append(append(binary.AppendUvarint(diff, uint64(len(h))), h...), rests...)
}

func TestDamaged(t *testing.T) {
	b := newBase(t, "ab\n"+short)
	for _, tt := range []struct {
		name string
		diff []byte
		err  string
	}{
		{"nothing", nil, "0 bytes without"},
		{"no heads", []byte{0}, "1 bytes without"},
		{"runs that are longer", []byte{2, 0}, "2 bytes without"},
		{"a length without end", bytes.Repeat([]byte{0xff}, 11), "without the lengths"},
		{"half a run", []byte{2, 0, 0, 0}, "end in the midst"},
		{"less of a run", []byte{1, 0, 0}, "end in the midst"},
		{"a run that does not end", []byte{3, 0, 0, 0xff, 0}, "end in the midst"},
		{"half a head", []byte{0, 1, 0xff, '\n'}, "heads end in the midst"},
		{"a NUL", written(nil, []uint64{0}, "a\x00"), "NUL"},
		{"more own lines than there are", written([]int64{2, 0, 2}, []uint64{0}, "a\n"), "lacks own lines"},
		{"very many own lines", written([]int64{-1, 0, 2}, []uint64{0}, "a\n"), "lacks own lines"},
		{"no heads left", written(nil, nil, "a\n"), "2 bytes are left"},
		{"no rests left", written(nil, []uint64{0, 0}, "a\n"), "behind the end"},
		{"a line behind the end", written(nil, []uint64{0, 2}, "a"), "behind the end"},
		{"a line within a line", written([]int64{1, 0, 2}, []uint64{0}, "a"), "within a line"},
		{"more than the line of the base has", written(nil, []uint64{3 << 1}, "a"), "3 bytes of 2"},
		{"more than the line before has", written(nil, []uint64{0, 4<<1 | 1}, "abc\n"), "4 bytes of 3"},
		{"no line before", written(nil, []uint64{1<<1 | 1}, "\n"), "1 bytes of 0"},
		{"no line of the base", written([]int64{0, 0, 4}, []uint64{1 << 1}, "\n"), "1 bytes of 0"},
		{"a line before the first", written([]int64{0, -1, 2}, nil, ""), "passed by at line 0 of 4"},
		{"a line behind the last", written([]int64{0, 5, 1}, nil, ""), "passed by at line 0 of 4"},
		{"very far away", written([]int64{0, math.MinInt64, 1}, nil, ""), "passed by at line 0 of 4"},
		{"lines behind the last", written([]int64{0, 1, 4}, nil, ""), "4 lines from line 1 on, of 4"},
		{"very many lines", written([]int64{0, 1, -1}, nil, ""), "lines from line 1 on, of 4"},
		{"an empty run", written([]int64{0, 0, 0}, nil, ""), "0 bytes, at least 16"},
		{"a short run", written([]int64{0, 0, 1}, nil, ""), "3 bytes, at least 16"},
		{"a run too many", written([]int64{0, 0, 4, 0, -4, 4}, nil, ""), "more than 100 bytes"},
	} {
		if got, err := new(Reader).Read(b, tt.diff, 100); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %+v, %v, want %q", tt.name, got, err, tt.err)
		}
	}
	for name, diff := range map[string][]byte{
		"back": written([]int64{0, 3, 1, 0, -4, 4}, nil, ""), "the last line": written([]int64{1, 3, 1}, []uint64{2 << 1}, "\n"),
	} {
		if got, err := new(Reader).Read(b, diff, 100); err != nil || len(got.Append(nil)) != got.Size {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestAnyText holds that what is written is what is read, with one Reader for all.
func TestAnyText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var r Reader
	for range 3000 {
		b := newBase(t, randomText(rng, nil))
		text := randomText(rng, b)
		diff, _ := b.AppendDiff(nil, []byte(text))
		got, err := r.Read(b, diff, len(text))
		if whole := got.Append(nil); err != nil || string(whole) != text {
			t.Fatalf("from %q:\ngot  %q, %v\nwant %q", b.Text(), whole, err, text)
		}
		lines := bytes.Count(got.Own, []byte{'\n'})
		for _, p := range got.Parts {
			lines += int(p.Count)
		}
		if lines != strings.Count(text, "\n") {
			t.Fatalf("%d lines of %q: %+v", lines, text, got.Parts)
		}
	}
}

// randomText has lines of its own, few or many of a base, and sometimes no end.
func randomText(rng *rand.Rand, base *Base) string {
	var text strings.Builder
	for range rng.IntN(30) {
		switch {
		case base != nil && base.count() > 0 && rng.IntN(3) > 0:
			first := rng.IntN(base.count())
			text.Write(base.run(first, rng.IntN(base.count()-first)+1))
		case rng.IntN(4) == 0:
			text.WriteString([]string{"\n", "}\n", "\r\n"}[rng.IntN(3)])
		default:
			fmt.Fprintf(&text, "net.core.setting%d.of%d = %d\n", rng.IntN(3), rng.IntN(3), rng.IntN(10))
		}
	}
	whole := text.String()
	return whole[:len(whole)-min(len(whole), max(0, rng.IntN(6)-3))]
}

func FuzzRead(f *testing.F) {
	b := newBase(f, short)
	for _, text := range []string{short, "", "a\nb", short[:16] + "net.a = 1\nnet.b = 1\n" + short[32:], "0123456789abcdX\n" + short} {
		diff, _ := b.AppendDiff(nil, []byte(text))
		f.Add(diff)
	}
	const most = 1000
	f.Fuzz(func(t *testing.T, diff []byte) {
		got, err := new(Reader).Read(b, diff, most)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("%v is not ErrDamaged", err)
			}
			return
		}
		whole := got.Append(nil)
		if len(whole) != got.Size || len(whole) > most || len(got.Parts) > most/minRun {
			t.Errorf("%d bytes, want %d, at most %d: %+v", len(whole), got.Size, most, got.Parts)
		}
		diff, _ = b.AppendDiff(nil, whole)
		if again, err := new(Reader).Read(b, diff, most); err != nil || !bytes.Equal(again.Append(nil), whole) {
			t.Errorf("%q: got %q, %v", whole, again.Append(nil), err)
		}
	})
}
