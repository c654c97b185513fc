package fleet

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// TestFleet runs the checks one after the other on one fleet, each on what the last one left.
func TestFleet(t *testing.T) {
	f := newFleet(t)
	for _, check := range []struct {
		name string
		run  func(*testing.T, *fleet)
	}{
		{"all hosts are up", checkHosts},
		{"each watches and is watched", checkRing},
		{"a line is found", checkSearch},
		{"a cache dies", checkCacheDies},
		{"client depends on server", checkDependency},
		{"both stores answer alike", checkStores},
		{"nanoprobe killed and started", checkKilled},
		{"nanoprobe asked to end", checkShutdown},
		{"power cut", checkPowerOff},
		{"CMA away", checkCMAAway},
		{"Neo4j away", checkNeo4jAway},
		{"the empty cache is refilled", checkCacheRefilled},
		{"CMA and Neo4j away", checkBothAway},
		{"quiet", checkQuiet},
		{"clones", checkClones},
		{"hooks that misbehave", checkHooks},
	} {
		began := time.Now()
		t.Run(check.name, func(t *testing.T) { check.run(t, f) })
		t.Logf("%-32s %6.1f s", check.name, time.Since(began).Seconds())
	}
}

func checkHosts(t *testing.T, f *fleet) { testbed.Eventually(t, patience, f.allUp) }

// allUp returns nil when the CMA knows the fleet's hosts and no others, all of them up.
func (f *fleet) allUp() error {
	all, err := ask[[]api.Host](f, "hosts")
	if err != nil || len(all) != hostCount {
		return fmt.Errorf("%d hosts, %v, want %d", len(all), err, hostCount)
	}
	for _, h := range f.hosts {
		if err := f.statusIs(h, "up"); err != nil {
			return err
		}
	}
	return nil
}

// statusIs returns nil when the CMA says so of h.
func (f *fleet) statusIs(h *host, status string) error {
	all, err := ask[[]api.Host](f, "hosts")
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a api.Host) bool { return a.Name == h.Name })
	if i < 0 || all[i].Status != status || all[i].ID != h.id {
		return fmt.Errorf("%s is not %s in %+v", h.Name, status, all)
	}
	return nil
}

func checkRing(t *testing.T, f *fleet) { testbed.Eventually(t, patience, f.ringIsWhole) }

// ringIsWhole returns nil when each host watches 2 to 4 others and is watched by as many.
func (f *fleet) ringIsWhole() error {
	places, err := ask[[]struct {
		Host      string   `json:"host"`
		Watches   []string `json:"watches"`
		WatchedBy []string `json:"watched_by"`
	}](f, "ring")
	if err != nil || len(places) != hostCount {
		return fmt.Errorf("%v, %v, want %d hosts", places, err, hostCount)
	}
	for _, p := range places {
		if n := len(p.Watches); n < 2 || n > 4 || len(p.WatchedBy) != n {
			return fmt.Errorf("%s watches %q and is watched by %q, want 2 to 4 and as many", p.Host, p.Watches, p.WatchedBy)
		}
	}
	return nil
}
