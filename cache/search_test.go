package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSearch(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		f := newFixture(t, start(t))
		notice := snap("web1", "/var/log/big", "")
		notice.Notice = "too large"
		f.mustPut(t,
			snap("web2", "/etc/hosts", "127.0.0.1 localhost\n"),
			snap("web1", "/etc/passwd", "root:x:0\r\ndaemon:x:1\r\n"),
			snap("web1", "/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 db1"),
			snap("web1", "@os", "{\n  \"name\": \"debian\"\n}\n"),
			snap("db1", "/etc/hosts", "127.0.0.1 LOCALHOST\n"),
			snap("db1", "/bin/false", "\x7fELF\x00localhost\nlocalhost\n"),
			snap("db1", "/empty", ""),
			snap("db1", "/minified", strings.Repeat("x", 3*maxLineBytes)+"needle"),
			notice,
		)
		tests := []struct {
			name  string
			query Query
			want  []string
		}{
			{"hosts, paths and lines come in order", Query{Pattern: "^(127|10)|root"}, []string{
				"db1:/etc/hosts:1:127.0.0.1 LOCALHOST",
				"web1:/etc/hosts:1:127.0.0.1 localhost",
				"web1:/etc/hosts:2:10.0.0.1 db1",
				"web1:/etc/passwd:1:root:x:0",
				"web2:/etc/hosts:1:127.0.0.1 localhost",
			}},
			{"binary content once, without text", Query{Pattern: "localhost", Hosts: []string{"db1"}}, []string{"db1:/bin/false:1:"}},
			{"binary content later", Query{Pattern: "^localhost"}, []string{"db1:/bin/false:2:"}},
			{"in any case", Query{Pattern: "LocalHost", IgnoreCase: true, Hosts: []string{"db?"}, Paths: []string{"/etc/*"}},
				[]string{"db1:/etc/hosts:1:127.0.0.1 LOCALHOST"}},
			{"globs cross slashes", Query{Pattern: "root", Paths: []string{"*pass*"}}, []string{"web1:/etc/passwd:1:root:x:0"}},
			{"globs match in full", Query{Pattern: "root", Paths: []string{"passwd", "/etc"}}, nil},
			{"several globs", Query{Pattern: "0.1", Hosts: []string{"web2", "db*"}, Paths: []string{"/etc/hosts", "@*"}},
				[]string{"db1:/etc/hosts:1:127.0.0.1 LOCALHOST", "web2:/etc/hosts:1:127.0.0.1 localhost"}},
			{"a dot in a glob is a dot", Query{Paths: []string{"/etc.hosts"}}, nil},
			{"documents", Query{Pattern: "debian", Fixed: true}, []string{`web1:@os:2:  "name": "debian"`}},
			{"a long line around its match", Query{Pattern: "needle"}, []string{
				"db1:/minified:1:[8198 bytes...]" + strings.Repeat("x", maxLineBytes-len("needle")) + "needle"}},
			{"nothing", Query{Pattern: "absent"}, nil},
		}
		for _, tt := range tests {
			if got, _ := grep(t, []Site{f.site}, tt.query); !slices.Equal(got, tt.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", tt.name, got, tt.want)
			}
		}
		_, sum := grep(t, []Site{f.site}, Query{Pattern: "root"})
		if sum.Rows != 8 || sum.Hits != 1 || sum.Notices != 1 || sum.Truncated || sum.DamagedN != 0 {
			t.Errorf("got %+v, want 8 rows, 1 hit, 1 notice", sum)
		}
	})
}

