package cache

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
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
	directories, errs := make([]*directory, len(sites)), make([]error, len(sites))
	var running sync.WaitGroup
	for i, site := range sites {
		running.Go(func() {
			errs[i] = site.read(ctx, func(ctx context.Context, c *Client) (err error) {
				directories[i], err = c.directory(ctx, in)
				return err
			})
		})
	}
	running.Wait()
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	counts := map[string]int{}
	var missing []Missing
	empty := 0
	for i, err := range errs {
		switch {
		case err == nil:
			directories[i].count(counts)
		case errors.Is(err, ErrEmpty):
			empty++
		default:
			missing = append(missing, Missing{Site: sites[i].Name, Err: err})
		}
	}
	return sortedCounts(counts), missing, unread(len(sites), empty, missing)
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
