package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// A batch that the disk refuses is seen by nobody, and those after it are applied to what the disk has.
func TestDiskRefuses(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h1", 1, "(a:Host {v: 1}), (b:Host)")
	before := s.image.Load()
	relent := refuseWrites(t, s.path)
	f, err := graphtest.Facts(graph.Source{Host: "h1", Instance: "all", Boot: 1, Seq: 2}, "(a:Host {v: 2}), (c:Host)")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if done, err := s.Apply(t.Context(), []graph.Facts{f}); err == nil || done.NodesAdded != 0 {
			t.Errorf("a batch that was not written: %+v, %v", done, err)
		}
		if got, want := claimed(s.image.Load()), claimed(before); got != want {
			t.Errorf("queries see\n%s\nwant\n%s", got, want)
		}
	}
	relent()
	if done := applyText(t, s, "h1", 2, "(a:Host {v: 3})"); done.NodesChanged != 1 || done.NodesRemoved != 1 {
		t.Errorf("the next batch: %+v, want one node changed and one removed", done)
	}
	if got, want := claimed(s.image.Load()), `{Host a} [] {"v":3}`; got != want {
		t.Errorf("queries see\n%s\nwant\n%s", got, want)
	}
	checkIndexes(t, s.memory)
}

// refuseWrites makes the system refuse what this process writes to the file at path, which it has open, until
// the function that it returns is called.
func refuseWrites(t *testing.T, path string) (relent func()) {
	t.Helper()
	readOnly, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer readOnly.Close()
	fd := descriptor(t, path)
	kept, err := syscall.Dup(fd) // the lock is that of what fd refers to
	if err != nil {
		t.Fatal(err)
	}
	become := func(other int) {
		t.Helper()
		if err := syscall.Dup3(other, fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
	}
	become(int(readOnly.Fd()))
	return func() {
		become(kept)
		syscall.Close(kept)
	}
}

// descriptor returns the first descriptor of this process that refers to the file at path.
func descriptor(t *testing.T, path string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == path {
			fd, err := strconv.Atoi(filepath.Base(link))
			if err != nil {
				t.Fatal(err)
			}
			return fd
		}
	}
	t.Fatalf("%s is not open", path)
	return 0
}
