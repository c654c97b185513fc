package embedded

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
)

var (
	figuresFile = flag.String("figures", "", "`file` for the figures, as JSON; empty: of a small graph, to see that they can be taken")
	figureNodes = flag.Int("nodes", 1_000_000, "nodes of the graph of which figures are taken")
	withNeo4j   = flag.Bool("neo4j", false, "ask Neo4j the same, which ASSIM_NEO4J_LIB has")
	measured    = flag.String("measure", "", "`file` of a graph that a process of its own measures, for TestFigures")
)

const (
	figureSeed = 1
	// smallNodes make a graph in which every question still has an answer, in a second.
	smallNodes = 2_500
	loadBatch  = 500 // documents
	batchFacts = 1000
	batches    = 21
	// Every question is asked to warm up and then to be timed, until there are enough answers or it has
	// taken too long; the median counts.
	warmUps, timed = 20, 21
	longEnough     = 20 * time.Second
)

// figures are what TestFigures writes. Times in ms are medians.
type figures struct {
	Nodes        int     `json:"nodes"`
	Rels         int     `json:"relationships"`
	Properties   int     `json:"properties"` // of nodes, with their keys
	FileBytes    int64   `json:"file_bytes"`
	LoadSeconds  float64 `json:"load_seconds"`  // through Apply, durable
	MaxRSS       int64   `json:"max_rss_bytes"` // of a process that starts from disk and answers, at any time
	RSS          int64   `json:"rss_bytes"`     // the same, when it has answered
	HeapBytes    int64   `json:"heap_bytes"`    // in use after the start
	Start        float64 `json:"start_seconds"`
	BareScan     float64 `json:"bare_scan_seconds"`
	Batch        float64 `json:"batch_1000_ms"`
	BareBatch    float64 `json:"bare_batch_ms"`
	LongestQuery float64 `json:"query_beside_batches_ms"` // the longest of those asked while batches are applied
	ParsePlan    float64 `json:"parse_plan_us"`
	ImpactHub    answer  `json:"impact_hub"`
	ImpactMid    answer  `json:"impact_mid"`
	ShortestPath answer  `json:"shortest_path"`
	LabelScan    answer  `json:"label_scan"`
	GroupCount   answer  `json:"group_count"`
}

// answer is what one question cost, in ms. What was not asked or did not end is null.
type answer struct {
	Engine *float64 `json:"engine_ms"`
	Floor  *float64 `json:"floor_ms"`
	Neo4j  *float64 `json:"neo4j_ms"`
	Plan   string   `json:"neo4j_plan,omitempty"`
	Note   string   `json:"note,omitempty"` // why there is no time
}

