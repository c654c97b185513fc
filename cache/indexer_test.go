package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// killer lets so many commands through, and then none: what a server sees of a process that is killed
// between two commands, those of one exchange too.
type killer struct {
	left  int
	total int // that left was at first, for those who ask
}

var errKilled = errors.New("killed")

func (k *killer) DialHook(next redis.DialHook) redis.DialHook { return next }

func (k *killer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if k.left == 0 {
			return errKilled
		}
		k.left--
		return next(ctx, cmd)
	}
}

func (k *killer) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) <= k.left {
			k.left -= len(cmds)
			return next(ctx, cmds)
		}
		if k.left > 0 && cmds[0].Name() != "multi" { // a transaction that is not ended is nothing
			next(ctx, cmds[:k.left])
		}
		k.left = 0
		return errKilled
	}
}

// TestKilledIndexer kills an indexer after each number of commands that a round can take.
func TestKilledIndexer(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	w := newWorld(t, newFixture(t, startRedis(t)), 1)
	w.paths = 1
	for range 40 {
		w.write(w.someHost(), w.somePath())
	}
	finished, total := 0, IndexerStats{}
	for n := 0; finished < 3; n++ {
		w.write(w.someHost(), w.somePath())
		w.delete(w.someHost(), w.somePath())
		victim := w.newWorker()
		w.raw.Set(t.Context(), keyLease, victim.token, 0)
		k := &killer{left: n}
		victim.c.redis.AddHook(k)
		victim.round(t.Context())
		w.check(HostsWith, HostsWithout, Distinct)
		if k.left > 0 { // it came to its end; a few more, because the next may have more to do
			finished++
		}
		if n%3 == 0 {
			heir := w.newWorker()
			w.raw.Set(t.Context(), keyLease, heir.token, 0)
			heir.round(t.Context())
			w.check(Lines)
			total.Built += heir.Stats().Built
			total.Extended += heir.Stats().Extended
			total.Merged += heir.Stats().Merged
			if failed := heir.Stats().Failed; failed > 0 {
				t.Fatalf("killed after %d commands: %d failures of the next indexer", n, failed)
			}
		}
	}
	if w.used == 0 || total.Built == 0 || total.Extended == 0 || total.Merged == 0 {
		t.Errorf("%d rows from segments, %+v: not all was tried", w.used, total)
	}
	w.noOrphans(t)
}

// noOrphans fails if there are segments without a pointer that stay.
func (w *world) noOrphans(t *testing.T) {
	t.Helper()
	pointers := fmt.Sprint(w.raw.HGetAll(t.Context(), keySegments).Val())
	for _, key := range w.raw.Keys(t.Context(), "*#*#*").Val() {
		id := key[strings.LastIndexByte(key, '#')+1:]
		if strings.HasPrefix(key, "idx#") || len(id) != generationLen {
			continue
		}
		forever := w.raw.PTTL(t.Context(), key).Val() < 0
		if pointed := strings.Contains(pointers, id); pointed != forever {
			t.Errorf("%s: pointed to %v, stays %v", key, pointed, forever)
		}
	}
}

// TestTwoIndexers runs two on one server, of which one is ended: the other takes its place.
func TestTwoIndexers(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 40 {
		f.mustPut(t, snap(fmt.Sprintf("h%02d", i), "/f", "line\n"))
	}
	run := func() (*Indexer, func()) {
		c := Dial(f.Server, Config{})
		x := &Indexer{Client: c, Every: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := x.Run(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("Run: %v", err)
			}
		})
		return x, func() { cancel(); running.Wait(); c.Close() }
	}
	first, endFirst := run()
	waitFor(t, "the first to build", func() bool { return first.Stats().Built == 1 })
	second, endSecond := run()
	defer endSecond()
	waitFor(t, "rounds of the first", func() bool { return first.Stats().Rounds > 5 })
	if s := second.Stats(); s.Holding || s.Rounds > 0 {
		t.Errorf("the second works beside the first: %+v", s)
	}
	endFirst()
	waitFor(t, "the second to work", func() bool { return second.Stats().Rounds > 2 })
	if s := second.Stats(); s.Built != 0 || s.Failed != 0 || first.Stats().Holding {
		t.Errorf("the second made anew what was there: %+v", s)
	}
	if _, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); sum.Segmented != 40 || sum.Rows != 40 {
		t.Errorf("got %+v, want 40 rows from segments", sum)
	}
}

