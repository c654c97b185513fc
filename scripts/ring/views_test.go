package ring

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// views returns whom each host says it watches, by id.
func (f *fleet) views() (map[string]api.RingView, error) {
	views, err := f.client.Ring(context.Background())
	byID := map[string]api.RingView{}
	for _, v := range views {
		byID[v.HostID] = v
	}
	return byID, err
}

// joined is complete, for figures.
func (f *fleet) joined(hosts ...*host) error { return f.complete(hosts...) }

// whole returns nil when these hosts, and no others, make one ring: each watches at least two, is
// watched by those, and is connected with all.
func (f *fleet) whole(hosts ...*host) error {
	views, err := f.views()
	if err != nil {
		return err
	}
	if len(views) != len(hosts) {
		return fmt.Errorf("%d hosts are up, want %d", len(views), len(hosts))
	}
	for _, v := range views {
		if len(v.Watching) < 2 {
			return fmt.Errorf("%s watches %v, want 2 or more", v.Host, v.Watching)
		}
		for _, m := range v.Watching {
			if !watches(views[string(m.ID)], v.HostID) {
				return fmt.Errorf("%s watches %s, which does not watch it", v.Host, m.Name)
			}
		}
	}
	seen := map[string]bool{}
	if reach(views, hosts[0].id, seen); len(seen) != len(hosts) {
		return fmt.Errorf("%d of %d hosts are in one ring with %s", len(seen), len(hosts), hosts[0].name)
	}
	return nil
}

// complete returns nil when these hosts make one ring and each says that all are in it.
func (f *fleet) complete(hosts ...*host) error {
	for _, h := range hosts {
		if err := h.probe.Running(); err != nil {
			return err
		}
	}
	if err := f.whole(hosts...); err != nil {
		return err
	}
	views, err := f.views()
	for _, v := range views {
		if n := sizeOf(v, 0); n != len(hosts) {
			return fmt.Errorf("%s is in a ring of %d, want %d", v.Host, n, len(hosts))
		}
	}
	return err
}

func watches(v api.RingView, id string) bool {
	return slices.ContainsFunc(v.Watching, func(m ring.Member) bool { return string(m.ID) == id })
}

// reach marks all that a host is connected with.
func reach(views map[string]api.RingView, id string, seen map[string]bool) {
	if seen[id] {
		return
	}
	seen[id] = true
	for _, m := range views[id].Watching {
		reach(views, string(m.ID), seen)
	}
}

// wholeWithin waits until the hosts are one ring and returns how long it took since began.
func (f *fleet) wholeWithin(t testing.TB, began time.Time, limit time.Duration, hosts ...*host) time.Duration {
	t.Helper()
	testbed.Eventually(t, limit-time.Since(began), func() error { return f.whole(hosts...) })
	return time.Since(began)
}

// sizeOf is how many members a host knows in its ring at a level, or 0 if it is in none there.
func sizeOf(v api.RingView, level int) int {
	for _, r := range v.Rings {
		if r.Level == level {
			return r.Members
		}
	}
	return 0
}

// joinedRings returns nil when each group is a ring and two of each make the ring above.
func (f *fleet) joinedRings(groups ...[]*host) error {
	views, err := f.views()
	if err != nil {
		return err
	}
	for _, group := range groups {
		representatives := 0
		for _, h := range group {
			v := views[h.id]
			if n := sizeOf(v, 0); n != len(group) {
				return fmt.Errorf("%s is in a ring of %d, want %d", h.name, n, len(group))
			}
			if n := sizeOf(v, 1); n == 2*len(groups) {
				representatives++
			}
		}
		if representatives != 2 {
			return fmt.Errorf("%d of the ring of %s are in the ring above with all others, want 2", representatives, group[0].name)
		}
	}
	return nil
}

// circle returns the hosts in the order in which they watch each other: that of the hashes of their ids.
func circle(hosts []*host) []*host {
	return slices.SortedFunc(slices.Values(hosts), func(a, b *host) int {
		x, y := sha256.Sum256([]byte(a.id)), sha256.Sum256([]byte(b.id))
		return bytes.Compare(x[:], y[:])
	})
}

// ringOf returns nil when those of the hosts watch none but each other.
func (f *fleet) ringOf(hosts []*host) error {
	views, err := f.views()
	if err != nil {
		return err
	}
	ours := map[string]bool{}
	for _, h := range hosts {
		ours[h.id] = true
	}
	for _, h := range hosts {
		for _, m := range views[h.id].Watching {
			if !ours[string(m.ID)] {
				return fmt.Errorf("%s still watches %s", h.name, m.Name)
			}
		}
	}
	return nil
}

// allUp returns nil when the CMA knows the fleet's hosts and no others, all of them up.
func (f *fleet) allUp() error {
	all, err := f.client.Hosts(context.Background())
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.Status != "up" {
			return fmt.Errorf("%s is %s", h.Name, h.Status)
		}
	}
	if len(all) != len(f.hosts) {
		return fmt.Errorf("%d hosts are known, want %d", len(all), len(f.hosts))
	}
	return nil
}
