package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// hostOf is a host of site "s" with files, given as path and content by turns.
func hostOf(name string, files ...string) *Host {
	h := &Host{Place: Place{Site: "s", Host: name}, Files: map[string][]byte{}, Notices: map[string]string{}}
	for pair := range slices.Chunk(files, 2) {
		h.Files[pair[0]] = []byte(pair[1])
	}
	return h
}

// problemLines are the problems as path:line: what.
func problemLines(p Problems) []string {
	var lines []string
	for _, one := range p.First {
		lines = append(lines, fmt.Sprintf("%s:%d: %s", one.Path, one.Line, one.What))
	}
	return lines
}

// checkLines compares what came with what was wanted, each a line.
func checkLines(t *testing.T, what string, got []string, want string) {
	t.Helper()
	if text := strings.Join(got, "\n"); text != strings.TrimSpace(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, text, strings.TrimSpace(want))
	}
}

func TestGatherer(t *testing.T) {
	var got []string
	g := NewGatherer(func(h *Host) {
		got = append(got, fmt.Sprint(h.Site, " ", h.Host, " ", len(h.Files), " ", len(h.Notices), " ", h.Age(), " ", h.Stale))
	})
	row := func(site, host, path string) cache.Row {
		return cache.Row{Snapshot: cache.Snapshot{Host: host, Path: path, Content: []byte("x")}, Site: site, Age: time.Second}
	}
	g.Add(row("n", "a", "/1"))
	g.Add(row("s", "a", "/1"))
	g.Add(row("n", "a", "/2"))
	notice := row("n", "b", "/1")
	notice.Notice, notice.Stale = "too large", true
	g.Add(notice)
	g.End()
	checkLines(t, "hosts", got, "n a 2 0 1s false\ns a 1 0 1s false\nn b 0 1 1s true")
}

// TestHostIsBounded: what goes beyond the bytes of a host is a notice.
func TestHostIsBounded(t *testing.T) {
	h := hostOf("a")
	for i, size := range []int{maxHostBytes - 1, 2, 1} {
		h.add(cache.Row{Snapshot: cache.Snapshot{Path: fmt.Sprint(i), Content: make([]byte, size)}})
	}
	if len(h.Files) != 2 || !strings.HasPrefix(h.Notices["1"], "left out") {
		t.Errorf("%d files, notices %v, want the second left out", len(h.Files), h.Notices)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var p Problems
	for range maxProblems + 1 {
		p.add(hostOf("a"), "/f", 1, "bad")
	}
	if p.Count != maxProblems+1 || len(p.First) != maxProblems {
		t.Errorf("%d counted, %d named, want %d and %d", p.Count, len(p.First), maxProblems+1, maxProblems)
	}
	if got, want := p.First[0].Error(), `site "s", host "a", /f, line 1: bad`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
