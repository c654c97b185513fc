package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// site starts some servers of one site, and dials each.
func startSite(t *testing.T, name string, servers int) (Site, []*process, []*Client) {
	t.Helper()
	site := Site{Name: name}
	var processes []*process
	var clients []*Client
	for range servers {
		p := startProcess(t)
		c := Dial(p.Server, Config{})
		t.Cleanup(func() { c.Close() })
		site.Servers = append(site.Servers, p.Server)
		processes, clients = append(processes, p), append(clients, c)
	}
	return site, processes, clients
}

// filler is text of three quarters of a batch which does not get smaller, so that each row is a batch.
func filler() string {
	text := make([]byte, batchBytes*3/4)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range text {
		text[i] = '0' + byte(rng.IntN(64))
	}
	return string(text)
}

// answer is a search's, as host:line.
func answer(ctx context.Context, sites []Site, q Query, each func()) ([]string, Summary, error) {
	var got []string
	sum, err := Search(ctx, sites, q, func(h Hit) error {
		got = append(got, h.Host+":"+h.Line)
		each()
		return nil
	})
	return got, sum, err
}

// TestServerKilled kills one of four servers while it is written to, and one while it is read.
func TestServerKilled(t *testing.T) {
	needRedis(t)
	north, northern, writers := startSite(t, "north", 2)
	south, southern, others := startSite(t, "south", 2)
	const hosts = 80
	content := "needle\n" + filler()
	var want []string
	var dying sync.WaitGroup
	for i := range hosts {
		s := snap(fmt.Sprintf("h%03d", i), "/f", content)
		want = append(want, s.Host+":needle")
		if i == hosts/2 {
			dying.Go(northern[0].kill)
		}
		for _, c := range [][]*Client{writers, others}[i%2] {
			_, err := c.Put(t.Context(), s)
			if err != nil && (c != writers[0] || i < hosts/2 || !strings.Contains(err.Error(), north.Servers[0].Addr)) {
				t.Fatalf("%s: %v", s.Host, err)
			}
		}
	}
	dying.Wait()
	if _, err := writers[0].Put(t.Context(), snap("h000", "/f", content)); err == nil {
		t.Fatal("the server is not down")
	}
	sites := []Site{north, south}
	got, sum, err := answer(t.Context(), sites, Query{Pattern: "^needle"}, func() {})
	if err != nil || !slices.Equal(got, want) || len(sum.Missing) != 0 || sum.Rows != hosts {
		t.Errorf("one down: %d hits, %+v, %v", len(got), sum.Missing, err)
	}

	// Read, it dies after the first hit: what is under way then is a half of its answer.
	var once sync.Once
	got, sum, err = answer(t.Context(), sites, Query{Pattern: "^needle"}, func() { once.Do(southern[0].kill) })
	if err != nil || !slices.Equal(got, want) || len(sum.Missing) != 0 || sum.Rows != hosts || sum.Costs[0].Server == "" {
		t.Errorf("killed in a search: %d hits, %+v, %v", len(got), sum, err)
	}

	// And the last one of a site: what lacks is said, the other site's answer is whole.
	var again sync.Once
	got, sum, err = answer(t.Context(), sites, Query{Pattern: "^needle"}, func() { again.Do(southern[1].kill) })
	northOnly := slices.DeleteFunc(slices.Clone(got), func(hit string) bool { return hit[3]%2 == 1 })
	if err != nil || len(northOnly) != hosts/2 || len(got) == hosts || len(sum.Missing) != 1 || sum.Missing[0].Site != "south" {
		t.Errorf("the last of a site: %d hits, %+v, %v", len(got), sum.Missing, err)
	}
}

// TestRestartedEmpty restarts a server of two, which has lost all then.
func TestRestartedEmpty(t *testing.T) {
	needRedis(t)
	site, processes, clients := startSite(t, "here", 2)
	put := func(c *Client) (written int) {
		for i := range 20 {
			w, err := c.Put(t.Context(), snap(fmt.Sprintf("h%02d", i), "/f", "line\n"))
			if err != nil {
				t.Fatal(err)
			}
			if w {
				written++
			}
		}
		return written
	}
	put(clients[0])
	put(clients[1])
	before, err := clients[0].Seen(t.Context(), "h00", "id of h00")
	if err != nil {
		t.Fatal(err)
	}
	processes[0].kill()
	processes[0].start(t)
	search := func(want int) {
		t.Helper()
		if got, sum, err := answer(t.Context(), []Site{site}, Query{Pattern: "line"}, func() {}); err != nil || len(got) != want || len(sum.Missing) != 0 {
			t.Errorf("%d hits, %+v, %v, want %d", len(got), sum, err, want)
		}
	}
	search(20) // the other server's
	after, err := clients[0].Seen(t.Context(), "h00", "id of h00")
	if err != nil || !after.Lost(before) {
		t.Errorf("%+v after %+v, %v: not lost", after, before, err)
	}
	if n := put(clients[0]); n != 20 {
		t.Errorf("%d rows were written again, want 20", n)
	}
	processes[1].kill()
	search(20)
}

