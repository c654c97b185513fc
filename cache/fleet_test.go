package cache

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// world is a random fleet, what its hosts have, a server that is told of it, and two indexers.
type world struct {
	*fixture
	t        *testing.T
	rng      *rand.Rand
	owner    map[string]string            // host → id
	contents map[string]map[string]string // host → path → content
	notices  map[string]bool              // host#path
	seq      uint64
	workers  []*worker
	paths    int
	expiring *Client // writes rows that live for some milliseconds; nil where keys expire late
	used     int     // rows that were found in segments
	byLines  int     // rows that were stored as differences when they were searched
}

func newWorld(t *testing.T, f *fixture, seed uint64) *world {
	t.Helper()
	f.raw.FlushAll(t.Context())
	w := &world{fixture: f, t: t, rng: rand.New(rand.NewPCG(seed, 6)), owner: map[string]string{},
		paths:    3,
		contents: map[string]map[string]string{}, notices: map[string]bool{}}
	for range 2 {
		w.workers = append(w.workers, w.newWorker())
	}
	return w
}

func (w *world) newWorker() *worker {
	w.t.Helper()
	c := Dial(w.Server, Config{})
	w.t.Cleanup(func() { c.Close() })
	made, err := (&Indexer{Client: c, MinHosts: 2, MemoryBytes: 1 << 10}).newWorker()
	if err != nil {
		w.t.Fatal(err)
	}
	made.token = fmt.Sprint("token ", w.rng.Uint64())
	return made
}

func (w *world) someHost() string { return fmt.Sprintf("h%02d", w.rng.IntN(14)) }
func (w *world) somePath() string { return fmt.Sprintf("/p%d", w.rng.IntN(w.paths)) }

// content is lines of which hosts have many in common, rarely one that no segment takes.
func (w *world) content() string {
	var b strings.Builder
	for range w.rng.IntN(12) {
		fmt.Fprintf(&b, "key.%d = %s\n", w.rng.IntN(5), []string{"on", "Off", "12", "änder"}[w.rng.IntN(4)])
	}
	text := b.String()
	switch w.rng.IntN(12) {
	case 0:
		return text + "\x00" + text
	case 1:
		return text + strings.Repeat("z", 70<<10)
	case 2:
		return strings.Repeat(text, 20)
	case 3:
		return strings.ReplaceAll(text, "\n", "\r\n") + "no end"
	case 4, 5, 6: // large enough for a dictionary, and much as what others have
		var common strings.Builder
		for n := range 60 {
			fmt.Fprintf(&common, "common.key.%d = %d\n", n, n%5)
		}
		return common.String() + text + common.String()
	}
	return text
}