// waitFor waits for another goroutine, at most 10 s.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestLostLease has an indexer swap and publish that has no lease.
func TestLostLease(t *testing.T) {
	f := newFixture(t, startLocal(t))
	x := &Indexer{Client: f.Client, MinHosts: 1}
	w, err := x.newWorker()
	if err != nil {
		t.Fatal(err)
	}
	w.token = "lost"
	for i := range 4 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", strings.Repeat("a line that all have\n", 100)))
	}
	f.raw.Set(t.Context(), keyLease, "another", 0)
	if err := w.indexPath(t.Context(), "/f", "", 4); !errors.Is(err, errLeaseLost) {
		t.Errorf("index: %v, want errLeaseLost", err)
	}
	if err := w.train(t.Context(), "/f", 4); !errors.Is(err, errLeaseLost) {
		t.Errorf("train: %v, want errLeaseLost", err)
	}
	if err := w.prolong(t.Context(), 0); !errors.Is(err, errLeaseLost) {
		t.Errorf("release: %v, want errLeaseLost", err)
	}
	if n := f.raw.Exists(t.Context(), keySegments, keyDicts).Val(); n != 0 {
		t.Error("it has changed something")
	}
	if got := f.raw.Get(t.Context(), keyLease).Val(); got != "another" {
		t.Errorf("the lease is %q's", got)
	}
}

// TestSwap refuses what would lose a segment or point to none.
func TestSwap(t *testing.T) {
	f := newFixture(t, startLocal(t))
	w, err := (&Indexer{Client: f.Client}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	w.token = "held"
	f.raw.Set(t.Context(), keyLease, "held", 0)
	watched := newPointer(nil)
	draft := newPointer([]generation{{strings.Repeat("A", generationLen), 7}})
	for _, tt := range []struct {
		name     string
		old, new pointer
		want     string
	}{
		{"from what is not there", draft, watched, "changed"},
		{"to be watched", pointer{}, watched, ""},
		{"again", pointer{}, watched, "changed"},
		{"to what is not there", watched, draft, "missing"},
		{"to nothing", watched, pointer{}, ""},
	} {
		err := w.swap(t.Context(), "/f", tt.old, tt.new)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if n := f.raw.Exists(t.Context(), keySegments).Val(); n != 0 {
		t.Error("a pointer is left")
	}
}

// TestDoubt damages segments in all ways: searches read the truth and say so, and the indexer makes
// others.
func TestDoubt(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 10 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "line\n"))
	}
	worker, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	f.raw.Set(ctx, keyLease, worker.token, 0)
	for _, tt := range []struct {
		name   string
		damage func(pack string)
	}{
		{"no table", func(pack string) { f.raw.HDel(ctx, pack, fieldHosts) }},
		{"a wrong table", func(pack string) { f.raw.HSet(ctx, pack, fieldHosts, "1234567890") }},
		{"a table of other hosts", func(pack string) {
			table, _ := packHostTable([]entry{{name: "h0"}})
			f.raw.HSet(ctx, pack, fieldHosts, table)
		}},
		{"no segment", func(pack string) { f.raw.Del(ctx, pack) }},
		{"no head", func(pack string) { f.raw.HDel(ctx, pack, "meta") }},
		{"a wrong head", func(pack string) { f.raw.HSet(ctx, pack, "meta", "1234567890") }},
		{"a wrong block", func(pack string) { f.raw.HSet(ctx, pack, "b0", "1234567890") }},
		{"no block", func(pack string) { f.raw.HDel(ctx, pack, "b0") }},
		{"a wrong pointer", func(string) { f.raw.HSet(ctx, keySegments, "/f", "1 x:y") }},
	} {
		worker.round(ctx)
		if _, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); sum.Segmented != 10 || len(sum.Doubts) != 0 {
			t.Fatalf("before %s: %+v", tt.name, sum)
		}
		p, err := parsePointer(f.raw.HGet(ctx, keySegments, "/f").Val())
		if err != nil || len(p.generations) == 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		tt.damage(packKey("/f", p.generations[0].id))
		for _, answer := range []Answer{Lines, Distinct, HostsWith} {
			hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line", Answer: answer})
			want := map[Answer]int{Lines: 10, Distinct: 1, HostsWith: 10}[answer]
			if len(hits) != want || len(sum.Doubts) != 1 || sum.Segmented != 0 || sum.Rows != 10 {
				t.Errorf("%s: %q, %+v, want %d hits and a doubt", tt.name, hits, sum, want)
			}
		}
		f.mustPut(t, snap("new", "/f", "line\n")) // or the indexer does not look
		if err := f.Delete(ctx, "new", "id of new", "/f"); err != nil {
			t.Fatal(err)
		}
		f.raw.HDel(ctx, keySegments, "/f") // of blocks it knows when it merges
	}
}

