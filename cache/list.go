package cache

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// PathCount is a path and how many hosts have something there.
type PathCount struct {
	Path  string
	Hosts int
}

// List returns the paths in the query's Paths and Hosts, sorted; the rest of the query means nothing
// here. It counts what the indexes say, so that rows which expired since the last Prune count too.
// Missing sites and errors are as for Search.
func List(ctx context.Context, sites []Site, q Query) ([]PathCount, []Missing, error) {
	in, err := newScope(q)
	if err != nil {
		return nil, nil, err
	}
	directories := make([]*directory, len(sites))
	missing, err := everySite(ctx, sites, func(ctx context.Context, i int, c *Client) (err error) {
		start := time.Now()
		directories[i], err = c.directory(ctx, in)
		a := newAudit(q, c.cost(sites[i].Name, start), err)
		a.Kind = auditList
		if err == nil {
			a.Hits = len(directories[i].paths)
		}
		c.audit(ctx, a) // if it can't be told, what List returns has no place for it
		return err
	})
	if ctx.Err() != nil {
		return nil, nil, err
	}
	counts := map[string]int{}
	for _, d := range directories {
		if d != nil {
			d.count(counts)
		}
	}
	return sortedCounts(counts), missing, err
}

// Known returns which of hosts, by their exact names, a site has heard of, whatever it has of them.
// Missing sites and errors are as for Search.
func Known(ctx context.Context, sites []Site, hosts []string) (map[string]bool, []Missing, error) {
	known := make([]map[string]time.Time, len(sites))
	missing, err := everySite(ctx, sites, func(ctx context.Context, i int, c *Client) (err error) {
		known[i], err = c.lastSeenAll(ctx, hosts)
		return c.fail(err)
	})
	all := map[string]bool{}
	for _, host := range hosts {
		all[host] = slices.ContainsFunc(known, func(seen map[string]time.Time) bool { return !seen[host].IsZero() })
	}
	return all, missing, err
}

// everySite calls f with a server of each site, all at the same time.
func everySite(ctx context.Context, sites []Site, f func(ctx context.Context, i int, c *Client) error) ([]Missing, error) {
	errs := make([]error, len(sites))
	var running sync.WaitGroup
	for i, site := range sites {
		running.Go(func() {
			errs[i] = site.read(ctx, func(ctx context.Context, c *Client) error { return f(ctx, i, c) })
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return missingOf(sites, errs)
}

// count adds the hosts of each path.
func (d *directory) count(counts map[string]int) {
	for _, r := range d.refs {
		counts[d.paths[r.path]]++
	}
}

func sortedCounts(counts map[string]int) []PathCount {
	list := make([]PathCount, 0, len(counts))
	for path, hosts := range counts {
		list = append(list, PathCount{Path: path, Hosts: hosts})
	}
	slices.SortFunc(list, func(a, b PathCount) int { return strings.Compare(a.Path, b.Path) })
	return list
}
