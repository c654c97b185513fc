package nanoprobe

import (
	"sync"
	"sync/atomic"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/discovery"
)

// maxKept bounds what a host keeps in a cache.
const maxKept = maxFiles + discovery.MaxInstances + maxCommands

// change is a file, document or output of a command that a cache server may not have in its newest form.
type change struct {
	path string
	// load returns what is there at the time of sending, and false if it is gone. A file is read then
	// and not before, so that what waits for a server costs memory for its path only.
	load func() (cache.Snapshot, bool)
}

// inventory is what the cache servers are to hold of this host. Its methods may be called at the same time.
type inventory struct {
	numbers atomic.Uint64 // given to snapshots so far

	mu     sync.Mutex
	byPath map[string]*change
}

// number is that of the next snapshot, whichever server it is for: one that leaves the site and returns
// takes no snapshot with a number below those that it has. It is to be had before the snapshot is loaded,
// so that of two the later number has the later content.
func (v *inventory) number() uint64 { return v.numbers.Add(1) }

func newInventory() *inventory { return &inventory{byPath: map[string]*change{}} }

// put takes up a change. It reports false if there are too many paths already.
func (v *inventory) put(c *change) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.byPath[c.path]; !known && len(v.byPath) >= maxKept {
		return false
	}
	v.byPath[c.path] = c
	return true
}

// forget drops c unless the path has changed again since.
func (v *inventory) forget(c *change) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.byPath[c.path] == c {
		delete(v.byPath, c.path)
	}
}

// each calls f with all that there is, before anything newer can be put: what f offers to a server does not
// come after what is.
func (v *inventory) each(f func(*change)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.byPath {
		f(c)
	}
}

// unlessKnown calls f if nothing is there at path, before anything can be.
func (v *inventory) unlessKnown(path string, f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.byPath[path]; !known {
		f()
	}
}