// TestLostSegment: a segment that is gone is made anew within the hour, though no row changes.
func TestLostSegment(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", "line\n"), snap("b", "/f", "line\n"))
	worker, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(t.Context(), keyLease, worker.token, 0)
	segmented := func() int {
		worker.round(t.Context())
		_, sum := grep(t, []Site{f.site}, Query{Pattern: "line"})
		return sum.Segmented
	}
	if n := segmented(); n != 2 {
		t.Fatalf("%d rows in segments, want 2", n)
	}
	p, err := parsePointer(f.raw.HGet(t.Context(), keySegments, "/f").Val())
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Del(t.Context(), packKey("/f", p.generations[0].id))
	if n := segmented(); n != 0 {
		t.Errorf("%d rows in segments at once, want 0: each round would read every table", n)
	}
	worker.pruned = worker.pruned.Add(-pruneEvery)
	if n := segmented(); n != 2 {
		t.Errorf("%d rows in segments an hour later, want 2", n)
	}
	if built := worker.Stats().Built; built != 2 {
		t.Errorf("%d builds, want 2", built)
	}
}

// TestFullPointer kills an indexer anywhere that finds as many segments as a pointer takes, because merges
// have failed before: it must not leave a pointer that nobody reads.
func TestFullPointer(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 10 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "line\n"))
	}
	w := &world{fixture: f, t: t, rng: rand.New(rand.NewPCG(1, 1))}
	for k := (&killer{}); k.left == 0; {
		f.raw.HDel(t.Context(), keySegments, "/f")
		f.round(t)
		p, err := parsePointer(f.raw.HGet(t.Context(), keySegments, "/f").Val())
		if err != nil || len(p.generations) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		f.raw.HSet(t.Context(), keySegments, "/f", newPointer(slices.Repeat(p.generations, maxGenerations)).text)
		changed := snap("h1", "/f", fmt.Sprintf("line %d\n", k.total))
		changed.Seq = uint64(k.total + 2)
		f.mustPut(t, changed)

		victim := w.newWorker()
		f.raw.Set(t.Context(), keyLease, victim.token, 0)
		k = &killer{left: k.total + 1, total: k.total + 1}
		victim.c.redis.AddHook(k)
		victim.round(t.Context())
		if _, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); sum.Hits != 10 || len(sum.Doubts) != 0 {
			t.Fatalf("killed after %d commands: %+v", k.total, sum)
		}
	}
}

// TestTombstones are kept for readers of segments, and no longer.
func TestTombstones(t *testing.T) {
	f := newFixture(t, startLocal(t))
	ctx := t.Context()
	for i := range 10 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "line\n"))
	}
	gone := func() []string { return f.raw.ZRange(ctx, "gone#/f", 0, -1).Val() }
	remove := func(host string) {
		t.Helper()
		if err := f.Delete(ctx, host, "id of "+host, "/f"); err != nil {
			t.Fatal(err)
		}
	}
	remove("h0")
	if len(gone()) != 0 {
		t.Errorf("noted without segments: %q", gone())
	}
	worker, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(ctx, keyLease, worker.token, 0)
	worker.round(ctx)
	before := f.raw.Get(ctx, keyWrites).Val()
	remove("h1")
	remove("h1")
	if after := f.raw.Get(ctx, keyWrites).Val(); !slices.Equal(gone(), []string{"h1"}) || before != "10" && after != "12" {
		t.Errorf("noted %q, writes from %s to %s, want h1 and one write more", gone(), before, after)
	}
	worker.round(ctx)
	if len(gone()) != 0 {
		t.Errorf("noted still: %q", gone())
	}
	worker.minHosts = 100
	remove("h2")
	worker.round(ctx)
	if n := f.raw.Exists(ctx, keySegments, "gone#/f").Val(); n != 0 || worker.Stats().Dropped != 1 {
		t.Errorf("the path is indexed still: %+v", worker.Stats())
	}
}

