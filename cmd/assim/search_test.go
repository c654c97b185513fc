package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
)

func TestProgressLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var terminal bytes.Buffer
		p := &progressLine{terminal: &terminal, out: &terminal}
		stop := p.start()
		shown := func(after time.Duration) string {
			time.Sleep(after)
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			defer terminal.Reset()
			return terminal.String()
		}
		const line = eraseLine + "0 of 0 searched, 0 of 0 sites"
		for _, step := range []struct {
			what  string
			after time.Duration
			write string
			want  string
		}{
			{"nothing within a second", progressAfter - 1, "", ""},
			{"then the line", 1, "", line},
			{"and again", progressEvery, "", line},
			{"erased by the answer", 0, "one\ntw", eraseLine + "one\ntw"},
			{"not in the middle of a line", 2 * progressEvery, "", ""},
			{"which ends", 0, "o\n", "o\n"},
			{"and again below it", progressEvery, "", line},
		} {
			if step.write != "" {
				io.WriteString(p, step.write)
			}
			if got := shown(step.after); got != step.want {
				t.Errorf("%s: %q, want %q", step.what, got, step.want)
			}
		}
		stop()
		if got := shown(time.Hour); got != eraseLine {
			t.Errorf("at the end: %q, want it erased", got)
		}
	})
}

func TestNoProgressWithoutTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr, stdout bytes.Buffer
		p := newProgressLine(&stderr, &stdout)
		stop := p.start()
		time.Sleep(time.Minute)
		io.WriteString(p, "x")
		stop()
		if stderr.Len() > 0 || stdout.String() != "x" {
			t.Errorf("stderr %q, stdout %q", &stderr, &stdout)
		}
	})
}

func TestCaret(t *testing.T) {
	long := strings.Repeat("a", 100)
	for _, tt := range []struct {
		line  string
		place int
		want  string
	}{
		{"ab", 1, "  ab\n   ^\n"},
		{"äb", 1, "  äb\n   ^\n"},
		{"\tb", 1, "  \tb\n  \t^\n"},
		{"\x1bb", 1, "  \\x1bb\n      ^\n"},
		{"ab", 9, "  ab\n    ^\n"},
		{"ab", -1, "  ab\n  ^\n"},
		{long + "b" + long, 100, "  " + long[:60] + "b" + long[:59] + "\n  " + strings.Repeat(" ", 60) + "^\n"},
	} {
		if got := caret(tt.line, tt.place); got != tt.want {
			t.Errorf("%q, %d:\n%q, want\n%q", tt.line, tt.place, got, tt.want)
		}
	}
}

// TestContents: what a host wrote is as it is for a program, and escaped for a terminal.
func TestContents(t *testing.T) {
	s := &searching{answer: &answer{}}
	r := cache.Row{Snapshot: cache.Snapshot{Host: "h", Path: "/f", Content: []byte("a\x1b\nb")}}
	for terminal, want := range map[bool]string{false: "a\x1b\nb\n", true: "a\\x1b\nb\n"} {
		s.answer.escape = terminal
		if got := s.object(r, cache.WithContent, contentsOf).text(); got != want {
			t.Errorf("terminal %v: %q, want %q", terminal, got, want)
		}
	}
}

// FuzzHarmless: what is escaped means the same, and nothing in it commands a terminal.
func FuzzHarmless(f *testing.F) {
	f.Add("\x7f\u0080\u009f\u00a0\xc2")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		escaped := harmless(plain)
		if json.Unmarshal(plain, &want) != nil || json.Unmarshal(escaped, &got) != nil || got != want {
			t.Errorf("%q is %q, want %q", escaped, got, want)
		}
		if i := strings.IndexFunc(string(escaped), func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }); i >= 0 {
			t.Errorf("%q commands at byte %d", escaped, i)
		}
	})
}

func TestReadHosts(t *testing.T) {
	got, err := readHosts("f", strings.NewReader("b # second\n\n#c\n a\r\nb\n"))
	if err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q, %v, want a and b", got, err)
	}
	for text, want := range map[string]string{
		"":                                "f: no hosts",
		"a\nb c":                          `f, line 2: "b c" is not the name of a host`,
		"a\n?":                            `f, line 2: "?" is not the name of a host`,
		strings.Repeat("a", 70_000):       "f: bufio.Scanner: token too long",
		strings.Repeat("a\n", maxHosts+1): fmt.Sprintf("f, line %d: more than %d hosts", maxHosts+1, maxHosts),
	} {
		if _, err := readHosts("f", strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
	if _, err := readHosts("f", iotest.ErrReader(io.ErrUnexpectedEOF)); err == nil {
		t.Error("a file that can't be read has hosts")
	}
}

func TestHostsOf(t *testing.T) {
	node := `{"labels":["Host"],"properties":{"name":"web1"}}`
	for _, tt := range []struct {
		cells string
		want  []string
	}{
		{`"b","a","b"`, []string{"a", "b"}},
		{node, []string{"web1"}},
		{`{"labels":["Process"],"properties":{"name":"sshd"}}`, nil},
		{`{"labels":["Host"],"properties":{}}`, nil},
		{`"a",null`, nil}, {`1`, nil}, {`""`, nil}, {`["a"]`, nil}, {`"*"`, nil}, {``, nil},
	} {
		var rows api.Rows
		var cells []json.RawMessage
		if err := json.Unmarshal([]byte("["+tt.cells+"]"), &cells); err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			rows.Rows = append(rows.Rows, []json.RawMessage{cell, json.RawMessage("1")})
		}
		if got, err := hostsOf(rows); !slices.Equal(got, tt.want) || (err == nil) != (tt.want != nil) {
			t.Errorf("%s: %q, %v, want %q", tt.cells, got, err, tt.want)
		}
	}
}

