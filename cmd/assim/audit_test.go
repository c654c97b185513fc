package main

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
)

// TestUnaudited searches while the CMA is away, and while it takes connections and is silent.
func TestUnaudited(t *testing.T) {
	addr := startCache(t)
	file, _ := sitesConfig(t, map[string]string{"here": addr})
	c := cache.Dial(cache.Server{Addr: addr, Password: cachePassword}, cache.Config{})
	defer c.Close()
	_, err := c.Put(t.Context(), cache.Snapshot{Host: "h", Path: "/f", HostID: "1", Boot: 1, Seq: 1, Content: []byte("line\n")})
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := assim(t, "search", "--config", file, "line")
	if status != exitOK || stdout != "h:/f:line\n" || stderr != "" {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
	_, _, stderr = assim(t, "search", "--config", file, "line", "--debug")
	if !strings.Contains(stderr, `level=DEBUG msg="the CMA was not told of the search" err="127.0.0.1:1: the CMA can't be reached`) {
		t.Errorf("with --debug: %q", stderr)
	}

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "127.0.0.1:1", silent.Addr().String(), 1))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if status, stdout, stderr := assim(t, "search", "--config", file, "line"); status != exitOK || stdout != "h:/f:line\n" || stderr != "" {
		t.Errorf("the CMA is silent: %d, %q, %q", status, stdout, stderr)
	}
	if took := time.Since(start); took < cmaWait || took > 2*cmaWait-cmaWait/10 { // asked twice would be 2 * cmaWait
		t.Errorf("the search took %v, want %v and little more", took, cmaWait)
	}
}

func TestAuditOf(t *testing.T) {
	asked := time.UnixMilli(1000)
	one := cache.Audit{Asker: cache.Asker{User: "e\x1bve", Dir: "/a\tb", Tool: "assim search"}, Time: asked.Add(time.Second), Kind: "search",
		For: cache.AuditQuery{Pattern: strings.Repeat("\x00", 2000)}, Keys: 1, Bytes: 10, Hits: 7, TookMS: 5}
	two := one
	two.Time, two.TookMS, two.Error = asked, 3, strings.Repeat("é", 300)
	got := auditOf(cache.Summary{Audits: []cache.Audit{one, two}, Hits: 9})
	if len(got.Query) != api.MaxAuditQuery || got.Error != strings.Repeat("é", 256) {
		t.Errorf("a query of %d bytes, error %q", len(got.Query), got.Error)
	}
	got.Query, got.Error = "", ""
	if want := (api.Audit{User: `e\x1bve`, Dir: "/a b", Tool: "assim search", AskedMS: 1000, Kind: "search", Servers: 2, Keys: 2, Bytes: 20, Hits: 9, TookMS: 5}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := cut(strings.Repeat("é", 3), 5); got != "éé" {
		t.Errorf("cut in a rune: %q", got)
	}
}
