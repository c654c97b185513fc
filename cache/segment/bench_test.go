package segment_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/assim-mesh/assim/cache/trigram"
)

// hostsVariable is set to 24247 to run the benchmarks at full size: 1.4 GB of text, a minute.
const hostsVariable = "ASSIM_BENCH_HOSTS"

func benchHosts() int {
	if n, err := strconv.Atoi(os.Getenv(hostsVariable)); err == nil {
		return n
	}
	return 1000
}

// BenchmarkSegment builds a segment, with the same text sorted by sort(1) beside it, searches it, and
// merges it with one of changed hosts. Seconds of CPU are good to compare on a machine that does other work.
func BenchmarkSegment(b *testing.B) {
	s, fields := newSettings(b), store{}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			clear(fields)
			benchBuild(b, s, fields)
		}
	})
	benchLookups(b, fields)
	b.Run("merge 1 %", func(b *testing.B) { benchMerge(b, s, fields) })
}

func benchBuild(b *testing.B, s settings, fields store) {
	texts := filepath.Join(b.TempDir(), "all.txt")
	f, err := os.Create(texts)
	if err != nil {
		b.Fatal(err)
	}
	builder := segment.NewBuilder(segment.Config{})
	var content []byte
	var size int64
	var build usage
	for host := range benchHosts() {
		content = s.host(content[:0], host)
		size += int64(len(content))
		if _, err := f.Write(content); err != nil {
			b.Fatal(err)
		}
		start := used(b)
		if err := builder.Add(uint32(host), content); err != nil {
			b.Fatal(err)
		}
		build.add(used(b).since(start))
	}
	start := used(b)
	stats, err := builder.Finish(b.Context(), fields.put)
	if err != nil {
		b.Fatal(err)
	}
	build.add(used(b).since(start))
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	sort := exec.Command("sort", "-u", "--parallel=2", "-o", os.DevNull, texts)
	sort.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+b.TempDir())
	start = used(b)
	if out, err := sort.CombinedOutput(); err != nil {
		b.Fatalf("sort: %v: %s", err, out)
	}
	sorting := time.Since(start.wall)
	b.ReportMetric(build.took.Seconds(), "build-s")
	b.ReportMetric(build.cpu.Seconds(), "build-cpu-s")
	b.ReportMetric(sorting.Seconds(), "sort-s")
	b.ReportMetric((sort.ProcessState.UserTime() + sort.ProcessState.SystemTime()).Seconds(), "sort-cpu-s")
	b.ReportMetric(build.took.Seconds()/sorting.Seconds(), "build/sort")
	b.ReportMetric(peakMB(b), "peak-MB")
	b.ReportMetric(float64(size)/1e6, "text-MB")
	b.ReportMetric(float64(stats.TextBytes)/1e6, "distinct-MB")
	for kind, bytes := range fields.sizes() {
		b.ReportMetric(float64(bytes)/1e6, "stored-"+kind+"-MB")
	}
}

// usage is the time that something took, of a clock and of the processors.
type usage struct {
	wall time.Time
	took time.Duration
	cpu  time.Duration
}

func used(b *testing.B) usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return usage{wall: time.Now(), cpu: time.Duration(r.Utime.Nano() + r.Stime.Nano())}
}

func (u usage) since(start usage) usage {
	return usage{took: u.wall.Sub(start.wall), cpu: u.cpu - start.cpu}
}

func (u *usage) add(more usage) {
	u.took += more.took
	u.cpu += more.cpu
}

