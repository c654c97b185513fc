package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// found is what assim search says.
type found struct {
	Hits []struct {
		Host, Path, Line string
	}
}

// findLine returns nil when a search of what a configuration file of the CLI names finds the marked
// line, on its one host.
func (f *fleet) findLine(config string) error {
	answer, err := askAs[found](f, config, "search", "-F", markedLine)
	if err != nil {
		return err
	}
	if h := answer.Hits; len(h) != 1 || h[0].Host != "h1" || h[0].Path != "/etc/ssh/sshd_config" || h[0].Line != markedLine {
		return fmt.Errorf("found %v, want %q in h1:/etc/ssh/sshd_config", h, markedLine)
	}
	return nil
}

func checkSearch(t *testing.T, f *fleet) {
	for _, config := range []string{bothCaches, firstCache, secondCache} {
		testbed.Eventually(t, patience, func() error { return f.findLine(config) })
	}
}

func checkCacheDies(t *testing.T, f *fleet) {
	f.caches[1].Kill(t)
	for range 5 { // the CLI begins with a random server
		if err := f.findLine(bothCaches); err != nil {
			t.Fatalf("one cache server of two is dead: %v", err)
		}
	}
	f.startCache(t, 1)
	if err := f.findLine(secondCache); err == nil {
		t.Fatal("the server that was started again is not empty")
	}
}

// checkCacheRefilled waits for what checkCacheDies left to be done: nanoprobes look every minute
// whether a server has lost what it held.
func checkCacheRefilled(t *testing.T, f *fleet) {
	testbed.Eventually(t, 2*time.Minute, func() error { return f.findLine(secondCache) })
}