// TestDead: what a dead host has is stale however lately it was seen, in every form of an answer.
func TestDead(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("alive", "/f", "x\n"), snap("dead", "/f", "x\n"), snap("dead", "/g", "x\n"), snap("alive", "/g", "x\n"))
	index(t, &Indexer{Client: f.Client, Paths: []string{"/g"}, MinHosts: 1})
	for _, answer := range []Answer{Lines, HostsWith} {
		n := 0
		_, err := Search(t.Context(), []Site{f.site}, Query{Answer: answer, Dead: map[string]bool{"dead": true}}, func(h Hit) error {
			n++
			if h.Stale != (h.Host == "dead") || h.Age > time.Minute {
				t.Errorf("answer %d, %s %s: stale %v, age %v", answer, h.Host, h.Path, h.Stale, h.Age)
			}
			return nil
		})
		if err != nil || n < 2 {
			t.Errorf("answer %d: %d hits, %v", answer, n, err)
		}
	}
}

func TestStale(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", "x"), snap("b", "/f", "x"), snap("c", "/f", "x"))
	f.silent(t, "a", 50*time.Minute)
	f.silent(t, "b", 70*time.Minute)
	f.raw.ZRem(t.Context(), keyHosts, "c")
	stale := map[string]bool{}
	ages := map[string]time.Duration{}
	_, err := Search(t.Context(), []Site{f.site}, Query{StaleAfter: time.Hour}, func(h Hit) error {
		stale[h.Host], ages[h.Host] = h.Stale, h.Age.Truncate(time.Minute)
		if !h.Changed.Equal(time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)) || h.Seen.IsZero() != (h.Host == "c") {
			t.Errorf("%s: changed %v, seen %v", h.Host, h.Changed, h.Seen)
		}
		return nil
	})
	if err != nil || stale["a"] || !stale["b"] || !stale["c"] {
		t.Errorf("stale %v, %v, want b and c", stale, err)
	}
	if ages["a"] != 50*time.Minute || ages["b"] != 70*time.Minute {
		t.Errorf("ages %v, want a 50m, b 1h10m", ages)
	}
	if _, err := Search(t.Context(), []Site{f.site}, Query{}, func(h Hit) error {
		if h.Stale != (h.Host == "c") {
			t.Errorf("%s is stale after 6 h: %v", h.Host, h.Stale)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestLimit(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", strings.Repeat("line\n", 1000)), snap("b", "/f", "line\n"))
	for _, tt := range []struct {
		limit, hits int
		truncated   bool
	}{{0, 1001, false}, {1, 1, true}, {1000, 1000, true}, {1001, 1001, false}, {2000, 1001, false}} {
		hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line", Limit: tt.limit})
		if len(hits) != tt.hits || sum.Hits != tt.hits || sum.Truncated != tt.truncated || len(sum.Missing) != 0 {
			t.Errorf("limit %d: %d hits, %+v", tt.limit, len(hits), sum)
		}
	}
}

func TestSearchEnds(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", strings.Repeat("line\n", 1000)))
	enough := errors.New("enough")
	sum, err := Search(t.Context(), []Site{f.site}, Query{}, func(Hit) error { return enough })
	if err != enough || sum.Hits != 1 {
		t.Errorf("got %v after %d hits, want the callback's error after 1", err, sum.Hits)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sum, err = Search(ctx, []Site{f.site}, Query{}, func(Hit) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || sum.Hits == 1000 || len(sum.Missing) != 0 {
		t.Errorf("cancelled: %v, %+v, want context.Canceled before the end", err, sum)
	}
}

// TestCancelledWait cancels a search that waits for a server which takes connections and is silent.
func TestCancelledWait(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Read(make([]byte, 1))
		cancel()
		io.Copy(io.Discard, conn)
	}()
	started := time.Now()
	var progress Progress
	_, err = Search(ctx, []Site{{Name: "silent", Servers: []Server{{Addr: listener.Addr().String()}}}}, Query{Progress: &progress}, nil)
	if done, of := progress.Sites(); done != 0 || of != 1 {
		t.Errorf("%d of %d sites, want 0 of 1", done, of)
	}
	if !errors.Is(err, context.Canceled) || time.Since(started) > dialTimeout {
		t.Errorf("got %v after %v, want context.Canceled at once", err, time.Since(started))
	}
	sum, err := Search(t.Context(), []Site{{Name: "silent", Servers: []Server{{Addr: listener.Addr().String()}}}}, Query{}, nil)
	if want := "no answer within 1s: "; err == nil || !strings.Contains(err.Error(), want) || len(sum.Missing) != 1 {
		t.Errorf("not cancelled: %v, %+v, want %q", err, sum.Missing, want)
	}
}

func TestSites(t *testing.T) {
	north, south, emptied := newFixture(t, startLocal(t)), newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	north.mustPut(t, snap("a", "/f", "1\n2"), snap("c", "/e", "3"), snap("c", "/f", "4"))
	south.mustPut(t, snap("b", "/f", "5"), snap("c", "/d", "6"))
	closed := Server{Addr: "127.0.0.1:1"}
	want := []string{"a:/f:1:1", "a:/f:2:2", "b:/f:1:5", "c:/d:1:6", "c:/e:1:3", "c:/f:1:4"}
	site := func(name string, servers ...Server) Site { return Site{Name: name, Servers: servers} }
	tests := []struct {
		name    string
		sites   []Site
		want    []string
		missing []string
		err     error
	}{
		{"two sites in one order", []Site{site("south", south.Server), site("north", north.Server)}, want, nil, nil},
		{"the next server", []Site{site("north", closed, north.Server)}, slices.Concat(want[:2], want[4:]), nil, nil},
		{"a server just restarted", []Site{site("north", emptied.Server, north.Server)}, slices.Concat(want[:2], want[4:]), nil, nil},
		{"a missing site", []Site{site("north", closed, closed), site("south", south.Server)}, []string{want[2], want[3]}, []string{"north"}, nil},
		{"all missing", []Site{site("north", closed), site("south")}, nil, []string{"north", "south"}, ErrUnreachable},
		{"all empty", []Site{site("north", emptied.Server), site("south", emptied.Server)}, nil, nil, ErrEmpty},
		{"one empty", []Site{site("north", emptied.Server), site("south", south.Server)}, []string{want[2], want[3]}, []string{"north"}, nil},
		{"one empty, one missing", []Site{site("north", emptied.Server), site("south", closed)}, nil, []string{"north", "south"}, nil},
		{"empty or not is not known", []Site{site("north", emptied.Server, closed)}, nil, []string{"north"}, ErrUnreachable},
		{"no sites", nil, nil, nil, ErrUnreachable},
	}
	for _, tt := range tests {
		var got, missing []string
		sum, err := Search(t.Context(), tt.sites, Query{}, func(h Hit) error {
			got = append(got, fmt.Sprintf("%s:%s:%d:%s", h.Host, h.Path, h.LineNo, h.Line))
			return nil
		})
		for _, m := range sum.Missing {
			missing = append(missing, m.Site)
		}
		if !slices.Equal(got, tt.want) || !slices.Equal(missing, tt.missing) || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, missing %q, %v\nwant %q, missing %q, %v", tt.name, got, missing, err, tt.want, tt.missing, tt.err)
		}
	}
}

// TestFailover breaks the connection to the first server when it has sent a part of the rows.
func TestFailover(t *testing.T) {
	first, second := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	var want []string
	for i := range 40 {
		s := snap(fmt.Sprintf("h%02d", i), "/f", strings.Repeat("x", batchBytes/16)+"\n")
		first.mustPut(t, s)
		second.mustPut(t, s)
		first.raw.HSet(t.Context(), s.Host+"#/f", "c", s.Content, "enc", "") // or all would be one batch
		want = append(want, s.Host)
	}
	breaking, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay(t, breaking, first.Addr, batchBytes+batchBytes/2)
	site := Site{Name: "here", Servers: []Server{{Addr: breaking.Addr().String(), Password: testPassword}, second.Server}}
	var got []string
	sum, err := Search(t.Context(), []Site{site}, Query{Pattern: "x$"}, func(h Hit) error {
		got = append(got, h.Host)
		return nil
	})
	if err != nil || !slices.Equal(got, want) || sum.Rows != len(want) || len(sum.Missing) != 0 {
		t.Errorf("got %q, %+v, %v\nwant each of the 40 hosts once", got, sum, err)
	}
}

// TestSegmentFailover breaks the connection to the first server when rows that changed since its segments
// were made have been sent in part. What segments know of the hosts between is told once.
func TestSegmentFailover(t *testing.T) {
	first, second := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	const hosts = 120
	var want []string
	for i := range hosts {
		want = append(want, fmt.Sprintf("h%03d", i))
		first.mustPut(t, snap(want[i], "/f", "x\n"))
		second.mustPut(t, snap(want[i], "/f", "x\n"))
	}
	for _, f := range []*fixture{first, second} {
		w, err := (&Indexer{Client: f.Client}).newWorker()
		if err != nil {
			t.Fatal(err)
		}
		f.raw.Set(t.Context(), keyLease, w.token, 0)
		w.round(t.Context())
	}
	for i := 0; i < hosts; i += 2 {
		s := snap(want[i], "/f", strings.Repeat("x", batchBytes/16)+"\n")
		s.Seq = 2
		first.mustPut(t, s)
		second.mustPut(t, s)
		first.raw.HSet(t.Context(), s.Host+"#/f", "c", s.Content, "enc", "") // or all would be one batch
	}
	breaking, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay(t, breaking, first.Addr, 3*batchBytes)
	site := Site{Name: "here", Servers: []Server{{Addr: breaking.Addr().String(), Password: testPassword}, second.Server}}
	for _, answer := range []Answer{Lines, HostsWith} {
		var got []string
		sum, err := Search(t.Context(), []Site{site}, Query{Pattern: "x$", Answer: answer}, func(h Hit) error {
			got = append(got, h.Host)
			return nil
		})
		if err != nil || !slices.Equal(got, want) || sum.Rows != hosts || sum.Segmented != hosts/2 || len(sum.Doubts) != 0 {
			t.Errorf("answer %d: got %q, %+v, %v\nwant each of the %d hosts once, a half from segments", answer, got, sum, err, hosts)
		}
	}
}

// TestTooBroad finds more in segments than is held at once: the rows are read instead.
func TestTooBroad(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 4 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "1\n2\n3\n"))
	}
	w, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(t.Context(), keyLease, w.token, 0)
	w.round(t.Context())
	m, err := newMatcher(Query{})
	if err != nil {
		t.Fatal(err)
	}
	for room, segmented := range map[int]int{12: 4, 11: 0} {
		s := newSiteSearch(f.site, Query{}, scope{}, m)
		s.room = room
		hits := 0
		go s.run(t.Context())
		for some := range s.hits {
			hits += len(some.hits)
		}
		if s.err != nil || hits != 12 || s.rows != 4 || s.segmented != segmented || errors.Is(s.doubt, ErrBroad) != (segmented == 0) {
			t.Errorf("room for %d: %d hits, %d rows, %d of segments, %v, %v", room, hits, s.rows, s.segmented, s.doubt, s.err)
		}
	}
}

