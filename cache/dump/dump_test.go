package dump

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cache"
)

// server is a cache in this process, and a client that writes to it.
type server struct {
	*cache.Client
	site cache.Site
	seq  uint64
}

func startServer(t *testing.T, name string) *server {
	t.Helper()
	local, err := cache.NewLocalServer("127.0.0.1:0", "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { local.Run(ctx); close(done) }()
	addr := cache.Server{Addr: local.Addr(), Password: "test"}
	s := &server{Client: cache.Dial(addr, cache.Config{}), site: cache.Site{Name: name, Servers: []cache.Server{addr}}}
	t.Cleanup(func() { s.Close(); cancel(); <-done })
	return s
}

// put stores a row; content that begins with '!' is a notice.
func (s *server) put(t *testing.T, host, path, content string) {
	t.Helper()
	s.seq++
	row := cache.Snapshot{Host: host, Path: path, HostID: "id of " + host, Boot: 1, Seq: s.seq, Content: []byte(content)}
	if notice, ok := strings.CutPrefix(content, "!"); ok {
		row.Content, row.Notice = nil, notice
	}
	if _, err := s.Put(t.Context(), row); err != nil {
		t.Fatal(err)
	}
}

func openTree(t *testing.T) (*Tree, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dump")
	tree, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree, dir
}

// listing is the files below dir, each with its content.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == markerName {
			return err
		}
		b, err := os.ReadFile(name)
		files = append(files, fmt.Sprintf("%s=%s", strings.TrimPrefix(name, dir+"/"), b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func (s *server) mirror(t *testing.T, tree *Tree, more ...cache.Site) Summary {
	t.Helper()
	sum, err := tree.Mirror(t.Context(), append([]cache.Site{s.site}, more...), cache.Query{})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func checkListing(t *testing.T, what, dir string, want ...string) {
	t.Helper()
	if got := listing(t, dir); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestMirrorFollowsTheCache(t *testing.T) {
	s := startServer(t, "s")
	tree, dir := openTree(t)
	s.put(t, "a", "/etc/passwd", "1")
	s.put(t, "a", "/etc/ssh/sshd_config", "2")
	s.put(t, "a", "@os", "3")
	s.put(t, "b", "/etc/passwd", "4")
	s.put(t, "b", "/big", "!too large")
	sum := s.mirror(t, tree)
	checkListing(t, "at first", dir, "s/a/@os=3", "s/a/etc/passwd=1", "s/a/etc/ssh/sshd_config=2", "s/b/etc/passwd=4")
	if sum.Written != 4 || sum.Unchanged != 0 || sum.Removed != 0 || sum.Notices != 1 {
		t.Errorf("at first: %+v", sum)
	}

	untouched, err := os.Stat(filepath.Join(dir, "s/a/@os"))
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "a", "/etc/passwd", "5") // of the same length
	s.put(t, "b", "/etc/passwd", "!gone wrong")
	if err := s.Delete(t.Context(), "a", "id of a", "/etc/ssh/sshd_config"); err != nil {
		t.Fatal(err)
	}
	for _, stray := range []string{"s/nobody/etc/x", "s/a/etc/deep/er/x"} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(dir, stray)), 0o700), os.WriteFile(filepath.Join(dir, stray), nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	sum = s.mirror(t, tree)
	checkListing(t, "changed", dir, "s/a/@os=3", "s/a/etc/passwd=5")
	if sum.Written != 1 || sum.Unchanged != 1 || sum.Removed != 4 || sum.Notices != 2 {
		t.Errorf("changed: %+v, want 1 written, 1 unchanged, 4 removed, 2 notices", sum)
	}
	for _, empty := range []string{"s/a/etc/ssh", "s/a/etc/deep", "s/b", "s/nobody"} {
		if _, err := os.Stat(filepath.Join(dir, empty)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", empty, err)
		}
	}
	if now, err := os.Stat(filepath.Join(dir, "s/a/@os")); err != nil || !os.SameFile(untouched, now) || !now.ModTime().Equal(untouched.ModTime()) {
		t.Errorf("@os was touched: %v, %v", now, err)
	}
}

// TestFilesBecomeDirectories: what was a file may be a directory in the next round, and the other way.
func TestFilesBecomeDirectories(t *testing.T) {
	s := startServer(t, "s")
	tree, dir := openTree(t)
	s.put(t, "a", "/x", "file")
	s.put(t, "a", "/y/z", "below")
	s.mirror(t, tree)
	for _, path := range []string{"/x", "/y/z"} {
		if err := s.Delete(t.Context(), "a", "id of a", path); err != nil {
			t.Fatal(err)
		}
	}
	s.put(t, "a", "/x/y", "below")
	s.put(t, "a", "/y", "file")
	s.mirror(t, tree)
	checkListing(t, "turned", dir, "s/a/x/y=below", "s/a/y=file")
}

// TestHostileNames: nothing is written outside, and what can't be written is counted.
func TestHostileNames(t *testing.T) {
	s := startServer(t, "s")
	tree, dir := openTree(t)
	outside := t.TempDir()
	long := strings.Repeat("x", maxNameBytes)
	for _, row := range [][2]string{
		{"..", "/etc/passwd"}, {".", "/a"}, {"a/../../b", "/a"}, {"h", "/../../up"}, {"h", "/a/../b"}, {"h", "//a"}, {"h", "/"}, {"h", "/a/"},
		{"h", "relative"}, {"h", "@"}, {"h", "@../../up"}, {"h", "@a/b"}, {"h", "/@os"}, {"h", "/" + long + "x"}, {"h", "/f/g"},
		{"h", "/" + long}, {"h", "/f"}, {"h", "/link/x"}, {"h", "/.assim-dump"}, {"h", "/..."},
	} {
		s.put(t, row[0], row[1], "evil")
	}
	for _, link := range []string{"s/h/link", "s/h/f", "s/gone", tempName} {
		name := filepath.Join(dir, link)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.Symlink(outside, name)); err != nil {
			t.Fatal(err)
		}
	}
	sum := s.mirror(t, tree)
	if sum.Written != 6 || sum.RefusedN != 14 || len(sum.Refused) != 14 {
		t.Errorf("%d written, %d refused, want 6 and 14: %v", sum.Written, sum.RefusedN, errors.Join(sum.Refused...))
	}
	if got, err := os.ReadDir(outside); err != nil || len(got) != 0 {
		t.Errorf("written outside: %v, %v", got, err)
	}
	if got, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(got) != 1 {
		t.Errorf("beside the directory stand %v, %v", got, err)
	}
	for _, name := range []string{"s/h/f", "s/h/link/x", "s/h/.assim-dump", "s/h/...", "s/h/@", "s/h/" + long} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: %v, %v, want a file", name, info, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "s/gone")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link in the place of a host that is not there: %v, want that it went", err)
	}
}

