package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sysopsapi"
	"github.com/assim-mesh/assim/cma/api"
)

const cachePassword = "of the test"

// startCache runs a cache server until the test ends.
func startCache(t *testing.T) string {
	t.Helper()
	local, err := cache.NewLocalServer("127.0.0.1:0", cachePassword)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- local.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-stopped })
	return local.Addr()
}

// sitesConfig writes a configuration of sites, each with one server, and a CMA that is away; and the
// servers' password file.
func sitesConfig(t *testing.T, addrs map[string]string) (file, passwordFile string) {
	t.Helper()
	dir := t.TempDir()
	fleet := filepath.Join(dir, "fleet.json")
	if err := api.NewFleet([]byte("certificate")).Write(fleet); err != nil {
		t.Fatal(err)
	}
	passwordFile = filepath.Join(dir, "password")
	text := fmt.Sprintf("fleet: %s\ncma: https://127.0.0.1:1\nsites:\n", fleet)
	for name, addr := range addrs {
		text += fmt.Sprintf("  - {name: %s, caches: [{addr: %q, password-file: %s}]}\n", name, addr, passwordFile)
	}
	file = filepath.Join(dir, "assim.yaml")
	for path, content := range map[string]string{file: text, passwordFile: cachePassword} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return file, passwordFile
}

// assim runs a command in this process.
func assim(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return status, out.String(), errs.String()
}

// sysopsRow is the items of a row: bzip2 of "hello\n", its md5, "st_size=6", "" and "1413590400.5".
func sysopsRow() []any {
	return []any{
		"BZh91AY&SY\xc1\xc0\x80\xe2\x00\x00\x01A\x00\x00\x10\x02D\xa0\x000\xcd\x00\xc3F)\x97\x17rE8P\x90\xc1\xc0\x80\xe2",
		"BZh91AY&SY\xd8\xb2\x15f\x00\x00\x0d\x09\x00?\xe0<\x00 \x00\x22&\xd2dyOP\x80h\x02\xe6\x13\xa4&\xe2p,\xaaf\x08\x00\x85\xe7\xcd\xfc]\xc9\x14\xe1BCb\xc8U\x98",
		"BZh91AY&SY\xee\x87\x90\xac\x00\x00\x03\x0b\x80\x01\x02\x00\x00\x82 \x0c\x10 \x001\x0c\x08 \x0f)X([\xe2\xeeH\xa7\x0a\x12\x1d\xd0\xf2\x15\x80",
		"BZh9\x17rE8P\x90\x00\x00\x00\x00",
		"BZh91AY&SY\xab\x98K\x82\x00\x00\x02\x98\x00\x00\x01n  \x001\x0c\x01\x0d1\xa8\xb2\x08\xb1Rx\xbb\x92)\xc2\x84\x85\x5c\xc2\x5c\x10",
	}
}

func TestCacheImport(t *testing.T) {
	source, east, west := startCache(t), startCache(t), startCache(t)
	file, passwordFile := sitesConfig(t, map[string]string{"east": east, "west": west})
	old := redis.NewClient(&redis.Options{Addr: source, Password: cachePassword, DB: 1, Protocol: 2})
	defer old.Close()
	importing := func(args ...string) (int, string, string) {
		t.Helper()
		return assim(t, append([]string{"cache", "import", "--config", file, "--from", source, "--password-file", passwordFile}, args...)...)
	}
	for _, tt := range []struct {
		args       []string
		want, hint string
	}{
		{nil, "there are several sites: ", "name one of them with --site"},
		{[]string{"--site", "north"}, `site "north": no such site: there are "`, "one of these"},
		{[]string{"--site", "east"}, "database 1: the database is empty", "--db"},
		{[]string{"--site", "east", "--password-file", ""}, "access denied", "--password-file"},
		{[]string{"--site", "east", "--from", ""}, "--from says which server to read", "assim cache import --help"},
		{[]string{"--site", "east", "--db", "-1"}, "--db -1: databases are numbered from 0", "--help"},
		{[]string{"--site", "east", "--life", "0s"}, "--life 0s: above 0", "--help"},
	} {
		status, stdout, stderr := importing(tt.args...)
		if status != exitFailed || stdout != "" || !strings.Contains(stderr, tt.want) || !strings.Contains(stderr, "assim: try: ") || !strings.Contains(stderr, tt.hint) {
			t.Errorf("%q: %d, %q, %q, want %q and %q", tt.args, status, stdout, stderr, tt.want, tt.hint)
		}
	}

	if err := old.RPush(t.Context(), "web1#/etc/motd", sysopsRow()...).Err(); err != nil {
		t.Fatal(err)
	}
	old.Expire(t.Context(), "web1#/etc/motd", time.Hour)
	status, stdout, stderr := importing("--site", "east")
	if status != exitOK || stderr != "" || !strings.Contains(stdout, "1     written\n") || !strings.HasSuffix(stdout, "1     all\n") {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
	if status, stdout, _ := assim(t, "search", "--config", file, "--site", "east", "hello"); status != exitOK || stdout != "web1:/etc/motd:hello\n" {
		t.Errorf("search: %d, %q", status, stdout)
	}

	old.HSet(t.Context(), "web2#\x1b[2J", "c", "x")
	status, stdout, stderr = importing("--site", "east", "--json")
	if status != exitPartial || !strings.Contains(stdout, `"unchanged": 1`) || !strings.Contains(stdout, `"passed_over": 1`) ||
		stderr != `assim: passed over: "web2#\x1b[2J": damaged: its key is a hash, not a list`+"\n" {
		t.Errorf("%d, %q, %q", status, stdout, stderr)
	}
}

func TestImportProgress(t *testing.T) {
	var out bytes.Buffer
	start := time.Now()
	p := importProgress{out: &out, shown: true, next: start.Add(progressAfter)}
	p.show(start.Add(progressAfter-1), sysopsapi.Report{Keys: 1})
	p.show(start.Add(progressAfter), sysopsapi.Report{Keys: 2, Total: 3})
	p.show(start.Add(progressAfter+progressEvery-1), sysopsapi.Report{Keys: 3})
	p.show(start.Add(progressAfter+progressEvery), sysopsapi.Report{Keys: 4, Total: 3})
	p.erase()
	if want := eraseLine + "2 of 3 keys" + eraseLine + "4 of 4 keys" + eraseLine; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	out.Reset()
	silent := importProgress{out: &out}
	silent.show(start, sysopsapi.Report{Keys: 1})
	silent.erase()
	if out.Len() > 0 {
		t.Errorf("no terminal, and yet %q", out.String())
	}
}