func TestTooManyLines(t *testing.T) {
	tally := newTally(Distinct)
	long := strings.Repeat("x", maxTallyBytes/2-tallyLineBytes-1)
	for i, want := range []error{nil, nil, nil, ErrTooMany} {
		line := string("aabc"[i]) + long // the second is there already
		if err := tally.line(pathLine{line: line}, 1, 1); !errors.Is(err, want) {
			t.Errorf("line %d: %v, want %v", i, err, want)
		}
	}
}

// TestSearchIsGrep compares searches over random fleets with grep over the same.
func TestSearchIsGrep(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for seed := range uint64(10) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			f.raw.FlushAll(t.Context())
			rng := rand.New(rand.NewPCG(seed, 0))
			fleet := map[string]string{}
			for range 1 + rng.IntN(60) {
				s := snap(fmt.Sprintf("h%d", rng.IntN(12)), fmt.Sprintf("/p%d", rng.IntN(8)), randomText(rng, 100)+"a")
				s.Seq = uint64(len(fleet) + 1)
				if rng.IntN(10) == 0 {
					s.Content = []byte(strings.Repeat(string(s.Content)+"\n", 1+2*plainBelow/len(s.Content))) // compressed
				}
				f.raw.Del(t.Context(), rowKey(s.Host, s.Path)) // so that no order counts
				f.mustPut(t, s)
				fleet[s.Host+"\x00"+s.Path] = string(s.Content)
			}
			for range 10 {
				q := Query{Pattern: randomPattern(rng), Fixed: rng.IntN(3) == 0, IgnoreCase: rng.IntN(3) == 0}
				got, _ := grep(t, []Site{f.site}, q)
				if want := grepFleet(fleet, q); !slices.Equal(got, want) {
					t.Fatalf("%+v:\ngot  %q\nwant %q", q, got, want)
				}
			}
		})
	}
}

