package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestInspect(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		f := newFixture(t, start(t))
		ctx := t.Context()
		f.mustPut(t, snap("web0", "/lonely", "x"))
		for _, path := range []string{TimesPath, "/f", "/g"} { // segments cover the last write of all
			for i := range 6 {
				f.mustPut(t, snap(fmt.Sprintf("web%d", i), path, "x\n"))
			}
		}
		status := Inspect(ctx, f.Server)
		if status.Err != nil || status.Unfit != nil || status.Hosts != 6 || status.Paths != 4 || status.Rows != 19 ||
			status.RoundTrip <= 0 || status.Indexing || status.Segments != (SegmentStatus{}) {
			t.Errorf("before indexing: %+v, want 6 hosts, 4 paths, 19 rows", status)
		}

		x := Indexer{Client: f.Client, Name: "cma1", MinHosts: 2}
		index(t, &x)
		f.mustPut(t, snap("web6", "/f", "x\n"))
		if err := f.Delete(ctx, "web1", "id of web1", "/f"); err != nil {
			t.Fatal(err)
		}
		f.raw.Set(ctx, keyLease, "RANDOM cma1", 0)
		status = Inspect(ctx, f.Server)
		want := SegmentStatus{Paths: 2, Rows: 12, Behind: 2, Oldest: status.Segments.Oldest}
		if status.Err != nil || status.Segments != want || status.Segments.Oldest > time.Minute || !status.Indexing || status.Indexer != "cma1" {
			t.Errorf("after indexing: %+v, want segments %+v made just now by cma1", status, want)
		}
	})
}

// index runs an indexer until it has looked at all paths once.
func index(t *testing.T, x *Indexer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended, rounds := make(chan error, 1), x.Stats().Rounds
	go func() { ended <- x.Run(ctx) }()
	until(t.Context(), t, func() bool { return x.Stats().Rounds > rounds })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want that it was cancelled", err)
	}
	if failed := x.Stats().Failed; failed > 0 {
		t.Errorf("%d attempts failed", failed)
	}
}

// TestInspectAge: the age of segments is that of the path whose newest segment is the oldest.
func TestInspectAge(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for _, path := range []string{"/f", "/g"} {
		f.mustPut(t, snap("web1", path, "x\n"))
	}
	index(t, &Indexer{Client: f.Client, MinHosts: 1})
	for path, ago := range map[string]time.Duration{"/f": time.Hour, "/g": time.Minute} {
		p, err := parsePointer(f.raw.HGet(t.Context(), keySegments, path).Val())
		if err != nil || !p.usable() {
			t.Fatalf("pointer of %q: %+v, %v", path, p, err)
		}
		f.raw.HSet(t.Context(), packKey(path, p.generations[0].id), fieldMade, f.raw.Time(t.Context()).Val().Add(-ago).Unix())
	}
	if got := Inspect(t.Context(), f.Server).Segments.Oldest; got < time.Hour || got > time.Hour+time.Minute {
		t.Errorf("oldest %v, want an hour", got)
	}
}

func TestInspectRedis(t *testing.T) {
	needRedis(t)
	f := newFixture(t, startRedis(t))
	f.raw.ConfigSet(t.Context(), "maxmemory", "64mb")
	f.raw.ConfigSet(t.Context(), "maxmemory-policy", "allkeys-lru")
	got := Inspect(t.Context(), f.Server)
	if got.MaxBytes != 64<<20 || got.UsedBytes < 1<<16 || got.Version == "" || got.Policy != "allkeys-lru" || !errors.Is(got.Unfit, ErrEviction) {
		t.Errorf("got %+v, want 64 MiB, a version, and ErrEviction", got)
	}
	var log bytes.Buffer
	index(t, &Indexer{Client: f.Client, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), ErrEviction.Error()) {
		t.Errorf("the indexer of an unfit server logs %q", log.String())
	}
	away := Inspect(t.Context(), Server{Addr: "127.0.0.1:1"})
	if away.Err == nil || away.Server != "127.0.0.1:1" {
		t.Errorf("nobody there: %+v, want an error", away)
	}
}

// TestSiteTimes: hosts' rows come back as they were put, and what can't have been measured does not.
func TestSiteTimes(t *testing.T) {
	f := newFixture(t, startLocal(t))
	one := Times{N: 50, Mean: 3 * time.Millisecond, Median: 2 * time.Millisecond, Deviation: time.Millisecond,
		Min: time.Microsecond, Max: time.Second, Bytes: 12345}
	two := Times{N: 1, Mean: time.Second, Median: time.Second, Min: time.Second, Max: time.Second}
	f.mustPut(t, snap("web1", TimesPath, string(FormatTimes(map[string]Times{"a:1": one, "b:1": two, "never": {}}))),
		snap("web2", TimesPath, string(FormatTimes(map[string]Times{"a:1": two}))),
		snap("web3", TimesPath, `{"server":"a:1","n":51,"mean_us":1}`+"\n"+`{"server":"a:1","n":1,"mean_us":-1}`+"\n"+
			`{"server":"a:1","n":1,"max_us":3600000001}`+"\n"+`{"server":"","n":1}`+"\n"+`{"server":"a:1","n":0}`+"\nno JSON\n"))
	got, err := SiteTimes(t.Context(), f.site)
	if err != nil || len(got) != 2 || len(got["a:1"]) != 2 || got["a:1"][0] != one || got["a:1"][1] != two || len(got["b:1"]) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := SiteTimes(t.Context(), Site{Servers: []Server{{Addr: "127.0.0.1:1"}}}); !errors.Is(err, ErrUnreachable) {
		t.Errorf("nobody there: %v, want ErrUnreachable", err)
	}
}
