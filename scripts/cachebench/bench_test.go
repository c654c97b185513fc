package cachebench

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// patterns are regular expressions without a text that an index could know. How long one takes depends on
// how often it begins to match, so there are several: identifiers, numbers, and words.
var patterns = []string{`[a-f][0-9]{6}[a-f]`, `[1-9][05]{3}[1-9]$`, `[A-Z][a-z]+ [A-Z]`}

// slowTurns bounds the turns of commands that take many seconds.
const slowTurns = 3

// bench is four servers with what all machines have, and what was measured of them.
type bench struct {
	hosts, turns int
	dir          string   // for text and answers
	assim        string   // the program
	config       string   // its file
	distinct     []string // flags of search
	addrs        []string
	empty        int64 // bytes that the servers use without any data
	settings     collection
	documents    []collection
	figures      figures
}

func newBench(t *testing.T) *bench {
	t.Helper()
	testbed.Need(t, "redis-server", "rg", "sort", "ip")
	b := &bench{hosts: *hostCount, turns: *turnCount, dir: *workDir, assim: testbed.Program(t, "assim"), addrs: startServers(t)}
	if b.dir == "" {
		b.dir = testbed.NewDir(t)
	}
	var caches []string
	for _, addr := range b.addrs {
		caches = append(caches, fmt.Sprintf("{addr: %q}", addr))
	}
	b.config = writeConfig(t, testbed.NewDir(t), caches...)
	b.settings, b.documents = collections(b.dir)
	if b.has(t, "--distinct") {
		b.distinct = []string{"--distinct", "--count"}
	}
	b.figures.Agree = true
	return b
}

// load fills the servers: first with what is measured, then with the rest.
func (b *bench) load(t *testing.T) {
	t.Helper()
	b.empty = usedBytes(t, b.addrs)
	fill(t, b.addrs, b.settings, b.hosts)
	b.build(t)
	b.figures.RedisUsed = usedBytes(t, b.addrs) - b.empty
	for _, c := range b.documents {
		fill(t, b.addrs, c, b.hosts)
		b.index("*").run(t)
	}
}

// index is a command that takes up what has changed at paths.
func (b *bench) index(paths string) command {
	return part("index", b.out("index"), append([]string{paths}, b.addrs...)...)
}

// build builds the segments of the settings from nothing.
func (b *bench) build(t *testing.T) cost {
	t.Helper()
	took := b.index(b.settings.path).run(t)
	b.figures.indexerMaxRSS = max(b.figures.indexerMaxRSS, took.RSS)
	return took
}

func (b *bench) out(name string) string { return filepath.Join(b.dir, name+".out") }

// search is a command that searches what hosts have at a path.
func (b *bench) search(name, path string, args ...string) command {
	args = append([]string{b.assim, "search", "--config", b.config, "--path", path}, args...)
	return command{name: name, args: args, out: b.out(name)}
}

// grep is ripgrep on text, with nothing but the lines in its answer.
func (b *bench) grep(name, text string, args ...string) command {
	args = append([]string{"rg", "--no-config", "--no-filename", "--no-line-number", "--text", "--color=never"}, args...)
	return command{name: name, args: append(args, text), out: b.out(name)}
}

// took keeps the most memory that a search took, and returns the time in the middle.
func (b *bench) took(cs costs) float64 {
	b.figures.ClientMaxRSS = max(b.figures.ClientMaxRSS, cs.rss())
	return cs.median()
}

// agrees compares what two searches gave last. Beside ripgrep's, lines of assim are without host and path.
func (b *bench) agrees(t *testing.T, one, search command) {
	t.Helper()
	ours := one.args[0] == b.assim
	lines, others := counted(t, one.out, false), counted(t, search.out, !ours)
	b.figures.Agree = agree(t, one.name+" and "+search.name, lines, others) && b.figures.Agree
}

// searchFresh searches when nothing has changed since the segments were made.
func (b *bench) searchFresh(t *testing.T) {
	t.Helper()
	f := &b.figures
	grep := b.grep("ripgrep", b.settings.text, "-F", headline)
	truth, quick := b.truth(), b.quick()
	floor := part("floor", b.out("floor"), append([]string{b.settings.path}, b.addrs...)...)
	tree := b.grep("ripgrep-tree", b.settings.tree, "-F", headline)
	took := turns(t, b.turns, grep, truth, quick, floor, tree)
	f.RipgrepLiteral, f.Truth, f.Segments.Fresh0, f.Floor = took[0].median(), b.took(took[1]), b.took(took[2]), took[3].median()
	f.tree = took[4].median()
	b.agrees(t, truth, quick)
	truth, quick = b.every()
	took = turns(t, min(b.turns, slowTurns), truth, quick)
	f.lines = [2]float64{b.took(took[0]), b.took(took[1])}
	b.agrees(t, grep, truth)
	b.agrees(t, grep, quick)
}