func grepFleet(fleet map[string]string, q Query) []string {
	keys := make([]string, 0, len(fleet))
	for key := range fleet {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var hits []string
	for _, key := range keys {
		for _, line := range naive(q, fleet[key]) {
			hits = append(hits, strings.ReplaceAll(key, "\x00", ":")+":"+line)
		}
	}
	return hits
}

func TestFitting(t *testing.T) {
	const kib = 1 << 10
	for _, tt := range []struct {
		sizes []int64
		want  int
	}{
		{[]int64{0}, 1},
		{[]int64{batchBytes * 3}, 1},
		{[]int64{batchBytes * 3, 1}, 1},
		{[]int64{batchBytes - kib, kib, 1}, 2},
		{[]int64{1, notARow, 1}, 1},
		{[]int64{notARow, 1}, 1},
		{[]int64{1, 2, 3}, 3},
	} {
		if got := fitting(tt.sizes); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.sizes, got, tt.want)
		}
	}
}

func TestCheckSize(t *testing.T) {
	for size, damaged := range map[int64]bool{0: false, maxStoredBytes: false, maxStoredBytes + 1: true, notARow: true} {
		if err := checkSize(size); errors.Is(err, ErrDamaged) != damaged {
			t.Errorf("%d bytes: %v, want damaged %v", size, err, damaged)
		}
	}
}

