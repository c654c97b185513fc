package segment_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cache/segment"
)

// fleet is the contents of hosts by ordinal: what a segment is made of, and the truth it is held to.
type fleet map[uint32]string

// build makes a segment of f, whose hosts come in random order.
func (f fleet) build(t testing.TB, rng *rand.Rand, cfg segment.Config) *segment.Segment {
	t.Helper()
	b := segment.NewBuilder(cfg)
	hosts := slices.Sorted(maps.Keys(f))
	rng.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	for _, host := range hosts {
		if err := b.Add(host, []byte(f[host])); err != nil {
			t.Fatal(err)
		}
	}
	return open(t, func(put segment.Put) (segment.Stats, error) { return b.Finish(t.Context(), put) })
}

// open opens the segment that write writes, and holds its size to what is said of it.
func open(t testing.TB, write func(segment.Put) (segment.Stats, error)) *segment.Segment {
	t.Helper()
	fields := store{}
	stats, err := write(fields.put)
	if err != nil {
		t.Fatal(err)
	}
	var size int64
	for field, value := range fields {
		size += int64(len(value))
		if len(value) > segment.MaxFieldBytes {
			t.Errorf("field %q has %d bytes", field, len(value))
		}
	}
	if size != stats.Bytes {
		t.Errorf("fields of %d bytes, %d said", size, stats.Bytes)
	}
	s, err := segment.Open(t.Context(), fields.get)
	if err != nil {
		t.Fatal(err)
	}
	stats.Bytes = 0
	if s.Stats() != stats {
		t.Errorf("opened %+v, wrote %+v", s.Stats(), stats)
	}
	return s
}

// grep is what a segment must answer: the lines of f that match, with who has them and how often.
func (f fleet) grep(match func([]byte) bool, masked segment.Hosts) []hit {
	has := map[string]map[uint32]uint32{}
	for host, content := range f {
		if masked.Has(host) || content == "" {
			continue
		}
		for _, line := range strings.Split(strings.TrimSuffix(content, "\n"), "\n") {
			line = strings.TrimSuffix(line, "\r")
			if !match([]byte(line)) {
				continue
			}
			if has[line] == nil {
				has[line] = map[uint32]uint32{}
			}
			has[line][host]++
		}
	}
	var hits []hit
	for line, hosts := range has {
		h := hit{line: line}
		for _, host := range slices.Sorted(maps.Keys(hosts)) {
			h.in = append(h.in, segment.Holder{Host: host, Times: hosts[host]})
		}
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Compare(a.line, b.line) })
	return hits
}

type hit struct {
	line string
	in   []segment.Holder
}