func TestScopeOfSites(t *testing.T) {
	all := []cache.Site{{Name: "a", Servers: []cache.Server{{Addr: "1"}, {Addr: "2"}}}, {Name: "b", Servers: []cache.Server{{Addr: "3"}}}, {Name: "c"}}
	named := func(sites []cache.Site, err error) string {
		var s []string
		for _, site := range sites {
			s = append(s, site.Name)
		}
		return fmt.Sprint(s, err)
	}
	for _, tt := range [][2]string{
		{named(ownSite(all, "")), "[a] <nil>"},
		{named(ownSite(all, "b")), "[b] <nil>"},
		{named(ownSite(all, "d")), `[] site "d": no such site: there are "a", "b", "c"`},
		{named(namedSites(all, nil)), "[a b c] <nil>"},
		{named(namedSites(all, []string{"c", "a"})), "[a c] <nil>"},
		{named(replicas(all), nil), "[a@1 a@2 b@3] <nil>"},
	} {
		if tt[0] != tt[1] {
			t.Errorf("got %s, want %s", tt[0], tt[1])
		}
	}
}

// canceller cancels when something is written to it, and keeps that.
type canceller struct {
	bytes.Buffer
	cancel context.CancelFunc
}

func (c *canceller) Write(b []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(b)
}

// TestInterrupted ends a search, as Ctrl-C does, when the first of its lines are printed: those and what
// was still on the way are the answer, which says that it is a part.
func TestInterrupted(t *testing.T) {
	const hosts = 200
	config := lonelySite(t, hosts, strings.Repeat("line\n", 100))
	for _, form := range []string{"--limit=0", "--json"} {
		ctx, cancel := context.WithCancel(t.Context())
		stdout, stderr := canceller{cancel: cancel}, new(bytes.Buffer)
		status := run(ctx, []string{"search", "--config", config, form, "line"}, nil, &stdout, stderr)
		lines := strings.Count(stdout.String(), "line")
		if want := regexp.MustCompile(`^assim: interrupted: [0-9]+ of 200 searched, [01] of 1 sites\n$`); status != exitInterrupted || !want.MatchString(stderr.String()) {
			t.Errorf("%s: status %d, %q, want %d and %s", form, status, stderr, exitInterrupted, want)
		}
		if lines == 0 || lines == 100*hosts {
			t.Errorf("%s: %d lines, want a part of them", form, lines)
		}
		var answer struct{ Summary summary }
		if form == "--json" && (json.Unmarshal(stdout.Bytes(), &answer) != nil || !answer.Summary.Interrupted) {
			t.Errorf("not the JSON of an interrupted search: %.200s", &stdout)
		}
	}
}

// lonelySite runs a site of one server, with the content at /f of each of so many hosts, and returns a
// configuration that names it.
func lonelySite(t *testing.T, hosts int, content string) (config string) {
	local, err := cache.NewLocalServer("127.0.0.1:0", sitesPassword)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- local.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	client := cache.Dial(cache.Server{Addr: local.Addr(), Password: sitesPassword}, cache.Config{})
	defer client.Close()
	for i := range hosts {
		name := fmt.Sprintf("h%03d", i)
		if _, err := client.Put(t.Context(), cache.Snapshot{Host: name, Path: "/f", Content: []byte(content), HostID: name, Boot: 1, Seq: 1}); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	config = filepath.Join(dir, "assim.yaml")
	text := fmt.Sprintf("fleet: %[1]s/fleet.json\ncma: https://127.0.0.1:1\nsites: [{name: here, caches: [{addr: %[2]q, password-file: %[1]s/password}]}]\n", dir, local.Addr())
	err = errors.Join(api.NewFleet(nil).Write(filepath.Join(dir, "fleet.json")),
		os.WriteFile(filepath.Join(dir, "password"), []byte(sitesPassword), 0o600), os.WriteFile(config, []byte(text), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return config
}