// TestOutOfMemory fills a server: what is there can be searched, and the indexer goes on when there is
// room again.
func TestOutOfMemory(t *testing.T) {
	needRedis(t)
	f := newFixture(t, startProcess(t).Server)
	ctx := t.Context()
	for i := range 20 {
		f.mustPut(t, snap(fmt.Sprintf("h%02d", i), "/f", "line\n"))
	}
	f.raw.ConfigSet(ctx, "maxmemory", "1")
	if _, err := f.Put(ctx, snap("h20", "/f", "line\n")); err == nil || !strings.Contains(err.Error(), f.Addr) || !strings.Contains(err.Error(), "OOM") {
		t.Errorf("Put: %v, want the server's name and OOM", err)
	}
	w, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	w.token = "of the test"
	f.raw.ConfigSet(ctx, "maxmemory", "0")
	f.raw.Set(ctx, keyLease, w.token, 0)
	f.raw.ConfigSet(ctx, "maxmemory", "1")
	w.round(ctx)
	if s := w.Stats(); s.Failed == 0 || s.Built != 0 {
		t.Errorf("the indexer without memory: %+v", s)
	}
	for _, a := range []Answer{Lines, HostsWith} {
		if hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line", Answer: a}); len(hits) != 20 || sum.Segmented != 0 || len(sum.Untold) != 0 {
			t.Errorf("search: %d hits, %+v", len(hits), sum)
		}
	}
	f.raw.ConfigSet(ctx, "maxmemory", "0")
	w.round(ctx)
	f.mustPut(t, snap("h20", "/f", "line\n"))
	if hits, sum := grep(t, []Site{f.site}, Query{Pattern: "line"}); len(hits) != 21 || sum.Segmented != 20 || w.Stats().Built != 1 {
		t.Errorf("with memory again: %d hits, %+v, %+v", len(hits), sum, w.Stats())
	}
}

// TestPartition cuts one of two servers off, and lets it in again.
func TestPartition(t *testing.T) {
	needRedis(t)
	f, other := newFixture(t, startProcess(t).Server), newFixture(t, startProcess(t).Server)
	link := startLink(t, f.Addr)
	far := Server{Addr: link.addr(), Password: testPassword}
	c := Dial(far, Config{})
	defer c.Close()
	site := Site{Name: "here", Servers: []Server{far, other.Server}}
	put := func(seq uint64, content string) error {
		s := snap("h", "/f", content)
		s.Seq = seq
		other.mustPut(t, s)
		limited, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Put(limited, s)
		return err
	}
	search := func(want string) {
		t.Helper()
		got, sum, err := answer(t.Context(), []Site{site}, Query{}, func() {})
		if err != nil || !slices.Equal(got, []string{"h:" + want}) || len(sum.Missing) != 0 {
			t.Errorf("%q, %+v, %v, want %q", got, sum.Missing, err, want)
		}
	}
	if err := put(1, "before"); err != nil {
		t.Fatal(err)
	}
	search("before")
	link.stall(true)
	if err := put(2, "during"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Put over a dead link: %v", err)
	}
	search("during") // the other server's, though this one comes first
	alone := Site{Name: "cut off", Servers: []Server{far}}
	if _, sum, err := answer(t.Context(), []Site{alone}, Query{}, func() {}); !errors.Is(err, ErrUnreachable) || len(sum.Missing) != 1 {
		t.Errorf("the site that is cut off: %+v, %v", sum, err)
	}
	link.stall(false)
	if err := put(3, "after"); err != nil {
		t.Errorf("Put when it is healed: %v", err)
	}
	search("after")
}

