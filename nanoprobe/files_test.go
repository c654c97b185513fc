package nanoprobe

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFindWanted(t *testing.T) {
	root := hostTree(t, map[string]string{
		"etc/hosts": "", "etc/sysctl.d/10.conf": "", "etc/sysctl.d/20.conf": "", "etc/sysctl.d/readme": "",
		"list":       "# comment\n\n/etc/hosts\n/etc/sysctl.d/*.conf\netc/relative\n/bad[\n/etc/absent\n",
		"links/file": "not a link",
	})
	links := filepath.Join(root, "links")
	for name, target := range map[string]string{"a": "/etc/ssh/sshd_config", "b": "/etc/hosts", "c": "../etc/x"} {
		if err := os.Symlink(target, filepath.Join(links, name)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := findWanted(root, links, filepath.Join(root, "list"))
	if err != nil {
		t.Fatal(err)
	}
	paths, warnings := w.paths, w.warnings
	want := []string{"/etc/absent", "/etc/hosts", "/etc/ssh/sshd_config", "/etc/sysctl.d/10.conf", "/etc/sysctl.d/20.conf", filepath.Join(root, "etc/x")}
	slices.Sort(want)
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
	for _, part := range []string{"links/file: not a symbolic link", `line 5: "etc/relative" is not an absolute path`, `line 6: "/bad["`} {
		if !slices.ContainsFunc(warnings, func(err error) bool { return strings.Contains(err.Error(), part) }) {
			t.Errorf("no warning says %q: %v", part, warnings)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("%d warnings, want 3: %v", len(warnings), warnings)
	}
	if w, err := findWanted(root, "/nowhere", "/nowhere"); err != nil || len(w.paths) != 0 {
		t.Errorf("neither links nor list: %v, %v; want nothing", w, err)
	}
}

// TestListRefused: what is wrong with the list as a whole is said with its name.
func TestListRefused(t *testing.T) {
	root := hostTree(t, map[string]string{
		"long": "/" + strings.Repeat("x", maxListBytes), "limit": "/" + strings.Repeat("x", maxListBytes-1), "dir/file": "",
	})
	for name, want := range map[string]string{"long": "1048577 bytes, at most 1048576", "dir": "is a directory", "limit": ""} {
		list := filepath.Join(root, name)
		w, err := findWanted(root, "/nowhere", list)
		if want == "" {
			if err != nil || len(w.paths) != 1 {
				t.Errorf("%s: %d paths, %v; want 1", name, len(w.paths), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), list+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that names the list and says %q", name, err, want)
		}
	}
}

func TestReadFile(t *testing.T) {
	root := hostTree(t, map[string]string{
		"plain": "text\n", "empty": "", "limit": strings.Repeat("x", maxFileBytes), "large": strings.Repeat("x", maxFileBytes+1),
	})
	in := func(name string) string { return filepath.Join(root, name) }
	if err := syscall.Mkfifo(in("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"loop1": "loop2", "loop2": "loop1", "dangling": "nowhere", "device": "/dev/zero", "proc": "/proc/version"} {
		if err := os.Symlink(target, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, notice string
		size         int // -1: at least 1
	}{
		{"plain", "", 5},
		{"empty", "", 0},
		{"limit", "", maxFileBytes},
		{"large", fmt.Sprintf("%d bytes: contents above", maxFileBytes+1), 0},
		{"proc", "", -1}, // says size 0
		{"fifo", "not a regular file: a FIFO", 0},
		{"device", "not a regular file: a device", 0},
		{"loop1", "a loop of symbolic links", 0},
		{".", "not a regular file: a directory", 0},
		{"dangling", gone, 0},
		{"absent", gone, 0},
		{"plain/below", gone, 0},
	}
	for _, tt := range tests {
		content, _, notice := readFile(root, tt.name)
		if !strings.HasPrefix(notice, tt.notice) || (tt.notice == "") != (notice == "") {
			t.Errorf("readFile(%q): notice %q, want %q", tt.name, notice, tt.notice)
		}
		if len(content) != tt.size && (tt.size >= 0 || len(content) < 1) {
			t.Errorf("readFile(%q): %d bytes, want %d", tt.name, len(content), tt.size)
		}
	}
}

func TestWatcherTellsChanges(t *testing.T) {
	root := hostTree(t, map[string]string{"etc/a": "1", "etc/b": "1", "list": "/etc/*\nrelative\n"})
	var changed []string
	var log bytes.Buffer
	w := &watcher{root: root, listFile: filepath.Join(root, "list"), changed: func(p string) { changed = append(changed, p) },
		commands: newCommands(nil, rand.New(rand.NewPCG(1, 1))), logger: slog.New(slog.NewTextHandler(&log, nil))}
	look := func(want ...string) {
		t.Helper()
		changed = nil
		if err := w.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		slices.Sort(changed)
		if !slices.Equal(changed, want) {
			t.Errorf("changed %q, want %q", changed, want)
		}
	}
	a := filepath.Join(root, "etc/a")
	look("/etc/a", "/etc/b")
	look()
	if err := os.WriteFile(a, []byte("22"), 0o644); err != nil {
		t.Fatal(err)
	}
	look("/etc/a")
	if err := os.Chtimes(a, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	look("/etc/a")
	if err := os.Remove(a); err != nil {
		t.Fatal(err)
	}
	look("/etc/a")
	look()
	if n := strings.Count(log.String(), "relative"); n != 1 {
		t.Errorf("the warning stands %d times in the log, want once:\n%s", n, &log)
	}
}
