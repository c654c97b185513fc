package segment_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cache/segment"
)

// TestLines holds what a line is.
func TestLines(t *testing.T) {
	for content, want := range map[string][]string{
		"":            nil,
		"\n":          {""},
		"a":           {"a"},
		"a\n":         {"a"},
		"a\r\nb\r":    {"a", "b"},
		"a\r\r\n\n\n": {"", "a\r"},
		"\xff\xfe":    {"\xff\xfe"},
	} {
		f := fleet{7: content}
		s := f.build(t, rand.New(rand.NewPCG(1, 1)), segment.Config{})
		var got []string
		for _, h := range lookup(t, s, segment.Query{}) {
			got = append(got, h.line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("lines of %q: %q, want %q", content, got, want)
		}
		if !s.Covered().Has(7) || s.Covered().Len() != 1 {
			t.Errorf("%q: host 7 is not covered", content)
		}
	}
}

func TestUnfit(t *testing.T) {
	long := strings.Repeat("x", segment.MaxLineBytes)
	lines := strings.Repeat("x\n", segment.MaxLines-1)
	for _, c := range []struct {
		name, content string
		fit           bool
	}{
		{"NUL", "a\nb\x00", false},
		{"longest line", "a\n" + long + "\n" + long, true},
		{"too long line", "a\n" + long + "x\nb\n", false},
		{"too long line at the end", "a\n" + long + "x", false},
		{"most lines", lines, true},
		{"too many lines", lines + "\n", false},
		{"too large", strings.Repeat(long[1:]+"\n", segment.MaxContentBytes/segment.MaxLineBytes) + "x", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := segment.NewBuilder(segment.Config{})
			if err := b.Add(1, []byte(c.content)); errors.Is(err, segment.ErrUnfit) == c.fit {
				t.Errorf("fit: %v", err)
			}
			if err := b.Add(2, []byte("fit")); err != nil {
				t.Error(err)
			}
			stats, err := b.Finish(t.Context(), store{}.put)
			if want := map[bool]int{false: 1, true: 2}[c.fit]; err != nil || stats.Hosts != want {
				t.Errorf("%+v, %v, want %d hosts", stats, err, want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	b := segment.NewBuilder(segment.Config{MaxBytes: 2000})
	if err := b.Add(segment.MaxHosts, nil); err == nil {
		t.Error("a host above the last was taken")
	}
	if err := b.Add(segment.MaxHosts-1, nil); err != nil {
		t.Error(err)
	}
	if err := b.Add(segment.MaxHosts-1, nil); err == nil {
		t.Error("a host was taken twice")
	}
	random := make([]byte, 4000)
	for i := range random {
		random[i] = 'a' + byte(rand.IntN(26))
	}
	if err := b.Add(0, random); err != nil {
		t.Error(err)
	}
	if _, err := b.Finish(t.Context(), store{}.put); !errors.Is(err, segment.ErrFull) {
		t.Errorf("2,500 bytes in 2,000: %v", err)
	}
	b, err := segment.NewBuilder(segment.Config{MemoryBytes: 1}), error(nil)
	for host := uint32(0); err == nil && host < 300; host++ {
		err = b.Add(host, []byte("a"))
	}
	if !errors.Is(err, segment.ErrFull) {
		t.Errorf("300 runs: %v", err)
	}
	full := errors.New("no room")
	b = segment.NewBuilder(segment.Config{})
	if _, err := b.Finish(t.Context(), func(string, []byte) error { return full }); !errors.Is(err, full) {
		t.Errorf("put failed: %v", err)
	}
}

// TestWorstPostings has a line that every host has another number of times, and lines whose hosts have
// no order: postings cut blocks, and no field is too large.
func TestWorstPostings(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	f := fleet{}
	for host := range uint32(1200) {
		var b strings.Builder
		b.WriteString(strings.Repeat("again\n", int(host)*7%200))
		for i := range 2500 {
			if rng.IntN(6) == 0 {
				fmt.Fprintf(&b, "%d\n", i)
			}
		}
		f[host*3] = b.String()
	}
	s := f.build(t, rng, segment.Config{})
	check(t, s, f, `^(again|1..7)$`, segment.Hosts{}, 2)
	if s.Stats().Blocks < 2 {
		t.Errorf("%+v: want several blocks", s.Stats())
	}
}

// TestUnindexed has text with so many trigrams that an index of it is of no use.
func TestUnindexed(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var b strings.Builder
	for i := range 20000 {
		if b.WriteString("plain text "); i < 3000 {
			for range 40 {
				b.WriteRune(rune(0x4e00 + rng.IntN(5000)))
			}
		}
		fmt.Fprintf(&b, " %d\n", i)
	}
	f := fleet{1: b.String()}
	s := f.build(t, rng, segment.Config{})
	if st := s.Stats(); st.Unindexed == 0 || st.Unindexed == st.Blocks {
		t.Errorf("%+v: want some blocks that are not indexed", st)
	}
	check(t, s, f, `plain.* 17$`, segment.Hosts{}, 1)
	check(t, s, f, `t 4001$`, segment.Hosts{}, 1)
}

// TestRank puts the lines of each host into the order of its file, by ranks that were made from other
// files, in several runs, and after a merge.
func TestRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	file := func(host int) string {
		var b strings.Builder
		for i := range 60 {
			if host%5 == 0 || (i+host)%9 > 0 {
				fmt.Fprintf(&b, "%x common %d\n", i*7919%61, i)
			}
			if i == host%50 || i == 30 {
				for j := range 20 {
					fmt.Fprintf(&b, "%x of %d alone %d\n", j*7%23, host, j)
				}
			}
			if i%10 == 0 {
				b.WriteString("end\n") // again and again
			}
		}
		return b.String()
	}
	base, changed := fleet{}, fleet{}
	for host := range uint32(80) {
		base[host] = file(int(host))
		if host%8 == 0 {
			changed[host] = file(int(host) + 80)
		}
	}
	first := base.build(t, rng, segment.Config{MemoryBytes: 1<<20 + 100000})
	inOrder(t, first, base)
	anchors, err := first.Anchors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := changed.build(t, rng, segment.Config{Anchors: anchors})
	inOrder(t, second, changed)
	merged := open(t, func(put segment.Put) (segment.Stats, error) {
		return segment.Merge(t.Context(), []segment.Source{{Segment: first}, {Segment: second}}, put, segment.Config{})
	})
	maps.Copy(base, changed)
	inOrder(t, merged, base)
}

func inOrder(t *testing.T, s *segment.Segment, f fleet) {
	t.Helper()
	type ranked struct {
		rank uint64
		line string
	}
	lines := map[uint32][]ranked{}
	err := s.Lookup(t.Context(), segment.Query{}, func(h segment.Hit) error {
		for _, in := range h.In {
			lines[in.Host] = append(lines[in.Host], ranked{h.Rank, string(h.Line)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for host, content := range f {
		slices.SortStableFunc(lines[host], func(a, b ranked) int { return cmp.Compare(a.rank, b.rank) })
		var got, want []string
		for _, r := range lines[host] {
			got = append(got, r.line)
		}
		for line := range strings.Lines(content) {
			if line = strings.TrimSuffix(line, "\n"); !slices.Contains(want, line) {
				want = append(want, line)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("host %d: lines by rank\n%s\nwant\n%s", host, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
