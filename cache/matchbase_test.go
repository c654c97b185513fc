package cache

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cache/lines"
)

// differing holds that a content which is known by what differs from a base is searched as all of it is:
// of bases that have all of it, parts of it, and its lines in another order.
func differing(t testing.TB, m matcher, content string) {
	t.Helper()
	if strings.Contains(content, "\x00") {
		return // is not known so
	}
	all := slices.Collect(strings.Lines(content))
	var half []string
	for i, line := range all {
		if i/3%2 == 0 {
			half = append(half, line)
		}
	}
	turned := slices.Concat(all[len(all)/2:], []string{"\n"}, all[:len(all)/2])
	want := hitsIn(t, m, lines.Whole([]byte(content)))
	for _, text := range [][]string{all, half, turned} {
		base, err := lines.NewBase([]byte(strings.Join(text, "")))
		if err != nil {
			t.Fatal(err)
		}
		diff, _ := base.AppendDiff(nil, []byte(content))
		found, err := new(lines.Reader).Read(base, diff, maxStoredBytes)
		if err != nil {
			t.Fatal(err)
		}
		if got := hitsIn(t, m, found); !slices.Equal(got, want) {
			t.Errorf("%q from %q: %+v\ngot  %q\nwant %q", content, base.Text(), found.Parts, got, want)
		}
	}
}

// hitsIn returns the matches in a text: number, place and line.
func hitsIn(t testing.TB, m matcher, text lines.Text) (hits []string) {
	t.Helper()
	var known knownBases
	err := m.in(text, known.get(m, text.Base), func(number int, line []byte, at int) error {
		hits = append(hits, fmt.Sprintf("%d:%d:%s", number, at, line))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits
}

// TestMatchDifferences searches random texts with patterns of all kinds.
func TestMatchDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		q := Query{Pattern: randomPattern(rng), Fixed: rng.IntN(3) == 0, IgnoreCase: rng.IntN(3) == 0}
		if rng.IntN(3) == 0 {
			q.Terms = []string{randomPattern(rng)}
		}
		m, err := newMatcher(q)
		if err != nil {
			continue // a repetition of a repetition
		}
		differing(t, m, randomText(rng, 300))
	}
}

// TestKnownBases bounds what a search keeps of bases, and holds that it keeps the rest.
func TestKnownBases(t *testing.T) {
	m, err := newMatcher(Query{Pattern: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var known knownBases
	var first *lines.Base
	for n := range maxKnownBases + 1 {
		base, err := lines.NewBase(fmt.Appendf(nil, "a\nx %d\n", n))
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = base
		}
		found := known.get(m, base)
		if again := known.get(m, base); again != found || !slices.Equal(found.lines, []uint32{1}) {
			t.Fatalf("base %d: %+v, then %+v", n, found, again)
		}
		if want := min(n+1, maxKnownBases); n < maxKnownBases && len(known.matches) != want {
			t.Fatalf("%d bases: %d are kept", n+1, len(known.matches))
		}
	}
	if len(known.matches) != 1 {
		t.Errorf("%d bases are kept, want the last one", len(known.matches))
	}
	if known.get(m, nil) != nil || !slices.Equal(known.get(m, first).lines, []uint32{1}) {
		t.Error("no base has matches, or a base that was forgotten has none")
	}
}
