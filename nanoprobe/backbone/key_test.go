package backbone

import (
	"errors"
	"testing"
)

func prefix(t *testing.T, s string) Prefix {
	t.Helper()
	p, err := ParsePrefix(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestKeyOf(t *testing.T) {
	a, b, c := KeyOf("dc1", "h1"), KeyOf("dc1", "h2"), KeyOf("dc2", "h1")
	if a>>32 != b>>32 || uint32(a) == uint32(b) {
		t.Errorf("keys %x and %x of one group: want the upper halves equal and the lower ones different", a, b)
	}
	if a>>32 == c>>32 || uint32(a) != uint32(c) {
		t.Errorf("keys %x and %x of one host: want the lower halves equal and the upper ones different", a, c)
	}
	// These stay for ever: all versions in a fleet have to agree.
	if got, want := a, Key(0x66a9ee1b31fe281a); uint64(got)>>32 != uint64(want)>>32 {
		t.Errorf("KeyOf(dc1, h1) = %x, want %x in the upper half", got, want)
	}
}

func TestPrefixText(t *testing.T) {
	for _, s := range []string{"0-", "1-0", "1-8", "4-f", "5-f8", "34-9f86d0818", "64-0123456789abcdef"} {
		if p := prefix(t, s); p.String() != s {
			t.Errorf("%q is read as %+v and written as %q", s, p, p)
		}
	}
	for _, s := range []string{"", "-", "0", "0-0", "1-", "1-4", "1-80", "4-F", "5-ff", "65-0", "64-0123456789abcdef0", "+1-8", "01-8", "1-8 "} {
		if p, err := ParsePrefix(s); !errors.Is(err, ErrPrefix) {
			t.Errorf("%q is read as %+v, %v, and is no prefix", s, p, err)
		}
	}
}

func TestPrefixRelations(t *testing.T) {
	tests := []struct {
		p, q         string
		covers, over bool
		common       uint8
	}{
		{"0-", "64-0123456789abcdef", true, true, 0},
		{"1-0", "2-4", true, true, 1},
		{"1-0", "1-0", true, true, 1},
		{"2-4", "1-0", false, true, 1},
		{"1-0", "1-8", false, false, 0},
		{"4-a", "4-b", false, false, 3},
		{"34-9f86d0818", "34-9f86d081c", false, false, 33},
	}
	for _, tt := range tests {
		p, q := prefix(t, tt.p), prefix(t, tt.q)
		if p.Covers(q) != tt.covers || p.Overlaps(q) != tt.over || q.Overlaps(p) != tt.over || p.common(q) != tt.common {
			t.Errorf("%s and %s: covers %t, overlaps %t, common %d, want %t, %t, %d",
				p, q, p.Covers(q), p.Overlaps(q), p.common(q), tt.covers, tt.over, tt.common)
		}
	}
}

func TestPrefixFamily(t *testing.T) {
	for _, s := range []string{"0-", "1-8", "32-66a9ee1b", "63-0123456789abcdee"} {
		p := prefix(t, s)
		low, high := p.Child(0), p.Child(1)
		if low.Sibling() != high || high.Sibling() != low || low.Parent() != p || high.Parent() != p {
			t.Errorf("children of %s: %s, %s with parents %s, %s", p, low, high, low.Parent(), high.Parent())
		}
		if !low.valid() || !high.valid() || low.Overlaps(high) || !p.Covers(low) || !p.Covers(high) {
			t.Errorf("children of %s: %s and %s are not its halves", p, low, high)
		}
	}
}

func ringOf(t *testing.T, level uint8, p string, generation uint32) Ring {
	t.Helper()
	return Ring{Level: level, Prefix: prefix(t, p), Generation: generation}
}

func TestBeats(t *testing.T) {
	tests := []struct {
		name        string
		r, o        Ring
		wins, loses bool
	}{
		{"higher generation", ringOf(t, 1, "1-0", 3), ringOf(t, 1, "2-4", 2), true, false},
		{"same generation, longer prefix", ringOf(t, 1, "2-4", 2), ringOf(t, 1, "1-0", 2), true, false},
		{"itself", ringOf(t, 1, "1-0", 2), ringOf(t, 1, "1-0", 2), false, false},
		{"no overlap", ringOf(t, 1, "1-0", 9), ringOf(t, 1, "1-8", 2), false, false},
		{"another level", ringOf(t, 2, "1-0", 9), ringOf(t, 1, "1-0", 2), false, false},
		{"none", ringOf(t, 1, "1-0", 9), Ring{Level: 1}, false, false},
	}
	for _, tt := range tests {
		if tt.r.Beats(tt.o) != tt.wins || tt.o.Beats(tt.r) != tt.loses {
			t.Errorf("%s: %s beats %s: %t, the other way %t; want %t, %t",
				tt.name, tt.r.Label(), tt.o.Label(), tt.r.Beats(tt.o), tt.o.Beats(tt.r), tt.wins, tt.loses)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, s := range []string{"assim/2/0/32-66a9ee1b/1", "assim/2/1/0-/1", "assim/2/7/3-a/2147483647"} {
		r, err := ParseLabel(s)
		if err != nil || r.Label() != s {
			t.Errorf("label %q is read as %+v, %v and written as %q", s, r, err, r.Label())
		}
	}
	for _, s := range []string{
		"", "assim/2/", "assim/1/1/0-/1", "assim/2/0/31-66a9ee1a/1", "assim/2/8/0-/1", "assim/2/1/0-/0",
		"assim/2/1/0-/2147483648", "assim/2/1/0-/01", "assim/2/1/0-/1/", "assim/2/1/1-4/1", "assim/2/256/0-/1",
	} {
		if r, err := ParseLabel(s); !errors.Is(err, ErrLabel) {
			t.Errorf("label %q is read as %+v, %v, and is none", s, r, err)
		}
	}
}

func TestName(t *testing.T) {
	for want, r := range map[string]Ring{
		"dc1":      ringOf(t, 0, "32-66a9ee1b", 1),
		"dc1/0101": ringOf(t, 0, "36-66a9ee1b5", 4),
		"+1":       ringOf(t, 1, "0-", 1),
		"+2/010":   ringOf(t, 2, "3-4", 7),
	} {
		if got := r.Name("dc1"); got != want {
			t.Errorf("%s is called %q, want %q", r.Label(), got, want)
		}
	}
}