// link is a TCP relay that can be told to pass nothing on, as a network does that drops all packets.
type link struct {
	listener net.Listener
	mu       sync.Mutex
	open     *sync.Cond
	stalled  bool
}

func startLink(t *testing.T, to string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener}
	l.open = sync.NewCond(&l.mu)
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			context.AfterFunc(ctx, func() { client.Close(); server.Close() })
			running.Go(func() { l.pass(server, client) })
			running.Go(func() { l.pass(client, server) })
		}
	})
	t.Cleanup(func() { cancel(); listener.Close(); l.stall(false); running.Wait() })
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

func (l *link) stall(stalled bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalled = stalled
	l.open.Broadcast()
}

func (l *link) pass(to, from net.Conn) {
	defer to.Close()
	for buf := make([]byte, 32<<10); ; {
		n, err := from.Read(buf)
		l.mu.Lock()
		for l.stalled {
			l.open.Wait()
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// TestHostileValues puts onto one of two servers what no host writes.
func TestHostileValues(t *testing.T) {
	needRedis(t)
	f, healthy := newFixture(t, startProcess(t).Server), newFixture(t, startProcess(t).Server)
	ctx := t.Context()
	key := func(host string) string { return rowKey(host, "/f") }
	// Frames that follow each other are one content: this is 4 GiB.
	bomb := strings.Repeat(string(zeros(t, 1<<20)), 4096)
	attacks := map[string]func(host string){
		"bomb":       func(host string) { f.raw.HSet(ctx, key(host), "enc", encZstd, "c", bomb) },
		"dictionary": func(host string) { f.raw.HSet(ctx, key(host), "enc", encDict+"0123456789abcdef") },
		"encoding":   func(host string) { f.raw.HSet(ctx, key(host), "enc", "lz4") },
		"hash":       func(host string) { f.raw.HSet(ctx, key(host), "sha256", hexSHA256(nil), "c", "other") },
		"huge":       func(host string) { f.raw.HSet(ctx, key(host), "c", strings.Repeat("x", maxStoredBytes+1)) },
		"list":       func(host string) { f.raw.Del(ctx, key(host)); f.raw.RPush(ctx, key(host), "x") },
		"string":     func(host string) { f.raw.Set(ctx, key(host), "x", 0) },
	}
	var want, damaged []string
	for _, host := range []string{"bomb", "dictionary", "encoding", "hash", "huge", "list", "string", "well1", "well2", "well3"} {
		for _, one := range []*fixture{f, healthy} {
			one.mustPut(t, snap(host, "/f", "line\n"))
		}
		want = append(want, host+":line")
		if attack := attacks[host]; attack != nil {
			attack(host)
			damaged = append(damaged, host)
		}
	}
	both := Site{Name: "here", Servers: []Server{f.Server, healthy.Server}}
	for _, indexed := range []bool{false, true} {
		if indexed {
			f.round(t)
		}
		got, sum, err := answer(ctx, []Site{both}, Query{Pattern: "line"}, func() {})
		if err != nil || !slices.Equal(got, want) || sum.Elsewhere != len(damaged) || sum.DamagedN != 0 || sum.Segmented > 0 != indexed {
			t.Errorf("indexed %v: %q, %+v, %v", indexed, got, sum, err)
		}
		got, sum, err = answer(ctx, []Site{f.site}, Query{Pattern: "line"}, func() {})
		if err != nil || !slices.Equal(got, []string{"well1:line", "well2:line", "well3:line"}) || sum.DamagedN != len(damaged) {
			t.Errorf("indexed %v, alone: %q, %+v, %v", indexed, got, sum, err)
		}
		for i, d := range sum.Damaged {
			if d.Host != damaged[i] || !errors.Is(d.Err, ErrDamaged) {
				t.Errorf("%+v, want %s", d, damaged[i])
			}
		}
	}
	// A pack that is damaged on one server: its rows are read.
	p, err := parsePointer(f.raw.HGet(ctx, keySegments, "/f").Val())
	if err != nil {
		t.Fatal(err)
	}
	f.raw.HSet(ctx, packKey("/f", p.generations[0].id), "b0", "1234567890")
	got, sum, err := answer(ctx, []Site{both}, Query{Pattern: "line"}, func() {})
	if err != nil || !slices.Equal(got, want) || len(sum.Doubts) != 1 || sum.Segmented != 0 {
		t.Errorf("a damaged pack: %q, %+v, %v", got, sum, err)
	}
}