func benchLookups(b *testing.B, fields store) {
	seg, err := segment.Open(b.Context(), fields.get)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, expr string }{
		{"literal", `net\.core\.netdev_budget`},
		{"many lines", `kernel\.hostname`},
		{"in most blocks", `accept_local`},
		{"folded", `(?i)NETDEV_BUDGET`},
		{"no literal", `[a-z]+[0-9]+\.[a-z]+_[a-z]+ = [2-9]$`},
		{"all lines", ``},
	} {
		b.Run(c.name+", match alone", func(b *testing.B) { benchMatch(b, seg, c.expr) })
		for _, distinct := range []bool{false, true} {
			name := c.name
			if distinct {
				name += ", distinct"
			}
			q := query(b, c.expr)
			q.Distinct, q.Workers = distinct, 2
			b.Run(name, func(b *testing.B) {
				lines, start := 0, used(b)
				for b.Loop() {
					lines = 0
					if err := seg.Lookup(b.Context(), q, func(segment.Hit) error { lines++; return nil }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(lines), "lines")
				b.ReportMetric(used(b).since(start).cpu.Seconds()*1e3/float64(b.N), "cpu-ms")
			})
		}
	}
}

// benchMatch matches all distinct lines, unpacked before, on one processor: what a lookup that reads all
// blocks can't go below.
func benchMatch(b *testing.B, seg *segment.Segment, expr string) {
	var all []byte
	err := seg.Lookup(b.Context(), segment.Query{Distinct: true}, func(h segment.Hit) error {
		all = append(append(all, h.Line...), '\n')
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	match, lines, start := regexp.MustCompile(expr).Match, 0, used(b)
	for b.Loop() {
		lines = 0
		for line := range bytes.Lines(all) {
			if match(line[:len(line)-1]) {
				lines++
			}
		}
	}
	b.ReportMetric(float64(lines), "lines")
	b.ReportMetric(used(b).since(start).cpu.Seconds()*1e3/float64(b.N), "cpu-ms")
}

// benchMerge changes one host in a hundred, builds the segment of those, and merges the two.
func benchMerge(b *testing.B, s settings, fields store) {
	base, err := segment.Open(b.Context(), fields.get)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		start := used(b)
		anchors, err := base.Anchors(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		builder, small := segment.NewBuilder(segment.Config{Anchors: anchors}), store{}
		var content []byte
		for host := range benchHosts() / 100 {
			content = s.host(content[:0], host*100+1)
			if err := builder.Add(uint32(host*100), content); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := builder.Finish(b.Context(), small.put); err != nil {
			b.Fatal(err)
		}
		built := used(b)
		b.ReportMetric(built.since(start).took.Seconds(), "build-s")
		b.ReportMetric(built.since(start).cpu.Seconds(), "build-cpu-s")
		changed, err := segment.Open(b.Context(), small.get)
		if err != nil {
			b.Fatal(err)
		}
		merged := store{}
		if _, err := segment.Merge(b.Context(), []segment.Source{{Segment: base}, {Segment: changed}}, merged.put, segment.Config{}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(used(b).since(built).took.Seconds(), "merge-s")
		b.ReportMetric(used(b).since(built).cpu.Seconds(), "merge-cpu-s")
	}
}

// query returns the query for the lines that match an expression.
func query(tb testing.TB, expr string) segment.Query {
	tb.Helper()
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		tb.Fatal(err)
	}
	return segment.Query{
		Trigrams: trigram.Regexp(parsed),
		Literal:  trigram.NewFinder(trigram.Required(parsed)),
		Match:    regexp.MustCompile(expr).Match,
	}
}

// peakMB returns the most memory that was resident so far.
func peakMB(b *testing.B) float64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return float64(r.Maxrss) * 1024 / 1e6
}

// store is the fields of a segment in memory.
type store map[string][]byte

func (s store) put(field string, value []byte) error {
	s[field] = bytes.Clone(value)
	return nil
}

func (s store) get(_ context.Context, fields []string) ([][]byte, error) {
	values := make([][]byte, len(fields))
	for i, field := range fields {
		values[i] = s[field]
	}
	return values, nil
}

// sizes returns how many bytes the fields of each kind take, by the first letter of their names.
func (s store) sizes() map[string]int {
	sizes := map[string]int{}
	for field, value := range s {
		sizes[field[:1]] += len(value)
		sizes["all"] += len(value)
	}
	return sizes
}