// lookup asks s, and holds the counts that come to the hosts that come.
func lookup(t testing.TB, s *segment.Segment, q segment.Query) []hit {
	t.Helper()
	var hits []hit
	var counts, distinct [][2]int
	err := s.Lookup(t.Context(), q, func(h segment.Hit) error {
		hits = append(hits, hit{string(h.Line), slices.Clone(h.In)})
		times := 0
		for _, one := range h.In {
			times += int(one.Times)
		}
		if h.Hosts != len(h.In) || h.Times != times {
			t.Errorf("%q: %d hosts, %d times, said %d and %d", h.Line, len(h.In), times, h.Hosts, h.Times)
		}
		counts = append(counts, [2]int{h.Hosts, h.Times})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	q.Distinct = true
	err = s.Lookup(t.Context(), q, func(h segment.Hit) error {
		if h.In != nil {
			t.Errorf("%q has hosts, not asked for", h.Line)
		}
		distinct = append(distinct, [2]int{h.Hosts, h.Times})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(counts, distinct) {
		t.Errorf("counts %v, distinct %v", counts, distinct)
	}
	return hits
}

// randomFleet has hosts with lines of few words, so that many are shared, some of them often.
func randomFleet(rng *rand.Rand, hosts, ordinals int) fleet {
	f := fleet{}
	words := 1 + rng.IntN(200)
	for range hosts {
		var b strings.Builder
		if rng.IntN(4) > 0 {
			for i := range words { // what nearly all have
				if rng.IntN(20) > 0 {
					fmt.Fprintf(&b, "common.setting%d = %d\n", i, i%7)
				}
			}
		}
		for range rng.IntN(50) {
			fmt.Fprintf(&b, "%s%d%s", []string{"net.", "vm.", "", "É", "\xff"}[rng.IntN(5)], rng.IntN(1+words*words), []string{"\n", "\r\n", "\n\n", "\n", "\n"}[rng.IntN(5)])
		}
		content := b.String()
		if rng.IntN(3) == 0 {
			content = strings.TrimSuffix(content, "\n")
		}
		f[rng.Uint32N(uint32(ordinals))] = content
	}
	return f
}

func randomMask(rng *rand.Rand, ordinals int) segment.Hosts {
	var m segment.Hosts
	if rng.IntN(3) > 0 {
		for range rng.IntN(ordinals) {
			m.Add(rng.Uint32N(uint32(ordinals)))
		}
	}
	return m
}

var exprs = []string{``, `net`, `net\.1`, `common\.setting1.* = 3`, `(?i)NET\.|VM\.`, `^$`, `É`, `^[0-9]+$`, `é2|setting7 `, `nowhere`}

// TestLookup holds segments of random fleets, made in one piece and in many runs, to the truth.
func TestLookup(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			ordinals := []int{1, 70, 300, segment.MaxHosts}[rng.IntN(4)]
			f := randomFleet(rng, 1+rng.IntN(120), ordinals)
			s := f.build(t, rng, segment.Config{MemoryBytes: []int{1, 1<<20 + 20000, 0}[rng.IntN(3)]})
			if got, want := slices.Collect(s.Covered().All()), slices.Sorted(maps.Keys(f)); !slices.Equal(got, want) {
				t.Errorf("covers %v, want %v", got, want)
			}
			for range 4 {
				expr := exprs[rng.IntN(len(exprs))]
				check(t, s, f, expr, randomMask(rng, ordinals), 1+rng.IntN(3))
			}
		})
	}
}

func check(t *testing.T, s *segment.Segment, f fleet, expr string, masked segment.Hosts, workers int) {
	t.Helper()
	q := query(t, expr)
	q.Masked, q.Workers = masked, workers
	got, want := lookup(t, s, q), f.grep(q.Match, masked)
	if reflect.DeepEqual(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%q: hit %d of %d, want %d: got %+v, want %+v", expr, i, len(got), len(want), got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}

// TestMerge merges segments of which later ones cover some of the same hosts, with masks.
func TestMerge(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			ordinals := 1 + rng.IntN(300)
			merged, covered := fleet{}, map[uint32]bool{}
			var sources []segment.Source
			var cfg segment.Config
			for range rng.IntN(5) {
				f := randomFleet(rng, rng.IntN(80), ordinals)
				src := segment.Source{Segment: f.build(t, rng, cfg), Masked: randomMask(rng, ordinals)}
				sources = append(sources, src)
				for host, content := range f {
					delete(merged, host)
					if covered[host] = true; !src.Masked.Has(host) {
						merged[host] = content
					}
				}
				var err error
				if cfg.Anchors, err = src.Segment.Anchors(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			s := open(t, func(put segment.Put) (segment.Stats, error) {
				return segment.Merge(t.Context(), sources, put, segment.Config{})
			})
			if got, want := slices.Collect(s.Covered().All()), slices.Sorted(maps.Keys(merged)); !slices.Equal(got, want) {
				t.Errorf("covers %v, want %v", got, want)
			}
			for range 4 {
				expr := exprs[rng.IntN(len(exprs))]
				check(t, s, merged, expr, randomMask(rng, ordinals), 1+rng.IntN(3))
			}
		})
	}
}

// TestManyBlocks searches lines that fill more blocks than workers have pages, with every kind of
// posting, and stops in the middle.
func TestManyBlocks(t *testing.T) {
	f := fleet{}
	for host := range uint32(8) {
		var b strings.Builder
		for i := range 12000 {
			if uint32(i)%9 != host && (i%7 != 3 || host == uint32(i%8)) && (i%7 != 4 || i*int(host)%3 != 1) {
				fmt.Fprintf(&b, "%s line number %d\n", strings.Repeat(string(rune('a'+i%26)), 250), i)
			}
		}
		f[host] = b.String()
	}
	rng := rand.New(rand.NewPCG(1, 1))
	s := f.build(t, rng, segment.Config{MemoryBytes: 2 << 20})
	if n := s.Stats().Blocks; n < 17 {
		t.Errorf("%d blocks, want several windows", n)
	}
	for _, workers := range []int{1, 3} {
		check(t, s, f, `number .*777`, randomMask(rng, 8), workers)
	}
	enough, n := errors.New("enough"), 0
	err := s.Lookup(t.Context(), segment.Query{Workers: 3}, func(segment.Hit) error {
		if n++; n == 1000 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 1000 {
		t.Errorf("stopped with %v after %d lines", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Lookup(ctx, segment.Query{Workers: 3}, func(segment.Hit) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

// TestReadsLittle counts the fields that a lookup gets.
func TestReadsLittle(t *testing.T) {
	f := fleet{}
	var b strings.Builder
	for i := range 30000 {
		fmt.Fprintf(&b, "setting.%d.of.some.length = %d\n", i, i)
	}
	f[0], f[1] = b.String(), b.String()+"the.needle\n"
	builder := segment.NewBuilder(segment.Config{})
	for host := range uint32(2) {
		if err := builder.Add(host, []byte(f[host])); err != nil {
			t.Fatal(err)
		}
	}
	fields := store{}
	stats, err := builder.Finish(t.Context(), fields.put)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	s, err := segment.Open(t.Context(), func(ctx context.Context, names []string) ([][]byte, error) {
		got = append(got, names...)
		return fields.get(ctx, names)
	})
	if err != nil {
		t.Fatal(err)
	}
	lookup(t, s, query(t, `the\.needle`))
	last := fmt.Sprint(stats.Blocks - 1)
	kinds := map[string]int{}
	for _, name := range got[:len(got)/2+1] { // lookup asks twice
		kinds[name[:1]]++
		if name[0] != 'm' && !segment.InIndex(name) && name[1:] != last {
			t.Errorf("read %q to find a line of block %s", name, last)
		}
	}
	if kinds["b"] != 1 || kinds["p"] != 1 || kinds["t"] > 8 {
		t.Errorf("read %v, want one block and its postings", got)
	}
	got = got[:0]
	if hits := lookup(t, s, query(t, `nowhere to be found`)); hits != nil || slices.ContainsFunc(got, func(f string) bool { return !segment.InIndex(f) }) {
		t.Errorf("read %v to find nothing", got)
	}
}