// TestFigures makes a fleet's graph, measures it, and writes the figures. Without -figures it does the
// same to a small graph, so that it stays able to.
func TestFigures(t *testing.T) {
	if *measured != "" {
		t.Skip("measures for another process")
	}
	nodes := smallNodes
	if *figuresFile != "" {
		nodes = *figureNodes
	}
	f := newFleet(nodes, figureSeed)
	path := filepath.Join(t.TempDir(), "graph.db")
	load := fillFleet(t, path, f)
	size := sizeOf(t, path)
	scan := median(3, func() { bareScan(t, path) })
	out := filepath.Join(t.TempDir(), "measured.json")
	// A process of its own, so that its memory is that of a store that was started and no more.
	cmd := exec.Command(os.Args[0], "-test.run=^TestMeasure$", "-test.timeout=0", "-measure="+path,
		"-figures="+out, "-nodes="+strconv.Itoa(nodes), "-neo4j="+strconv.FormatBool(*withNeo4j))
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var figs figures
	read(t, out, &figs)
	figs.LoadSeconds, figs.BareScan, figs.FileBytes = load.Seconds(), scan.Seconds(), size
	b, err := json.Marshal(figs)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", b)
	if *figuresFile != "" {
		if err := os.WriteFile(*figuresFile, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func read(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// fillFleet applies a fleet's documents to a new store and returns how long that took.
func fillFleet(t testing.TB, path string, f fleet) time.Duration {
	t.Helper()
	s := open(t, path)
	var batch []graph.Facts
	var took time.Duration // without what it takes to make the documents
	apply := func() {
		begun := time.Now()
		if _, err := s.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		took += time.Since(begun)
		batch = batch[:0]
	}
	for facts := range f.documents() {
		if batch = append(batch, facts); len(batch) == loadBatch {
			apply()
		}
	}
	apply()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return took
}

// bareScan reads a file and decodes it: each text once, numbers, the ends of relationships. It builds
// nothing of it, and checks nothing.
func bareScan(t testing.TB, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var d decoded
	d.texts = map[string]uint32{}
	err = db.View(func(tx *bbolt.Tx) error {
		for bucket, decode := range map[string]func(key, value []byte) bool{
			namesBucket:    func(_, value []byte) bool { return len(value) > 0 },
			sayingsBucket:  d.saying,
			sourcesBucket:  d.record,
			resolvedBucket: func(key, _ []byte) bool { _, ok := resolvedRef(key); return ok },
		} {
			err := tx.Bucket([]byte(bucket)).ForEach(func(key, value []byte) error {
				if !decode(key, value) {
					return fmt.Errorf("bucket %q: %x is unreadable", bucket, key)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// decoded is what bareScan has read.
type decoded struct {
	texts map[string]uint32
	one   saying
	rels  []relRecord
}

func (d *decoded) saying(_, value []byte) bool {
	ok := d.one.decode(value)
	d.text(d.one.key)
	for _, p := range d.one.props {
		if p.kind == text || p.kind == list {
			d.text(p.text)
		}
	}
	return ok
}

func (d *decoded) text(s string) {
	if _, ok := d.texts[s]; !ok {
		d.texts[s] = uint32(len(d.texts))
	}
}

func (d *decoded) record(_, value []byte) bool {
	rec, ok := decodeRecord(value)
	for _, r := range rec.rels {
		r.from, r.to = uint32(rec.nodes[r.from]), uint32(rec.nodes[r.to])
		d.rels = append(d.rels, r)
	}
	return ok
}

// median returns the median time of some runs.
func median(runs int, run func()) time.Duration {
	took := make([]time.Duration, runs)
	for i := range took {
		begun := time.Now()
		run()
		took[i] = time.Since(begun)
	}
	slices.Sort(took)
	return took[runs/2]
}

// TestMeasure takes the figures of a graph that is there, for TestFigures.
func TestMeasure(t *testing.T) {
	if *measured == "" {
		t.Skip("TestFigures runs it")
	}
	var figs figures
	debug.SetGCPercent(GCPercent) // as cmd/cma does
	begun := time.Now()
	s := open(t, *measured, WithLimits(graph.Limits{Time: time.Minute, Memory: 1_000_000_000_000}))
	defer s.Close()
	figs.Start = time.Since(begun).Seconds()
	figs.HeapBytes = heapInUse()
	figs.count(s.image.Load())
	f := newFleet(*figureNodes, figureSeed)
	questions := f.questions()
	ask(t, s, questions, &figs)
	figs.MaxRSS, figs.RSS = resident(t, "VmHWM:"), resident(t, "VmRSS:")
	figs.ParsePlan = parsePlan(t, s)
	if *withNeo4j {
		askNeo4j(t, s, questions, &figs)
	}
	r := newRace(t, s, f)
	for range batches {
		r.turn(t)
	}
	figs.Batch, figs.BareBatch = r.medians()
	figs.LongestQuery = longestBeside(t, s, f)
	b, err := json.Marshal(figs)
	if err == nil {
		err = os.WriteFile(*figuresFile, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func heapInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// resident is the memory of this process that is resident, or the most that has been: a line of its
// status. The pages of its file that it has looked at are included.
func resident(t *testing.T, line string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	var kb int64
	for l := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(l, line); ok {
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Fatalf("%q: %v", l, err)
			}
		}
	}
	return kb << 10
}

func (figs *figures) count(im *image) {
	figs.Nodes, figs.Rels = im.all.count, im.relCount
	for _, p := range im.nodeProps {
		for _, page := range p.kinds.pages {
			if page == nil {
				continue
			}
			for _, k := range page.values {
				if k != absent {
					figs.Properties++
				}
			}
		}
	}
}

// ask asks the engine and the floor, which must agree.
func ask(t *testing.T, s *Store, questions []question, figs *figures) {
	t.Helper()
	fl := newFloor(s.image.Load())
	for _, q := range questions {
		a := q.into(figs)
		var want any
		a.Floor = milliseconds(func() error { want = q.floor(fl); return nil }, &a.Note)
		var got any
		a.Engine = milliseconds(func() error {
			res, err := s.Query(t.Context(), q.query, q.params)
			if err == nil {
				got = res.Rows[0][0]
			}
			return err
		}, &a.Note)
		if a.Engine != nil && got != want {
			t.Errorf("%s: the engine says %v, the loop %v", q.name, got, want)
		}
	}
}

// milliseconds returns the median time of runs after some to warm up, as many as there is time for, or
// nil and the reason in note.
func milliseconds(run func() error, note *string) *float64 {
	var took []time.Duration
	begun := time.Now()
	for i := range warmUps + timed {
		start := time.Now()
		if err := run(); err != nil {
			*note = err.Error()
			return nil
		}
		if i >= warmUps || time.Since(begun) > longEnough {
			took = append(took, time.Since(start))
		}
		if time.Since(begun) > longEnough {
			break
		}
	}
	slices.Sort(took)
	ms := took[len(took)/2].Seconds() * 1e3
	return &ms
}

// parsePlan returns the time, in µs, that it takes to parse, check and plan a query of five lines.
func parsePlan(t *testing.T, s *Store) float64 {
	t.Helper()
	const text = `EXPLAIN MATCH (s:Process {key: $key})<-[:CONNECTS_TO|PROVIDED_BY*1..15]-(p:Process)-[:RUNS_ON]->(h:Host)
		WHERE h.site = 'dc1' AND p.exe STARTS WITH '/usr'
		WITH h, count(DISTINCT p) AS processes, collect(DISTINCT p.exe) AS programs
		WHERE processes > 1
		RETURN h.name AS host, processes, programs ORDER BY processes DESC LIMIT 10`
	took := median(1001, func() {
		if _, err := s.Query(t.Context(), text, map[string]any{"key": "none"}); err != nil {
			t.Fatal(err)
		}
	})
	return float64(took.Nanoseconds()) / 1e3
}