// TestIncompleteSitesAreNotPurged: neither one that is away nor one that is empty.
func TestIncompleteSitesAreNotPurged(t *testing.T) {
	north, south := startServer(t, "north"), startServer(t, "south")
	tree, dir := openTree(t)
	north.put(t, "a", "/x", "1")
	north.put(t, "a", "/y", "1")
	south.put(t, "b", "/x", "1")
	north.mirror(t, tree, south.site)

	if err := north.Delete(t.Context(), "a", "id of a", "/y"); err != nil {
		t.Fatal(err)
	}
	away := cache.Site{Name: "south", Servers: []cache.Server{{Addr: "127.0.0.1:1"}}}
	sum := north.mirror(t, tree, away)
	checkListing(t, "south away", dir, "north/a/x=1", "south/b/x=1")
	if !slices.Equal(sum.Unpurged, []string{"south"}) || len(sum.Scan.Missing) != 1 || sum.Removed != 1 {
		t.Errorf("%+v, want that south is missing and not purged", sum)
	}
	empty := startServer(t, "south")
	sum = north.mirror(t, tree, empty.site)
	checkListing(t, "south empty", dir, "north/a/x=1", "south/b/x=1")
	if !slices.Equal(sum.Unpurged, []string{"south"}) {
		t.Errorf("%+v, want that south is not purged", sum)
	}
	north.mirror(t, tree)
	checkListing(t, "north alone", dir, "north/a/x=1", "south/b/x=1")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tree.Mirror(ctx, []cache.Site{north.site}, cache.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := tree.Mirror(t.Context(), []cache.Site{{Name: "../x"}}, cache.Query{}); !errors.Is(err, errRefused) {
		t.Errorf("a site ../x: %v, want that it is refused", err)
	}
}

func TestOpen(t *testing.T) {
	tree, dir := openTree(t)
	if _, err := Open(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("a second time: %v, want %v", err, ErrLocked)
	}
	if err := tree.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "thesis"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(foreign); !errors.Is(err, ErrForeign) {
		t.Errorf("a directory with a file: %v, want %v", err, ErrForeign)
	}
	if _, err := Open(filepath.Join(foreign, "thesis")); err == nil {
		t.Error("a file: no error")
	}
}

// FuzzPlace: a place is below its host's directory, and no two paths have the same.
func FuzzPlace(f *testing.F) {
	for _, seed := range [][3]string{{"h", "/a/b", "/a//b"}, {"..", "@os", "/@os"}, {"h", "/a/..", "/"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, host, a, b string) {
		places := map[string]string{}
		for _, path := range []string{a, b} {
			name, err := place(host, path)
			if err != nil {
				continue
			}
			rest, below := strings.CutPrefix(name, host+"/")
			if !below || !filepath.IsLocal(rest) || !filepath.IsLocal(host) || filepath.Clean(name) != name {
				t.Errorf("%q of %q is put at %q", path, host, name)
			}
			places[name] = path
		}
		if a != b && len(places) == 1 {
			for _, path := range []string{a, b} {
				if _, err := place(host, path); err != nil {
					return
				}
			}
			t.Errorf("%q and %q of %q are both put at %q", a, b, host, slices.Collect(maps.Keys(places)))
		}
	})
}
