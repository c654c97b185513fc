package cachebench

import (
	"bufio"
	"maps"
	"os"
	"strings"
	"testing"
)

// counted reads lines, and how often each is there; those that begin with host and path without these.
func counted(t testing.TB, file string, withHost bool) map[string]int {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := map[string]int{}
	in := bufio.NewScanner(f)
	for in.Scan() {
		line := in.Text()
		if withHost {
			_, line, _ = strings.Cut(line, ":")
			_, line, _ = strings.Cut(line, ":")
		}
		lines[line]++
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// agree reports whether two searches gave the same lines equally often, and at least one.
func agree(t testing.TB, what string, a, b map[string]int) bool {
	t.Helper()
	if len(a) > 0 && maps.Equal(a, b) {
		return true
	}
	t.Errorf("%s: %d distinct lines and %d, want the same, equally often, and some", what, len(a), len(b))
	return false
}