// searchRegexp searches for what no index knows. The figures are the mean of all patterns.
func (b *bench) searchRegexp(t *testing.T) {
	t.Helper()
	for _, pattern := range patterns {
		grep, quick := b.grep("ripgrep-regexp", b.settings.text, pattern), b.search("regexp", b.settings.path, pattern)
		took := turns(t, min(b.turns, slowTurns), grep, quick)
		b.figures.RipgrepRegexp += took[0].median() / float64(len(patterns))
		b.figures.Regexp += b.took(took[1]) / float64(len(patterns))
		b.agrees(t, grep, quick)
	}
}

// searchDocuments searches text of another kind, which most hosts have a line of.
func (b *bench) searchDocuments(t *testing.T) {
	t.Helper()
	const wanted = "SK Hynix"
	hardware := b.documents[0]
	grep := b.grep("ripgrep-documents", hardware.text, "-F", wanted)
	truth := b.search("documents-truth", hardware.path, "--fresh", "-F", wanted)
	quick := b.search("documents", hardware.path, "-F", wanted)
	took := turns(t, b.turns, grep, truth, quick)
	b.figures.documents = [3]float64{b.took(took[1]), b.took(took[2]), took[0].median()}
	b.agrees(t, grep, truth)
	b.agrees(t, grep, quick)
}

// truth and quick are the headline search, from the rows and from segments: which lines there are, and how
// many hosts have each.
func (b *bench) truth() command {
	return b.search("truth", b.settings.path, append(b.distinct, "--fresh", "-F", headline)...)
}

func (b *bench) quick() command {
	return b.search("segments", b.settings.path, append(b.distinct, "-F", headline)...)
}

// every are the same searches with a line of the answer for each host: what ripgrep's answer compares with.
func (b *bench) every() (truth, quick command) {
	return b.search("truth-lines", b.settings.path, "--fresh", "-F", headline),
		b.search("segments-lines", b.settings.path, "-F", headline)
}

// has reports whether this assim knows a flag of search.
func (b *bench) has(t *testing.T, flag string) bool {
	t.Helper()
	help, err := exec.Command(b.assim, "search", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(help), flag)
}

// compareAll groups the hosts by what they have, where assim can.
func (b *bench) compareAll(t *testing.T) {
	t.Helper()
	const flag = "--compare-all"
	if !b.has(t, flag) {
		return
	}
	compare := b.search("compare", b.documents[1].path, flag)
	took := turns(t, min(b.turns, slowTurns), compare)[0]
	b.figures.compareAll, b.figures.compareAllRSS = took.median(), took.rss()
}

// searchChanged searches after hosts have changed and no indexer has taken that up.
func (b *bench) searchChanged(t *testing.T) {
	t.Helper()
	s := &b.figures.Segments
	changed, inserted := 0, time.Duration(0)
	for _, step := range []struct {
		pct  int
		into *float64
	}{{1, &s.Fresh1}, {5, &s.Fresh5}, {20, &s.Fresh20}} {
		to := b.hosts * step.pct / 100
		inserted += change(t, b.addrs, b.settings, changed, to, 1)
		changed = to
		truth, quick := b.truth(), b.quick()
		took := turns(t, b.turns, truth, quick)
		*step.into = b.took(took[1])
		b.agrees(t, truth, quick)
		truth, quick = b.every()
		turns(t, 1, truth, quick)
		b.agrees(t, truth, quick)
	}
	b.figures.InsertCPU = inserted.Seconds() * 1e3 / float64(changed)
}

// rebuild builds segments from nothing, and takes up changes. An indexer that starts prunes and looks at
// dictionaries first: a full build has that in it, of changes it is subtracted, since these find the
// indexer running.
func (b *bench) rebuild(t *testing.T) {
	t.Helper()
	sort := command{name: "sort", args: []string{"env", "LC_ALL=C", "sort", "-u", "--parallel=2", "-T", b.dir, b.settings.text}, out: b.out("sort")}
	var sorts, builds, idles, rebuilds costs
	for range min(b.turns, slowTurns) {
		dropSegments(t, b.addrs)
		builds = append(builds, b.build(t))
		sorts = append(sorts, sort.run(t))
	}
	pct := b.hosts / 100
	for turn := range min(b.turns, slowTurns) {
		idles = append(idles, b.index(b.settings.path).run(t))
		change(t, b.addrs, b.settings, turn*pct, (turn+1)*pct, 2)
		rebuilds = append(rebuilds, b.index(b.settings.path).run(t))
	}
	f := &b.figures
	f.Sort, f.Build, f.idle = sorts.median(), builds.median(), idles.median()
	f.Rebuild1Pct = max(0, rebuilds.median()-f.idle)
	truth, quick := b.every()
	turns(t, 1, truth, quick)
	b.agrees(t, truth, quick)
}

// searchSmall searches a fleet of ten in the embedded cache.
func (b *bench) searchSmall(t *testing.T) {
	t.Helper()
	config := startSmall(t, 10)
	search := command{name: "small", args: []string{b.assim, "search", "--config", config, "-F", headline}, out: b.out("small")}
	b.figures.small = turns(t, b.turns, search)[0].median()
	if len(counted(t, search.out, true)) == 0 {
		t.Error("the small fleet's search found nothing")
	}
}
