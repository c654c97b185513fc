package segment

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// forge returns a segment of one host and one block, whose checksums are right, with text as it is.
func forge(t *testing.T, text string) *Segment {
	t.Helper()
	fields := map[string][]byte{}
	w := newWriter(func(field string, value []byte) error {
		fields[field] = bytes.Clone(value)
		return nil
	}, 1<<20, []uint32{0})
	w.lines = strings.Count(text, "\n")
	w.text = []byte(text)
	for range w.lines {
		w.ranks = append(w.ranks, 0)
		w.sets = append(w.sets, kindAllBut, 0)
	}
	if _, err := w.finish(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), func(_ context.Context, names []string) ([][]byte, error) {
		values := make([][]byte, len(names))
		for i, name := range names {
			values[i] = fields[name]
		}
		return values, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestForged reads blocks that no writer writes.
func TestForged(t *testing.T) {
	longest := strings.Repeat("x", MaxLineBytes)
	fill := strings.Repeat("a", maxTextBytes/3-1) + "\n"
	two := fill + "b" + fill[1:]
	for _, c := range []struct {
		name, text          string
		lookupOK, mergeable bool
	}{
		{"in order", "a\nb\n", true, true},
		{"not in order", "b\na\n", true, false},
		{"a line twice", "a\na\n", true, false},
		{"the longest line", longest + "\n", true, true},
		{"a longer line", longest + "x\n", true, false},
		{"no line end", "a\nb", false, false},
		{"the most text", two + "c" + fill[1:], true, true},
		{"more text", two + "c" + fill, false, false},
		{"the most lines", strings.Repeat("\n", maxBlockLines), true, false},
		{"more lines", strings.Repeat("\n", maxBlockLines+1), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, lines := forge(t, c.text), 0
			err := s.Lookup(t.Context(), Query{}, func(Hit) error { lines++; return nil })
			if errors.Is(err, ErrDamaged) == c.lookupOK || c.lookupOK && lines != strings.Count(c.text, "\n") {
				t.Errorf("lookup: %d lines, %v", lines, err)
			}
			_, err = Merge(t.Context(), []Source{{Segment: s}}, func(string, []byte) error { return nil }, Config{})
			if errors.Is(err, ErrDamaged) == c.mergeable || c.mergeable && err != nil {
				t.Errorf("merge: %v", err)
			}
		})
	}
}

// TestAnchors keeps the lines of most hosts, none that one host has alone, and no more than fit.
func TestAnchors(t *testing.T) {
	var a anchorage
	for i := range 5 * maxAnchors {
		line := []byte(strings.Repeat("x", i%50) + string(rune('A'+i/50)))
		a.add(line, uint64(i+1), i/maxAnchors)
	}
	stored := a.append(nil)
	for _, one := range a {
		if one.hosts != 4 {
			t.Fatalf("kept a line of %d hosts, want those of 4", one.hosts)
		}
	}
	if len(a) != maxAnchors || len(stored) < 9*maxAnchors {
		t.Errorf("kept %d in %d bytes, want %d", len(a), len(stored), maxAnchors)
	}
	var alone anchorage
	alone.add([]byte("x"), 1, 1)
	alone.add([]byte("y"), 1, 2)
	if len(alone) != 1 || alone[0].hash != lineHash([]byte("y")) {
		t.Errorf("kept %v, want the line of two hosts", alone)
	}
}
