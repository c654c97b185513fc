package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestClient(t *testing.T) {
	tests := []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"what was put comes back", testRoundTrip},
		{"the layout is as documented", testLayout},
		{"unchanged content only renews", testUnchanged},
		{"changed stat is kept, and is no write", testStat},
		{"an older snapshot changes nothing", testOlder},
		{"a name belongs to one host", testTaken},
		{"a name is free after silence", testTakeover},
		{"delete prunes", testDelete},
		{"prune takes what expired", testPrune},
		{"forget hosts long gone", testForget},
		{"held paths", testHeld},
		{"a server that lost its contents", testLost},
		{"damaged rows", testDamaged},
		{"wrong password", testDenied},
		{"check", func(t *testing.T, f *fixture) {
			if err := f.Check(t.Context()); err != nil {
				t.Error(err)
			}
		}},
	}
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		s := start(t)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { tt.run(t, newFixture(t, s)) })
		}
	})
}

func testRoundTrip(t *testing.T, f *fixture) {
	rng := rand.NewChaCha8([32]byte{1})
	incompressible := make([]byte, 2*plainBelow)
	rng.Read(incompressible)
	limits := snap(strings.Repeat("h", maxHostBytes), strings.Repeat("#", maxPathBytes), "")
	limits.HostID, limits.Boot, limits.Seq = strings.Repeat("i", maxHostBytes), 1<<64-1, 1<<64-1
	notice := snap("h", "/large", "")
	notice.Notice, notice.Changed = "11000000 bytes: too large", time.Time{}
	for _, want := range []Snapshot{
		snap("h", "/empty", ""),
		snap("h", "@os", "{}\n"),
		snap("h", "/plain", strings.Repeat("a", plainBelow-1)),
		snap("h", "/zstd", strings.Repeat("a", plainBelow)),
		snap("h", "/random", string(incompressible)),
		snap("h", "/binary\u00e9", "\x00\r\n\xff"),
		snap("h", "/largest", strings.Repeat("0123456789", MaxContentBytes/10)),
		limits, notice,
	} {
		written, err := f.Put(t.Context(), want)
		if err != nil || !written {
			t.Fatalf("Put %.20q: %v, %v, want true, nil", want.Path, written, err)
		}
		row, err := Get(t.Context(), f.site, want.Host, want.Path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(row.Content, want.Content) {
			t.Errorf("%.20q: content of %d bytes differs from what was put", want.Path, len(row.Content))
		}
		row.Content, want.Content = nil, nil
		if !reflect.DeepEqual(row.Snapshot, want) {
			t.Errorf("got %+v\nwant %+v", row.Snapshot, want)
		}
		if row.Age < 0 || row.Age > time.Minute {
			t.Errorf("%.20q: age %v right after it was put", want.Path, row.Age)
		}
	}
	for _, host := range []string{"h", "stranger"} {
		if _, err := Get(t.Context(), f.site, host, "/absent"); !errors.Is(err, ErrNotFound) {
			t.Errorf("host %q has nothing there: %v, want ErrNotFound", host, err)
		}
	}
}

func testLayout(t *testing.T, f *fixture) {
	f.mustPut(t, snap("web1", "/etc/motd", "hello world\n"))
	got := f.raw.HGetAll(t.Context(), "web1#/etc/motd").Val()
	want := map[string]string{
		"c": "hello world\n", "enc": "", "crc": "f0ff7292", "md5": "6f5902ac237024bdd0c176cb93063dc4",
		"sha256": "a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447",
		"stat":   "-rw-r--r-- root root", "wc": "1 2 12", "changed": "2026-01-02T03:04:05.006Z",
		"notice": "", "id": "id of web1", "boot": "1", "seq": "1", "write": "1",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	keys := f.raw.Keys(t.Context(), "*").Val()
	slices.Sort(keys)
	if want := []string{"born", "due#/etc/motd", "hosts", "ids", "idx#/etc/motd", "paths", "web1#/etc/motd", "writes"}; !slices.Equal(keys, want) {
		t.Errorf("keys %q, want %q", keys, want)
	}
	if score := f.raw.ZScore(t.Context(), "idx#/etc/motd", "web1").Val(); score != 1 {
		t.Errorf("the index has write %v, want 1", score)
	}
}

func testUnchanged(t *testing.T, f *fixture) {
	s := snap("h", "/f", "content")
	f.mustPut(t, s, snap("h", "/other", "x"))
	if ttl := f.raw.PTTL(t.Context(), "h#/f").Val(); ttl <= defaultKeepFor-time.Minute || ttl > defaultKeepFor {
		t.Errorf("a new row lives %v, want %v", ttl, defaultKeepFor)
	}
	f.raw.PExpire(t.Context(), "h#/f", time.Hour)
	f.silent(t, "h", time.Hour)
	s.Boot, s.Seq = 2, 7
	written, err := f.Put(t.Context(), s)
	if err != nil || written {
		t.Fatalf("Put of what is there: %v, %v, want false, nil", written, err)
	}
	if ttl := f.raw.PTTL(t.Context(), "h#/f").Val(); ttl < 2*time.Hour {
		t.Errorf("the row lives %v more: not renewed", ttl)
	}
	row, err := Get(t.Context(), f.site, "h", "/f")
	if err != nil || row.Write != 1 || row.Boot != 2 || row.Seq != 7 || row.Age > time.Minute {
		t.Errorf("got write %d, boot %d, sequence %d, age %v, %v; want 1, 2, 7, none, nil", row.Write, row.Boot, row.Seq, row.Age, err)
	}
}

func testStat(t *testing.T, f *fixture) {
	s := snap("h", "/f", "content")
	f.mustPut(t, s)
	s.Stat = "-rw------- root root"
	if written, err := f.Put(t.Context(), s); err != nil || written {
		t.Errorf("Put of another stat: %v, %v, want false, nil", written, err)
	}
	if got := f.raw.HGet(t.Context(), "h#/f", "stat").Val(); got != s.Stat {
		t.Errorf("stat %q, want %q", got, s.Stat)
	}
	s.Content, s.Notice = nil, "unreadable" // has the hash of an empty file
	f.mustPut(t, snap("h", "/g", ""))
	s.Path = "/g"
	if written, err := f.Put(t.Context(), s); err != nil || !written {
		t.Errorf("Put of a notice in place of an empty file: %v, %v, want true, nil", written, err)
	}
}

func testOlder(t *testing.T, f *fixture) {
	version := func(boot, seq uint64, content string) Snapshot {
		s := snap("h", "/f", content)
		s.Boot, s.Seq = boot, seq
		return s
	}
	f.mustPut(t, version(10, 9, "new"))
	for _, tt := range []struct {
		boot, seq uint64
		want      bool
	}{{9, 1 << 60, false}, {10, 8, false}, {2, 10, false}, {10, 9, true}, {10, 10, true}, {1 << 63, 1, true}, {1<<63 + 1, 1, true}, {1 << 63, 2, false}} {
		content := "content of " + time.Duration(tt.seq).String() + time.Duration(tt.boot).String()
		written, err := f.Put(t.Context(), version(tt.boot, tt.seq, content))
		if err != nil || written != tt.want {
			t.Errorf("Put of boot %d, sequence %d: %v, %v, want %v, nil", tt.boot, tt.seq, written, err, tt.want)
		}
	}
}

func testTaken(t *testing.T, f *fixture) {
	f.mustPut(t, snap("web1", "/f", "first"))
	f.silent(t, "web1", DefaultStaleAfter-time.Minute)
	second := snap("web1", "/other", "second")
	second.HostID, second.Boot = "clone", 99
	_, errPut := f.Put(t.Context(), second)
	second.Path = "/f"
	_, errSame := f.Put(t.Context(), second)
	_, errSeen := f.Seen(t.Context(), "web1", "clone")
	for call, err := range map[string]error{
		"Put": errPut, "Put of a row that is there": errSame, "Seen": errSeen,
		"Delete": f.Delete(t.Context(), "web1", "clone", "/f"),
	} {
		if !errors.Is(err, ErrHostTaken) || !strings.Contains(err.Error(), `"clone"`) || !strings.Contains(err.Error(), `"id of web1"`) {
			t.Errorf("%s: %v, want ErrHostTaken with both ids", call, err)
		}
	}
	hits, sum := grep(t, []Site{f.site}, Query{Pattern: ""})
	if want := []string{"web1:/f:1:first"}; !slices.Equal(hits, want) || sum.Rows != 1 {
		t.Errorf("got %q in %d rows, want %q in 1", hits, sum.Rows, want)
	}
}

func testTakeover(t *testing.T, f *fixture) {
	f.mustPut(t, snap("web1", "/f", "first"), snap("web1", "/g", "first"))
	f.raw.HSet(t.Context(), "web1#/f", "signature", "of the first")
	f.silent(t, "web1", DefaultStaleAfter+time.Minute)
	second := snap("web1", "/f", "first") // even the same content
	second.HostID = "reinstalled"
	if written, err := f.Put(t.Context(), second); err != nil || !written {
		t.Fatalf("Put: %v, %v, want true, nil", written, err)
	}
	if f.raw.HExists(t.Context(), "web1#/f", "signature").Val() {
		t.Error("the row has a field that was not put")
	}
	hits, _ := grep(t, []Site{f.site}, Query{})
	if want := []string{"web1:/f:1:first"}; !slices.Equal(hits, want) {
		t.Errorf("got %q, want %q: what the former host had is not the new one's", hits, want)
	}
	if _, err := Get(t.Context(), f.site, "web1", "/g"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a row of the former host: %v, want ErrNotFound", err)
	}
}

func testDelete(t *testing.T, f *fixture) {
	f.mustPut(t, snap("a", "/f", "x"), snap("b", "/f", "x"))
	remaining := func() []string { return f.raw.SMembers(t.Context(), keyPaths).Val() }
	if err := f.Delete(t.Context(), "a", "id of a", "/f"); err != nil {
		t.Fatal(err)
	}
	if hosts := f.raw.ZRange(t.Context(), "idx#/f", 0, -1).Val(); !slices.Equal(hosts, []string{"b"}) || len(remaining()) != 1 {
		t.Errorf("hosts %q and paths %q are left, want b and /f", hosts, remaining())
	}
	for range 2 { // the second time nothing is there
		if err := f.Delete(t.Context(), "b", "id of b", "/f"); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.raw.Exists(t.Context(), "a#/f", "b#/f", "idx#/f", keyPaths).Val(); n != 0 {
		t.Errorf("%d of row, index and path are left", n)
	}
	if _, err := Search(t.Context(), []Site{f.site}, Query{}, nil); !errors.Is(err, ErrEmpty) {
		t.Errorf("search: %v, want ErrEmpty", err)
	}
}

func testPrune(t *testing.T, f *fixture) {
	f.mustPut(t, snap("a", "/f", "x"), snap("b", "/f", "x"), snap("a", "/g", "x"))
	f.raw.Del(t.Context(), "a#/f", "a#/g") // as expiry does
	if hits, sum := grep(t, []Site{f.site}, Query{}); len(hits) != 1 || sum.DamagedN != 0 {
		t.Errorf("search over expired rows: %q, %+v", hits, sum)
	}
	if n, err := f.Prune(t.Context()); err != nil || n != 2 {
		t.Fatalf("pruned %d, %v, want 2, nil", n, err)
	}
	if paths := f.raw.SMembers(t.Context(), keyPaths).Val(); !slices.Equal(paths, []string{"/f"}) {
		t.Errorf("paths %q are left, want /f", paths)
	}
	if hosts := f.raw.ZRange(t.Context(), "idx#/f", 0, -1).Val(); !slices.Equal(hosts, []string{"b"}) {
		t.Errorf("hosts %q are left, want b", hosts)
	}
}

func testForget(t *testing.T, f *fixture) {
	f.mustPut(t, snap("a", "/f", "x"), snap("b", "/f", "x"))
	f.silent(t, "a", defaultKeepFor+time.Minute)
	f.silent(t, "b", defaultKeepFor-time.Minute)
	if _, err := f.Prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	hosts, ids := f.raw.ZRange(t.Context(), keyHosts, 0, -1).Val(), f.raw.HKeys(t.Context(), keyIDs).Val()
	if want := []string{"b"}; !slices.Equal(hosts, want) || !slices.Equal(ids, want) {
		t.Errorf("hosts %q with ids of %q are left, want b", hosts, ids)
	}
}

func testHeld(t *testing.T, f *fixture) {
	f.mustPut(t, snap("a", "/g", "x"), snap("a", "@os", "x"), snap("b", "/f", "x"))
	f.raw.SAdd(t.Context(), keyPaths, "", "/\n")
	f.raw.Set(t.Context(), "a#", "", 0)
	got, err := f.Held(t.Context(), "a")
	if want := []string{"/g", "@os"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q, nil", got, err, want)
	}
}

func testLost(t *testing.T, f *fixture) {
	seen := func() Generation {
		t.Helper()
		g, err := f.Seen(t.Context(), "h", "id of h")
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	first := seen()
	f.mustPut(t, snap("h", "/f", "x"), snap("h", "/g", "x"))
	second := seen()
	if second.Lost(first) || second.Writes != 2 {
		t.Errorf("after two writes: %+v, before %+v", second, first)
	}
	f.raw.Set(t.Context(), keyWrites, 1, 0)
	if third := seen(); !third.Lost(second) {
		t.Errorf("restored from yesterday: %+v, before %+v", third, second)
	}
	f.raw.FlushAll(t.Context())
	f.raw.Set(t.Context(), keyBorn, second.Born+1, 0) // another host was first
	f.raw.Set(t.Context(), keyWrites, 100, 0)
	if fourth := seen(); !fourth.Lost(second) {
		t.Errorf("emptied: %+v, before %+v", fourth, second)
	}
}

func testDamaged(t *testing.T, f *fixture) {
	bomb := zeros(t, maxStoredBytes+1)
	f.mustPut(t, snap("h", "/a", "x"), snap("h", "/b", "x"), snap("h", "/c", "x"), snap("h", "/d", "x"), snap("h", "/e", "x"), snap("h", "/ok", "x"))
	f.raw.HSet(t.Context(), "h#/a", "c", "y")
	f.raw.HSet(t.Context(), "h#/b", "enc", "lzma")
	f.raw.HSet(t.Context(), "h#/c", "enc", "zstd", "c", bomb)
	f.raw.Del(t.Context(), "h#/d")
	f.raw.Set(t.Context(), "h#/d", "x", 0)
	f.raw.HSet(t.Context(), "h#/e", "boot", "soon")
	f.raw.HSet(t.Context(), "h#/ok", "stat", "\x1b[2J")
	const evil = "evil\x1b[2J"
	f.raw.ZAdd(t.Context(), "idx#/ok", redis.Z{Member: evil})
	f.raw.HSet(t.Context(), keyIDs, evil, "id")
	f.raw.HSet(t.Context(), rowKey(evil, "/ok"), "c", "x", "sha256", hexSHA256([]byte("x")), "id", "id")

	hits, sum := grep(t, []Site{f.site}, Query{})
	if want := []string{"h:/e:1:x", "h:/ok:1:x"}; !slices.Equal(hits, want) {
		t.Errorf("got %q, want %q", hits, want)
	}
	var paths []string
	for _, d := range sum.Damaged {
		paths = append(paths, d.Path)
		if !errors.Is(d.Err, ErrDamaged) || d.Site != "here" || d.Host != "h" {
			t.Errorf("%+v, want ErrDamaged of host h at site here", d)
		}
	}
	if want := []string{"/a", "/b", "/c", "/d"}; !slices.Equal(paths, want) || sum.DamagedN != 4 {
		t.Errorf("%d damaged: %q, want %q", sum.DamagedN, paths, want)
	}
	for _, path := range []string{"/a", "/d", "/e", "/ok"} {
		if _, err := Get(t.Context(), f.site, "h", path); !errors.Is(err, ErrDamaged) {
			t.Errorf("Get %q: %v, want ErrDamaged", path, err)
		}
	}
}

func testDenied(t *testing.T, f *fixture) {
	stranger := f.Server
	stranger.Password = "wrong"
	c := Dial(stranger, Config{})
	defer c.Close()
	if err := c.Check(t.Context()); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), f.Addr) {
		t.Errorf("a wrong password: %v, want ErrDenied and the address", err)
	}
	stranger.Password = ""
	none := Dial(stranger, Config{})
	defer none.Close()
	if _, err := none.Put(t.Context(), snap("h", "/f", "x")); !errors.Is(err, ErrDenied) {
		t.Errorf("no password: %v, want ErrDenied", err)
	}
}

// TestReader has a user without the right to write: what readers use is commands that only read.
func TestReader(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	f := newFixture(t, startRedis(t))
	f.mustPut(t, snap("h", "/f", "line"))
	if err := f.raw.Do(t.Context(), "ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+ping", "+time", "-keys").Err(); err != nil {
		t.Fatal(err)
	}
	f.site.Servers[0].Username, f.site.Servers[0].Password = "reader", "secret"
	if hits, _ := grep(t, []Site{f.site}, Query{Pattern: "line"}); len(hits) != 1 {
		t.Errorf("search: %q", hits)
	}
	if _, err := Get(t.Context(), f.site, "h", "/f"); err != nil {
		t.Error(err)
	}
	if _, _, err := List(t.Context(), []Site{f.site}, Query{}); err != nil {
		t.Error(err)
	}
	if _, rows, _ := scan(t, []Site{f.site}, Query{}, WithContent|WithMeta); len(rows) != 1 {
		t.Errorf("scan: %+v", rows)
	}
	if known, _, err := Known(t.Context(), []Site{f.site}, []string{"h"}); err != nil || !known["h"] {
		t.Errorf("known: %v, %v", known, err)
	}
	if info, err := ServerInfo(t.Context(), f.site.Servers[0]); err != nil || info.Keys == 0 || info.Version != "" {
		t.Errorf("info: %+v, %v, want the keys and nothing of INFO", info, err)
	}
	c := Dial(f.site.Servers[0], Config{})
	defer c.Close()
	if _, err := c.Put(t.Context(), snap("h", "/f", "other")); !errors.Is(err, ErrDenied) {
		t.Errorf("Put: %v, want ErrDenied", err)
	}
	if err := c.Check(t.Context()); err != nil {
		t.Errorf("a server that doesn't show INFO to this user: %v", err)
	}
}

// TestPlainHostName holds that names which are passed at a glance would be passed anyway.
func TestPlainHostName(t *testing.T) {
	names := append(reservedNames(), "web1.example.net", strings.Repeat("h", maxHostBytes-2)+".x", strings.Repeat("h", maxHostBytes-1)+".x")
	for c := range 256 {
		names = append(names, "web1."+string([]byte{byte(c)})+"x")
	}
	plain := 0
	for _, name := range names {
		if plainHostName(name) {
			plain++
			if err := checkOddHostName(name); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
	if want := 2 + 94 - len("#*?["); plain != want {
		t.Errorf("%d names of %d are plain, want %d", plain, len(names), want)
	}
}

// TestWindows has more rows than one exchange is about.
func TestWindows(t *testing.T) {
	f := newFixture(t, startLocal(t))
	const hosts = windowRows + 10
	for i := range hosts {
		f.mustPut(t, snap(fmt.Sprintf("h%03d", i), "/f", "x"))
	}
	hits, _ := grep(t, []Site{f.site}, Query{})
	if len(hits) != hosts || !slices.IsSorted(hits) {
		t.Errorf("%d hits, sorted %v, want %d", len(hits), slices.IsSorted(hits), hosts)
	}
	for i := range hosts {
		f.raw.Del(t.Context(), fmt.Sprintf("h%03d#/f", i))
	}
	n, err := f.Prune(t.Context())
	if left := f.raw.Exists(t.Context(), keyPaths, "idx#/f").Val(); err != nil || n != hosts || left != 0 {
		t.Errorf("pruned %d, %v, %d of paths and index left, want %d, nil, 0", n, err, left, hosts)
	}
}

func TestPolicy(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	f := newFixture(t, startRedis(t))
	for policy, want := range map[string]error{"volatile-lru": nil, "volatile-ttl": nil, "allkeys-lru": ErrEviction, "noeviction": nil} {
		if err := f.raw.ConfigSet(t.Context(), "maxmemory-policy", policy).Err(); err != nil {
			t.Fatal(err)
		}
		if err := f.Check(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", policy, err, want)
		}
	}
}

func TestCheckInfo(t *testing.T) {
	tests := []struct {
		info string
		want error
	}{
		{"", nil},
		{"# Clients\r\nconnected_clients:1\r\n", nil},
		{"redis_version:6.0.16\r\n", ErrVersion},
		{"redis_version:5.9\r\n", ErrVersion},
		{"redis_version:6.2.0\r\nmaxmemory_policy:noeviction\r\n", nil},
		{"redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lfu\r\n", ErrEviction},
		{"redis_version:unstable\r\n", nil},
	}
	for _, tt := range tests {
		if err := parseInfo(tt.info).check(); !errors.Is(err, tt.want) {
			t.Errorf("%q: %v, want %v", tt.info, err, tt.want)
		}
	}
}

func TestRefusedSnapshots(t *testing.T) {
	c := Dial(Server{Addr: "127.0.0.1:1"}, Config{}) // nothing is sent
	defer c.Close()
	tests := []struct {
		change func(*Snapshot)
		want   string
	}{
		{func(s *Snapshot) { s.Host = "" }, "host name is empty"},
		{func(s *Snapshot) { s.Host = "a#b" }, `'#'`},
		{func(s *Snapshot) { s.Host = "web*" }, `'*'`},
		{func(s *Snapshot) { s.Host = "idx" }, "reserved"},
		{func(s *Snapshot) { s.Host = "a\nb" }, "control character"},
		{func(s *Snapshot) { s.Host = strings.Repeat("a", 256) }, "256 bytes"},
		{func(s *Snapshot) { s.HostID = "" }, "no host id"},
		{func(s *Snapshot) { s.Path = "" }, "path is empty"},
		{func(s *Snapshot) { s.Path = "/a\u009bb" }, "control character"},
		{func(s *Snapshot) { s.Path = "/\xff" }, "not UTF-8"},
		{func(s *Snapshot) { s.Path = strings.Repeat("a", 4097) }, "4097 bytes"},
		{func(s *Snapshot) { s.Boot = 0 }, "start at 1"},
		{func(s *Snapshot) { s.Seq = 0 }, "start at 1"},
		{func(s *Snapshot) { s.Notice = "why" }, "both content and the notice"},
		{func(s *Snapshot) { s.Stat = "a\nb" }, "stat"},
		{func(s *Snapshot) { s.Content = make([]byte, MaxContentBytes+1) }, ErrTooLarge.Error()},
	}
	for _, tt := range tests {
		s := snap("web1", "/f", "x")
		tt.change(&s)
		if _, err := c.Put(t.Context(), s); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Put: %v, want ErrInvalid and %q in it", err, tt.want)
		}
	}
	_, errSeen := c.Seen(t.Context(), "a#b", "id")
	_, errHeld := c.Held(t.Context(), "a#b")
	_, errGet := Get(t.Context(), Site{}, "h", "")
	for call, err := range map[string]error{
		"Seen": errSeen, "Held": errHeld, "Get": errGet,
		"Delete": c.Delete(t.Context(), "h", "id", "\n"), "Delete without id": c.Delete(t.Context(), "h", "", "/f"),
	} {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", call, err)
		}
	}
}

func TestCancelledPut(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := Dial(startLocal(t), Config{})
	defer c.Close()
	if _, err := c.Put(ctx, snap("h", "/f", "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
