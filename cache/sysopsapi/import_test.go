package sysopsapi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
)

// startSource runs a redis-server with nothing in it until the test ends.
func startSource(t *testing.T) Source {
	t.Helper()
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed: scripts/test installs it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a test that hangs leaves no server
	socket := filepath.Join(t.TempDir(), "redis.sock")
	cmd := exec.CommandContext(ctx, program, "--port", "0", "--unixsocket", socket, "--save", "", "--requirepass", "secret")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			return Source{Server: cache.Server{Addr: socket, Password: "secret"}, DB: 1}
		}
	}
	t.Fatal("redis-server did not start")
	return Source{}
}

// startTarget runs a server of ours until the test ends.
func startTarget(t *testing.T) (cache.Site, *cache.Client) {
	t.Helper()
	local, err := cache.NewLocalServer("127.0.0.1:0", "secret")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- local.Run(ctx) }()
	server := cache.Server{Addr: local.Addr(), Password: "secret"}
	client := cache.Dial(server, cache.Config{})
	t.Cleanup(func() { client.Close(); cancel(); <-stopped })
	return cache.Site{Name: server.Addr, Servers: []cache.Server{server}}, client
}

// push writes a row as sysops-api does, with so much of its life left.
func push(t *testing.T, to redis.Cmdable, key string, left time.Duration, row [items]string) {
	t.Helper()
	to.Del(t.Context(), key)
	for _, item := range row {
		if err := to.RPush(t.Context(), key, item).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if left > 0 {
		to.Expire(t.Context(), key, left)
	}
}

// contents are what a site holds, by host#path, with the notices.
func contents(t *testing.T, site cache.Site) map[string]string {
	t.Helper()
	all := map[string]string{}
	_, err := cache.Search(t.Context(), []cache.Site{site}, cache.Query{}, func(h cache.Hit) error {
		all[h.Host+"#"+h.Path] += h.Line + "\n"
		return nil
	})
	if err != nil && !errors.Is(err, cache.ErrEmpty) {
		t.Fatal(err)
	}
	return all
}

func TestImport(t *testing.T) {
	from := startSource(t)
	old := open(from)
	defer old.close()
	good := func(content, md5 string) [items]string { return row(t, content, md5, "st_size=6", "1413590400.5") }
	push(t, old.redis, "web1.example#/etc/motd", 2*time.Hour, good(hello, helloMD5))
	push(t, old.redis, "web1.example#/etc/hardware_identification.json@sysctl-a", time.Hour, good(hello, helloMD5))
	push(t, old.redis, "web1.example#/big@file_size_exceeded", time.Hour, good("11000000 bytes\n", "?"))
	push(t, old.redis, "web1.example#/big", time.Hour, row(t, hello, helloMD5, "", "1413590400.4")) // from before it grew
	push(t, old.redis, "web2#/forever", 0, good(hello, helloMD5))
	push(t, old.redis, "own#/etc/motd", time.Hour, good(hello, helloMD5))
	push(t, old.redis, "web1.example$5e1ec7", time.Hour, good(hello, helloMD5))
	bad := map[string]error{
		"bad#/md5": ErrDamaged, "bad#/hash": ErrDamaged, "bad#/four": ErrDamaged, "bad#/six": ErrDamaged, "bad#/stored": ErrTooLarge,
		"bad*#/f": cache.ErrInvalid, "bad#\n": cache.ErrInvalid, "counter": errNoRow,
	}
	push(t, old.redis, "bad#/md5", time.Hour, good("hallo\n", helloMD5))
	push(t, old.redis, "bad#/stored", time.Hour, [items]string{0: strings.Repeat("x", maxRowBytes+1)})
	push(t, old.redis, "bad*#/f", time.Hour, good(hello, helloMD5))
	push(t, old.redis, "bad#\n", time.Hour, good(hello, helloMD5))
	old.redis.HSet(t.Context(), "bad#/hash", "c", "x")
	old.redis.RPush(t.Context(), "bad#/four", 1, 2, 3, 4)
	push(t, old.redis, "bad#/six", time.Hour, good(hello, helloMD5))
	old.redis.RPush(t.Context(), "bad#/six", "6")
	old.redis.Incr(t.Context(), "counter")

	north, first := startTarget(t)
	south, second := startTarget(t)
	for _, c := range []*cache.Client{first, second} {
		if _, err := c.Put(t.Context(), cache.Snapshot{Host: "own", Path: "/etc/motd", HostID: "1", Boot: 1, Seq: 1, Content: []byte("mine\n")}); err != nil {
			t.Fatal(err)
		}
	}
	steps := 0
	r, err := Import(t.Context(), from, []*cache.Client{first, second}, func(r Report) {
		if steps++; r.Keys != steps || r.Total != 15 {
			t.Errorf("step %d: %+v", steps, r)
		}
	})
	// Of /big the row that was pushed last counts, in whatever order they come.
	if err != nil || r.Keys != 15 || r.Written+r.Unchanged != 5 || r.Written < 4 || r.Taken != 1 || r.Unfinished != 1 || r.PassedN != len(bad) || len(r.Passed) != len(bad) {
		t.Errorf("%+v, %v", r, err)
	}
	for _, p := range r.Passed {
		if !errors.Is(p.Err, bad[p.Key]) || bad[p.Key] == nil {
			t.Errorf("passed over: %v, want %v", p, bad[p.Key])
		}
	}
	want := map[string]string{"web1.example#/etc/motd": hello, "web1.example#@sysctl-a": hello, "web2#/forever": hello, "own#/etc/motd": "mine\n"}
	for _, site := range []cache.Site{north, south} {
		if got := contents(t, site); !maps.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		for host, age := range map[string]time.Duration{"web1.example": 4 * time.Hour, "web2": 6 * time.Hour} {
			path := map[string]string{"web1.example": "/etc/motd", "web2": "/forever"}[host]
			if row, err := cache.Get(t.Context(), site, host, path); err != nil || row.Age.Truncate(time.Minute) != age || row.Stat != "st_size=6" {
				t.Errorf("%s: %+v, %v, want age %v", host, row, err, age)
			}
		}
	}
	if row, err := cache.Get(t.Context(), north, "web1.example", "/big"); err != nil || row.Notice != "11000000 bytes" {
		t.Errorf("/big: %+v, %v, want a notice", row, err)
	}

	// Again: nothing is new but what was pushed since.
	push(t, old.redis, "web2#/forever", 0, row(t, "hallo\n", "aee97cb3ad288ef0add6c6b5b5fae48a", "", "1413590401"))
	r, err = Import(t.Context(), from, []*cache.Client{first, second}, nil)
	if err != nil || r.Written != 1 || r.Unchanged != 4 || contents(t, south)["web2#/forever"] != "hallo\n" {
		t.Errorf("again: %+v, %v, %q", r, err, contents(t, south))
	}
}

// TestInterrupted ends imports at several places. The next one does the rest.
func TestInterrupted(t *testing.T) {
	from := startSource(t)
	old := open(from)
	defer old.close()
	const hosts = 300
	motd := row(t, hello, helloMD5, "", "1413590400")
	for i := range hosts {
		push(t, old.redis, fmt.Sprintf("h%03d#/etc/motd", i), time.Hour, motd)
	}
	site, target := startTarget(t)
	for _, after := range []int{1, 100} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := Import(ctx, from, []*cache.Client{target}, func(r Report) {
			if r.Keys == after {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) || r.Keys < after || r.Keys > after+2*workers {
			t.Errorf("cancelled after %d keys: %+v, %v", after, r, err)
		}
	}
	away := cache.Dial(cache.Server{Addr: "127.0.0.1:1"}, cache.Config{})
	defer away.Close()
	if _, err := Import(t.Context(), from, []*cache.Client{target, away}, nil); err == nil || !strings.Contains(err.Error(), `cache server "127.0.0.1:1"`) {
		t.Errorf("a target that is away: %v", err)
	}
	r, err := Import(t.Context(), from, []*cache.Client{target}, nil)
	if err != nil || r.Written+r.Unchanged != hosts || r.Unchanged < 100 || len(contents(t, site)) != hosts {
		t.Errorf("%+v, %v, %d rows", r, err, len(contents(t, site)))
	}
}

func TestNoSource(t *testing.T) {
	from := startSource(t)
	_, target := startTarget(t)
	wrong, empty, closed := from, from, from
	wrong.Server.Password = "wrong"
	closed.Server.Addr = "127.0.0.1:1"
	for _, tt := range []struct {
		from Source
		want error
		text string
	}{
		{wrong, ErrDenied, "database 1"},
		{empty, ErrEmpty, "database 1: the database is empty"},
		{closed, nil, `source "127.0.0.1:1"`},
	} {
		_, err := Import(t.Context(), tt.from, []*cache.Client{target}, nil)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%+v: %v, want %v, %q", tt.from.Server, err, tt.want, tt.text)
		}
	}
}
