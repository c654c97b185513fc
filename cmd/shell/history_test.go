package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reopened enters lines into the history at path and returns what a next shell remembers, the newest first.
func reopened(t *testing.T, path string, lines ...string) []string {
	t.Helper()
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		h.Add(line)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	next, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	defer next.close()
	var all []string
	for i := range next.Len() {
		all = append(all, next.At(i))
	}
	return all
}

func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "assim", "history")
	if got := reopened(t, path, "a", "b", "b", "", "  ", "\x1b[2J", "c\n", "a"); !slices.Equal(got, []string{"a", "b", "a"}) {
		t.Errorf("remembered %q", got)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := reopened(t, path, "d"); !slices.Equal(got, []string{"d", "a", "b", "a"}) {
		t.Errorf("remembered %q", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestHistoryIsBounded: the file is cut when it has twice as many lines as are remembered.
func TestHistoryIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var lines []string
	for i := range 2*maxLines + 1 {
		lines = append(lines, fmt.Sprint("line ", i))
	}
	for _, tt := range []struct{ entered, kept, inFile int }{{maxLines, maxLines, maxLines}, {2 * maxLines, maxLines, 2 * maxLines}, {2*maxLines + 1, maxLines, maxLines}} {
		os.Remove(path)
		got := reopened(t, path, lines[:tt.entered]...)
		text, err := os.ReadFile(path)
		if err != nil || len(got) != tt.kept || got[0] != lines[tt.entered-1] || strings.Count(string(text), "\n") != tt.inFile {
			t.Errorf("%d entered: %d remembered, %d in the file, %v", tt.entered, len(got), strings.Count(string(text), "\n"), err)
		}
	}
}

func TestHistoryWithoutFile(t *testing.T) {
	var h history
	h.Add("a")
	if h.Len() != 1 || h.At(0) != "a" || h.close() != nil {
		t.Errorf("%+v", h)
	}
	dir := t.TempDir()
	if _, err := openHistory(dir); err == nil {
		t.Error("a directory is no history")
	}
}
