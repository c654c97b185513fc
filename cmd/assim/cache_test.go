package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// TestCacheFaults: whatever stands where a cache server should be, it is said in a sentence, with what to
// do, and the exit status tells.
func TestCacheFaults(t *testing.T) {
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	secured := httptest.NewUnstartedServer(http.NotFoundHandler())
	secured.Config.ErrorLog = log.New(io.Discard, "", 0) // who comes without TLS is what is tested
	secured.StartTLS()
	defer secured.Close()
	local, err := cache.NewLocalServer("127.0.0.1:0", "secret")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- local.Run(ctx) }()
	defer func() { cancel(); <-done }()
	trusting := secured.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	strict := trusting.Clone()
	strict.RootCAs = nil
	for _, tt := range []struct {
		name   string
		server cache.Server
		want   []string // none: it is well
	}{
		{"right", cache.Server{Addr: local.Addr(), Password: "secret"}, nil},
		{"wrong password", cache.Server{Addr: local.Addr(), Password: "x"}, []string{"access denied", "try: set username and password-file"}},
		{"nobody", cache.Server{Addr: "127.0.0.1:1"}, []string{"connection refused", "try: start that Redis"}},
		{"web server", cache.Server{Addr: page.Listener.Addr().String()}, []string{"not a Redis server", "try: see that addr is"}},
		{"plain to TLS", cache.Server{Addr: secured.Listener.Addr().String()}, []string{"TLS on one side only", "set tls if"}},
		{"wrong authority", cache.Server{Addr: secured.Listener.Addr().String(), TLS: strict}, []string{"no TLS connection", "try: set ca-file"}},
		{"TLS to a web server", cache.Server{Addr: secured.Listener.Addr().String(), TLS: trusting}, []string{"not a Redis server"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			status := exitOK
			all := inspectSites(t.Context(), []cache.Site{{Name: "here", Servers: []cache.Server{tt.server}}})
			if err := tellCaches(&stderr, all); err != nil {
				status = explain(io.Discard, err)
			}
			want := exitOK
			if tt.want != nil {
				want = exitPartial
			}
			if status != want {
				t.Errorf("exit status %d, want %d", status, want)
			}
			for _, part := range append(tt.want, "") {
				if !strings.Contains(stderr.String(), part) {
					t.Errorf("stderr lacks %q:\n%s", part, &stderr)
				}
			}
			if tt.want == nil && stderr.Len() > 0 {
				t.Errorf("stderr: %s", &stderr)
			}
		})
	}
}

// TestAdviseCache: each kind of failure has its advice.
func TestAdviseCache(t *testing.T) {
	for kind, want := range map[error]string{
		cache.ErrRights: "lists for readers", cache.ErrFull: "raise maxmemory", cache.ErrVersion: "upgrade", cache.ErrEviction: "noeviction",
	} {
		if got := adviseCache(errors.Join(kind, cache.ErrUnreachable)); !strings.Contains(got, want) {
			t.Errorf("%v: %q, want %q in it", kind, got, want)
		}
	}
	if got := adviseCache(errors.Join(cache.ErrRights, cache.ErrDenied)); !strings.Contains(got, "lists for readers") {
		t.Errorf("a user without a right: %q", got)
	}
}

// TestPrintCaches: the tables of servers and of writes.
func TestPrintCaches(t *testing.T) {
	times := cache.Times{N: 100, Mean: 1234 * time.Microsecond, Median: time.Millisecond, Deviation: 20 * time.Microsecond, Min: 10 * time.Microsecond, Max: time.Second}
	all := []cacheSite{{Site: "main", Servers: []cacheServer{
		newCacheServer(cache.ServerStatus{Server: "a:1", Info: cache.Info{Version: "7.0.15", UsedBytes: 3 << 20, MaxBytes: 64 << 20}, RoundTrip: 123 * time.Microsecond,
			Hosts: 3, Paths: 4, Rows: 12, Segments: cache.SegmentStatus{Paths: 2, Rows: 6, Behind: 1, Oldest: 90 * time.Second}, Indexing: true, Indexer: "cma1"}),
		newCacheServer(cache.ServerStatus{Server: "b:1", Unfit: cache.ErrEviction, Info: cache.Info{UsedBytes: 1 << 20}}),
		newCacheServer(cache.ServerStatus{Server: "c:1", Err: errors.New("down")}),
	}, Writes: []cacheWrites{{Server: "a:1", Hosts: 2, times: times}}}}
	var out strings.Builder
	if err := printCaches(&out, all); err != nil {
		t.Fatal(err)
	}
	want := `SITE  SERVER  STATUS  VERSION  MEMORY               ANSWER  HOSTS  PATHS  ROWS  SEGMENTS                              INDEXER
main  a:1     up      7.0.15   3.0 MiB of 64.0 MiB  0.12ms  3      4      12    2 paths, 1 changes behind, oldest 1m  cma1
main  b:1     unfit   -        1.0 MiB              0.00ms  0      0      0     none                                  none
main  c:1     down    -        -                    -       -      -      -     -                                     -

SITE  SERVER  HOSTS  WRITES  MEAN    MEDIAN  DEVIATION  MIN     MAX
main  a:1     2      100     1.23ms  1.00ms  0.02ms     0.01ms  1000.00ms
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
