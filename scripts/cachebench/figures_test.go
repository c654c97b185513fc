package cachebench

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
)

var (
	figuresFile = flag.String("figures", "", "`file` for the figures, as JSON; empty: they are printed only")
	hostCount   = flag.Int("hosts", 160, "machines, at least 160")
	turnCount   = flag.Int("turns", 1, "runs of each command, of which the median counts")
	workDir     = flag.String("dir", "", "`directory` for text and answers, 150 KB a machine; empty: in memory")
)

// figures are seconds, but where they say something else.
type figures struct {
	Floor          float64  `json:"floor_seconds"`
	Truth          float64  `json:"truth_seconds"`
	Segments       segments `json:"segments_seconds"`
	Regexp         float64  `json:"regexp_seconds"`
	RipgrepRegexp  float64  `json:"ripgrep_regexp_seconds"`
	RipgrepLiteral float64  `json:"ripgrep_literal_seconds"`
	Sort           float64  `json:"sort_seconds"`
	ClientMaxRSS   int64    `json:"client_max_rss_bytes"`
	RedisUsed      int64    `json:"redis_used_bytes"`
	InsertCPU      float64  `json:"insert_cpu_ms"`
	Build          float64  `json:"build_seconds"`
	Rebuild1Pct    float64  `json:"rebuild_1pct_seconds"`
	Agree          bool     `json:"distinct_lines_agree"`

	// What is printed only.
	indexerMaxRSS     int64
	documents         [3]float64 // truth, segments, ripgrep
	lines             [2]float64 // of the headline: truth, segments
	tree              float64    // ripgrep, literal, a file a host
	idle              float64    // a round of an indexer that starts and finds nothing changed
	small, compareAll float64
	compareAllRSS     int64
}

// segments are of a search after so many percent of the hosts have changed.
type segments struct {
	Fresh0  float64 `json:"fresh0"`
	Fresh1  float64 `json:"fresh1"`
	Fresh5  float64 `json:"fresh5"`
	Fresh20 float64 `json:"fresh20"`
}

// TestFigures takes the figures, and holds that all ways of searching give the same lines.
func TestFigures(t *testing.T) {
	if *hostCount < 160 || *turnCount < 1 {
		t.Fatalf("%d machines and %d turns: want at least 160, so that each site has segments, and 1", *hostCount, *turnCount)
	}
	b := newBench(t)
	b.load(t)
	b.searchFresh(t)
	b.searchRegexp(t)
	b.searchDocuments(t)
	b.compareAll(t)
	b.searchChanged(t)
	b.rebuild(t)
	b.searchSmall(t)
	b.report()
	if *figuresFile != "" {
		if err := b.figures.write(*figuresFile); err != nil {
			t.Fatal(err)
		}
	}
}

func (f figures) write(file string) error {
	text, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// report prints the figures with what they are to be.
func (b *bench) report() {
	f := b.figures
	fmt.Printf("%d hosts in %d sites, medians of %d\n", b.hosts, sites, b.turns)
	row := func(what string, seconds, least, limit float64) {
		fmt.Printf("%-58s %9.3f s   %.2f of at most %.2f\n", what, seconds, seconds/least, limit)
	}
	alone := func(what string, value float64, unit string) { fmt.Printf("%-58s %9.3f %s\n", what, value, unit) }
	alone("receive-only floor", f.Floor, "s")
	alone("ripgrep, literal, all text in one file", f.RipgrepLiteral, "s")
	alone("ripgrep, literal, a file a host", f.tree, "s")
	row("search, truth, of ripgrep", f.Truth, f.RipgrepLiteral, 1.5)
	row("search, segments, of ripgrep", f.Segments.Fresh0, f.RipgrepLiteral, 0.12)
	alone("search, segments, 1 % of hosts changed", f.Segments.Fresh1, "s")
	row("search, segments, 5 % of hosts changed, of ripgrep", f.Segments.Fresh5, f.RipgrepLiteral, 0.35)
	alone("search, segments, 20 % of hosts changed", f.Segments.Fresh20, "s")
	alone("search, truth, a line of the answer a host", f.lines[0], "s")
	alone("search, segments, a line of the answer a host", f.lines[1], "s")
	alone("ripgrep, regular expressions without a literal", f.RipgrepRegexp, "s")
	row("search, segments, the same, of ripgrep", f.Regexp, f.RipgrepRegexp, 0.8)
	alone("search of documents, truth", f.documents[0], "s")
	alone("search of documents, segments", f.documents[1], "s")
	alone("ripgrep of documents", f.documents[2], "s")
	if f.compareAll > 0 {
		alone("compare all packages", f.compareAll, "s")
		alone("memory of that", float64(f.compareAllRSS)/1e6, "MB")
	}
	alone("most memory of a search, at most 200", float64(f.ClientMaxRSS)/1e6, "MB")
	alone("Redis memory, truth and segments, at most 70", float64(f.RedisUsed)/1e6, "MB")
	alone("nanoprobe's CPU a changed file, at most 1", f.InsertCPU, "ms")
	alone("sort -u", f.Sort, "s")
	row("segments from nothing, of sort", f.Build, f.Sort, 1)
	alone("memory of the indexers of all sites, at most 600", float64(f.indexerMaxRSS)/1e6, "MB")
	alone("indexers that start, nothing changed", f.idle, "s")
	row("segments after 1 % changed beyond that, of a full build", f.Rebuild1Pct, f.Build, 0.1)
	alone("small fleet, embedded cache, at most 0.05", f.small, "s")
	fmt.Printf("%-58s %9v\n", "all ways gave equal lines", f.Agree)
}