func TestBalanced(t *testing.T) {
	sites := []Site{{Name: "a", Servers: []Server{{Addr: "1"}, {Addr: "2"}, {Addr: "3"}}}}
	rng := rand.New(rand.NewPCG(1, 1))
	firsts := map[string]int{}
	for range 300 {
		balanced := Balanced(sites, rng)
		if len(balanced[0].Servers) != 3 || balanced[0].Name != "a" {
			t.Fatalf("got %+v", balanced)
		}
		firsts[balanced[0].Servers[0].Addr]++
	}
	for addr, n := range firsts {
		if n < 50 {
			t.Errorf("server %s is first in %d of 300 cases: %v", addr, n, firsts)
		}
	}
	if sites[0].Servers[0].Addr != "1" {
		t.Errorf("the sites passed in changed: %+v", sites)
	}
}

func TestList(t *testing.T) {
	north, south := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	north.mustPut(t, snap("a", "/f", "1"), snap("b", "/f", "1"), snap("a", "/g", "1"))
	south.mustPut(t, snap("c", "/f", "1"), snap("c", "@os", "1"))
	sites := []Site{{Name: "gone", Servers: []Server{{Addr: "127.0.0.1:1"}}}, north.site, south.site}
	got, missing, err := List(t.Context(), sites, Query{})
	if want := []PathCount{{"/f", 3}, {"/g", 1}, {"@os", 1}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if len(missing) != 1 || missing[0].Site != "gone" {
		t.Errorf("missing %v, want gone", missing)
	}
	got, _, err = List(t.Context(), sites, Query{Hosts: []string{"a", "c"}, Paths: []string{"/*"}})
	if want := []PathCount{{"/f", 2}, {"/g", 1}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("a and c below /: %v, %v, want %v", got, err, want)
	}
	if _, _, err := List(t.Context(), sites[:1], Query{}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}