// TestTombstonesBounded deletes more than an indexer takes up: the segments are void, and made anew.
func TestTombstonesBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	f := newFixture(t, startRedis(t))
	ctx := t.Context()
	for i := range 4 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "line\n"))
	}
	worker, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(ctx, keyLease, worker.token, 0)
	worker.round(ctx)
	if err := f.raw.Eval(ctx, "for i = 1, 131071 do redis.call('ZADD', KEYS[1], 1, i) end return 1", []string{"gone#/f"}).Err(); err != nil {
		t.Fatal(err)
	}
	for i, left := range []int64{131072, 0} {
		host := fmt.Sprint("h", i)
		if err := f.Delete(ctx, host, "id of "+host, "/f"); err != nil {
			t.Fatal(err)
		}
		if n := f.raw.ZCard(ctx, "gone#/f").Val(); n != left {
			t.Errorf("%d are noted, want %d", n, left)
		}
	}
	hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line"})
	if len(hits) != 2 || sum.Segmented != 0 {
		t.Errorf("%q, %+v, want 2 rows, none from segments", hits, sum)
	}
	worker.round(ctx)
	if hits, sum = grep(t, []Site{f.site}, Query{Pattern: "line"}); len(hits) != 2 || sum.Segmented != 2 || worker.Stats().Built != 2 {
		t.Errorf("%q, %+v, %+v, want 2 rows from new segments", hits, sum, worker.Stats())
	}
}

func TestIndexedPaths(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 3 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/etc/a#b", "x\n"), snap(fmt.Sprint("h", i), "@os", "x\n"))
	}
	x := &Indexer{Client: f.Client, MinHosts: 3, Paths: []string{"/*"}}
	w, err := x.newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(t.Context(), keyLease, w.token, 0)
	w.round(t.Context())
	if paths := f.raw.HKeys(t.Context(), keySegments).Val(); !slices.Equal(paths, []string{"/etc/a#b"}) {
		t.Errorf("segments of %q, want /etc/a#b", paths)
	}
	if err := (&Indexer{Client: f.Client, Paths: []string{"\xff"}}).Run(t.Context()); err == nil {
		t.Error("a glob that is not UTF-8: no error")
	}
}

// TestKilledIndexers runs two indexers as processes of their own on one server, and kills both at a
// random moment, ten times, while hosts write.
func TestKilledIndexers(t *testing.T) {
	needRedis(t)
	w := newWorld(t, newFixture(t, startRedis(t)), 7)
	for range 60 {
		w.write(w.someHost(), w.somePath())
	}
	for range 10 {
		first, second := startIndexer(t, w.Addr), startIndexer(t, w.Addr)
		// A random moment within some rounds of an indexer, not a wait for anything.
		for end := time.Now().Add(time.Duration(w.rng.IntN(60)) * time.Millisecond); time.Now().Before(end); {
			w.write(w.someHost(), w.somePath())
			w.delete(w.someHost(), w.somePath())
		}
		first()
		second()
		w.check()
		w.raw.Del(t.Context(), keyLease) // which expires by itself after 30 s
	}
	heir := w.newWorker()
	w.raw.Set(t.Context(), keyLease, heir.token, 0)
	heir.round(t.Context())
	if s := heir.Stats(); s.Failed > 0 {
		t.Errorf("the next indexer: %+v", s)
	}
	w.used = 0
	w.check()
	if w.used == 0 {
		t.Error("nothing was in segments")
	}
	w.noOrphans(t)
}

// indexerOf names, in the environment of this program, the server that it is to index.
const indexerOf = "ASSIM_TEST_INDEXER_OF"

func TestMain(m *testing.M) {
	if addr := os.Getenv(indexerOf); addr != "" {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // it is to be killed before
		defer cancel()
		c := Dial(Server{Addr: addr, Password: testPassword}, Config{})
		fmt.Println("ready")
		fmt.Println((&Indexer{Client: c, MinHosts: 2, Every: time.Millisecond, MemoryBytes: 1 << 10}).Run(ctx))
		return
	}
	os.Exit(m.Run())
}

// startIndexer runs one as a process, and returns what kills it.
func startIndexer(t *testing.T, addr string) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), indexerOf+"="+addr)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { cmd.Process.Kill(); cmd.Wait() })
	t.Cleanup(kill)
	if _, err := io.ReadFull(out, make([]byte, len("ready"))); err != nil {
		t.Fatal(err)
	}
	return kill
}
