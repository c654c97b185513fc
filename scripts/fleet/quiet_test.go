package fleet

import (
	"fmt"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

const (
	// settled is how long nothing must have come for a fleet to be at rest: the agents that see what
	// checks do look every 20 and 30 s, and a tenth more.
	settled = 35 * time.Second
	quiet   = 2 * time.Minute
)

// checkQuiet waits until the fleet is at rest, and then for two minutes in which nothing may be sent.
// What is wrong in ways that don't concern the fleet's hosts is tried meanwhile.
func checkQuiet(t *testing.T, f *fleet) {
	last := f.atRest(t)
	began, over := time.Now(), time.After(quiet)
	startImpostors(t)
	for _, bad := range []struct {
		name string
		run  func(*testing.T, *fleet)
	}{
		{"bad caches", badCaches},
		{"bad graphs", badGraphs},
		{"bad configurations", badConfigurations},
		{"strangers", strangers},
	} {
		t.Run(bad.name, func(t *testing.T) { bad.run(t, f) })
	}
	<-over
	status, err := f.status()
	if err != nil || status.Received != last {
		t.Errorf("%d documents sent in %v in which nothing changed, %v; the youngest are %q", status.Received-last, quiet, err, f.youngest(began))
	}
}

// youngest lists the documents that came to the CMA since then.
func (f *fleet) youngest(since time.Time) (all []string) {
	for _, h := range f.hosts {
		detail, err := ask[api.HostDetail](f, "show", h.Name)
		if err != nil {
			all = append(all, err.Error())
		}
		for _, d := range detail.Sealed {
			if d.ReceivedMS > since.UnixMilli() {
				all = append(all, h.Name+" "+d.Instance+" "+string(d.Data))
			}
		}
	}
	return all
}

// atRest waits until no document has come to the CMA for some time and returns how many have come.
func (f *fleet) atRest(t testing.TB) (last uint64) {
	t.Helper()
	since := time.Now()
	testbed.Eventually(t, 2*time.Minute, func() error {
		status, err := f.status()
		if err == nil && status.Received != last {
			last, since = status.Received, time.Now()
		}
		if err == nil && time.Since(since) < settled {
			err = fmt.Errorf("document %d came %v ago", last, time.Since(since))
		}
		return err
	})
	return last
}