// step changes something.
func (w *world) step() {
	host, path := w.someHost(), w.somePath()
	switch w.rng.IntN(20) {
	case 0, 1:
		w.delete(host, path)
	case 2:
		w.expire(host, path)
	case 3:
		w.takeOver(host)
	case 4:
		if _, err := w.Prune(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	case 5:
		if w.rng.IntN(8) == 0 {
			w.restart()
		}
	case 6, 7, 8:
		w.index()
	default:
		w.write(host, path)
	}
}

func (w *world) write(host, path string) {
	s := snap(host, path, w.content())
	w.seq++
	s.Seq = w.seq
	if w.owner[host] == "" {
		w.owner[host] = s.HostID
	}
	s.HostID = w.owner[host]
	notice := w.rng.IntN(15) == 0
	if notice {
		s.Content, s.Notice = nil, "too large"
	}
	w.mustPut(w.t, s)
	if w.contents[host] == nil {
		w.contents[host] = map[string]string{}
	}
	w.contents[host][path], w.notices[host+"#"+path] = string(s.Content), notice
}

func (w *world) delete(host, path string) {
	if w.owner[host] == "" {
		return
	}
	if err := w.Delete(w.t.Context(), host, w.owner[host], path); err != nil {
		w.t.Fatal(err)
	}
	delete(w.contents[host], path)
}

// expire lets a row expire that nobody renews.
func (w *world) expire(host, path string) {
	if _, there := w.contents[host][path]; !there {
		return
	}
	if w.expiring != nil {
		w.seq++
		s := snap(host, path, fmt.Sprintf("soon gone %d\n", w.seq)) // small: its dictionary would soon be gone too
		s.HostID, s.Seq = w.owner[host], w.seq
		if _, err := w.expiring.Put(w.t.Context(), s); err != nil {
			w.t.Fatal(err)
		}
		waitFor(w.t, "a row to expire", func() bool { return w.raw.Exists(w.t.Context(), rowKey(host, path)).Val() == 0 })
		delete(w.contents[host], path)
		return
	}
	// The in-process server lets time pass in steps of its own; this is what it does then.
	w.raw.Del(w.t.Context(), rowKey(host, path))
	w.raw.ZAdd(w.t.Context(), dueKey(path), redis.Z{Member: host, Score: float64(w.raw.Time(w.t.Context()).Val().UnixMilli())})
	delete(w.contents[host], path)
}

// takeOver gives the name of a host to another, which has nothing yet.
func (w *world) takeOver(host string) {
	if w.owner[host] == "" {
		return
	}
	w.silent(w.t, host, DefaultStaleAfter+time.Minute)
	w.owner[host] += "'"
	if _, err := w.Seen(w.t.Context(), host, w.owner[host]); err != nil {
		w.t.Fatal(err)
	}
	delete(w.contents, host)
}

// restart empties the server. Some hosts have put their rows again.
func (w *world) restart() {
	w.raw.FlushAll(w.t.Context())
	clear(w.contents)
	clear(w.owner)
}

// index lets an indexer do a round: one that has the lease, or one that believes to have it.
func (w *world) index() {
	ctx := w.t.Context()
	worker := w.workers[w.rng.IntN(len(w.workers))]
	switch w.rng.IntN(4) {
	case 0: // it is a new one that has no memory
		worker = w.newWorker()
		w.workers[0] = worker
	case 1: // it has lost its lease
		w.raw.Set(ctx, keyLease, "another", 0)
		worker.round(ctx)
		return
	case 2:
		worker.MinHosts = 1 + w.rng.IntN(4)
		worker.minHosts = worker.MinHosts
	}
	w.raw.Set(ctx, keyLease, worker.token, 0)
	worker.round(ctx)
}

// check searches in all ways, or some.
func (w *world) check(some ...Answer) {
	w.t.Helper()
	q := w.query()
	lines, distinct, with, without := w.grep(q)
	for _, ways := range []struct {
		answer            Answer
		truth, noSegments bool
		want              []string
	}{
		{Lines, true, true, lines}, {Lines, true, false, lines}, {Lines, false, false, withoutNumbers(lines)},
		{Distinct, false, true, distinct}, {Distinct, false, false, distinct},
		{HostsWith, false, false, with}, {HostsWithout, false, true, without}, {HostsWithout, false, false, without},
	} {
		if len(some) > 0 && !slices.Contains(some, ways.answer) {
			continue
		}
		q.Answer, q.LineNumbers, q.NoSegments = ways.answer, ways.truth, ways.noSegments
		got, sum := w.search(q)
		if !ways.truth {
			got = withoutNumbers(got)
		}
		if !slices.Equal(got, ways.want) {
			w.t.Fatalf("%+v:\ngot  %.2000q\nwant %.2000q", q, got, ways.want)
		}
		if len(sum.Doubts) > 0 || sum.DamagedN > 0 {
			w.t.Fatalf("%+v: %+v", q, sum)
		}
		w.used += sum.Segmented
	}
	w.checkScan(q)
	for host, paths := range w.contents {
		for path := range paths {
			if strings.HasPrefix(w.raw.HGet(w.t.Context(), rowKey(host, path), fieldEnc).Val(), encLines) {
				w.byLines++
			}
		}
	}
}

// checkScan compares the rows themselves.
func (w *world) checkScan(q Query) {
	w.t.Helper()
	got, want := map[string]string{}, map[string]string{}
	_, err := Scan(w.t.Context(), []Site{w.site}, q, WithContent, func(r Row) error {
		got[rowKey(r.Host, r.Path)] = string(r.Content)
		return nil
	})
	if err != nil && !errors.Is(err, ErrEmpty) {
		w.t.Fatal(err)
	}
	for host, paths := range w.contents {
		for path, content := range paths {
			if asked(q, host, path) {
				want[rowKey(host, path)] = content
			}
		}
	}
	if !maps.Equal(got, want) {
		w.t.Fatalf("scan of %+v:\ngot  %.2000q\nwant %.2000q", q, got, want)
	}
}

func (w *world) search(q Query) (hits []string, sum Summary) {
	w.t.Helper()
	sum, err := Search(w.t.Context(), []Site{w.site}, q, func(h Hit) error {
		hits = append(hits, fmt.Sprintf("%s:%s:%d:%d:%d:%v:%s", h.Host, h.Path, h.LineNo, h.Hosts, h.Times, h.Binary, h.Line))
		return nil
	})
	if err != nil && !errors.Is(err, ErrEmpty) {
		w.t.Fatal(err)
	}
	rows := 0
	for host, paths := range w.contents {
		for path := range paths {
			if !w.notices[host+"#"+path] && asked(q, host, path) {
				rows++
			}
		}
	}
	if sum.Rows != rows {
		w.t.Fatalf("%+v: %d rows, want %d: %+v", q, sum.Rows, rows, sum)
	}
	return hits, sum
}

// withoutNumbers takes the line numbers away, and the order within a file with them.
func withoutNumbers(hits []string) []string {
	var rows []string
	for _, hit := range hits {
		parts := strings.SplitN(hit, ":", 4)
		rows = append(rows, strings.Join([]string{parts[0], parts[1], "0", parts[3]}, ":"))
	}
	slices.Sort(rows)
	return rows
}

var (
	fleets    = flag.Int("fleets", 3, "how many random fleets are searched, on each kind of server")
	firstSeed = flag.Uint64("seed", 0, "seed of the first random fleet; the others follow")
)

// TestFleetIsGrep changes random fleets and searches them with segments, without, and by grep. All chance
// is from a seed, the name of the subtest: scripts/fuzz-cache tries many.
func TestFleetIsGrep(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		used, byLines := 0, 0
		for seed := *firstSeed; seed < *firstSeed+uint64(*fleets); seed++ {
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				f := newFixture(t, start(t))
				w := newWorld(t, f, seed)
				if strings.Contains(t.Name(), "redis") {
					w.expiring = Dial(f.Server, Config{KeepFor: 2 * time.Millisecond})
					defer w.expiring.Close()
				}
				for range 20 {
					for range 1 + w.rng.IntN(6) {
						w.step()
					}
					w.check()
				}
				used += w.used
				byLines += w.byLines
			})
		}
		if *fleets > 0 && (used == 0 || byLines == 0) {
			t.Errorf("%d rows were found in segments and %d were differences, want some", used, byLines)
		}
		t.Logf("%d rows were found in segments, %d were differences", used, byLines)
	})
}
