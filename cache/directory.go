package cache

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// windowRows is how many rows are asked about in one exchange. At 24 bytes a reply and 200 a request
// it keeps both sides busy without holding more than some 50 KB.
const windowRows = 256

// directory is what a server says about hosts and paths, without any row: the only thing that a
// reader holds of all hosts at once.
type directory struct {
	now   time.Time // the server's clock
	seen  map[string]time.Time
	ids   map[string]string
	hosts []string // those of refs, sorted
	paths []string // those of refs, sorted
	refs  []ref    // the rows asked for, by host and then path
}

// ref names a row by its places in hosts and paths, in 8 bytes.
type ref struct{ host, path uint32 }

// scope says which rows are meant. No glob at all means any.
type scope struct{ hosts, paths globs }

func newScope(q Query) (scope, error) {
	hosts, err := compileGlobs(q.Hosts)
	if err != nil {
		return scope{}, err
	}
	paths, err := compileGlobs(q.Paths)
	return scope{hosts: hosts, paths: paths}, err
}

// directory returns the rows in scope, those that expired since the last Prune among them. It is
// ErrEmpty if the server has no path at all.
func (c *Client) directory(ctx context.Context, in scope) (*directory, error) {
	var now *redis.TimeCmd
	var paths *redis.StringSliceCmd
	var seen *redis.ZSliceCmd
	var ids *redis.MapStringStringCmd
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		now, paths = pipe.Time(ctx), pipe.SMembers(ctx, keyPaths)
		seen, ids = pipe.ZRangeWithScores(ctx, keyHosts, 0, -1), pipe.HGetAll(ctx, keyIDs)
		return nil
	})
	if err != nil {
		return nil, c.fail(err)
	}
	if len(paths.Val()) == 0 {
		return nil, c.fail(ErrEmpty)
	}
	d := &directory{now: now.Val(), ids: ids.Val(), seen: make(map[string]time.Time, len(seen.Val()))}
	for _, z := range seen.Val() {
		if host, ok := z.Member.(string); ok {
			d.seen[host] = fromScore(z.Score)
		}
	}
	wanted := slices.DeleteFunc(paths.Val(), func(path string) bool {
		return checkPath(path) != nil || !in.paths.match(path)
	})
	slices.Sort(wanted)
	return d, c.fail(c.addRefs(ctx, d, wanted, in.hosts))
}

// addRefs reads the indexes of paths, which are sorted, a few at a time: each can have all hosts.
func (c *Client) addRefs(ctx context.Context, d *directory, paths []string, hosts globs) error {
	const abreast = 8
	index := map[string]uint32{} // host → place of its first appearance
	var inOrder []string
	for window := range slices.Chunk(paths, abreast) {
		members := make([]*redis.StringSliceCmd, len(window))
		_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, path := range window {
				members[i] = pipe.ZRange(ctx, indexKey(path), 0, -1)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for i, path := range window {
			d.paths = append(d.paths, path)
			for _, host := range members[i].Val() {
				place, known := index[host]
				if !known {
					if !hosts.match(host) || checkHostName(host) != nil {
						continue
					}
					place = uint32(len(inOrder))
					index[host] = place
					inOrder = append(inOrder, host)
				}
				d.refs = append(d.refs, ref{host: place, path: uint32(len(d.paths) - 1)})
			}
		}
	}
	d.sort(inOrder)
	return nil
}

// sort puts refs into the order of host names, in which hosts is not yet.
func (d *directory) sort(hosts []string) {
	d.hosts = slices.Sorted(slices.Values(hosts))
	rank := make([]uint32, len(hosts))
	for i, host := range hosts {
		place, _ := slices.BinarySearch(d.hosts, host)
		rank[i] = uint32(place)
	}
	for i := range d.refs {
		d.refs[i].host = rank[d.refs[i].host]
	}
	slices.SortFunc(d.refs, compareRefs)
}

func compareRefs(a, b ref) int {
	if a.host != b.host {
		return int(a.host) - int(b.host)
	}
	return int(a.path) - int(b.path)
}

// after returns the refs behind the row of (host, path), which need not be among them.
func (d *directory) after(host, path string) []ref {
	i, _ := slices.BinarySearchFunc(d.refs, struct{}{}, func(r ref, _ struct{}) int {
		if compareNames(d.hosts[r.host], d.paths[r.path], host, path) <= 0 {
			return -1
		}
		return 1
	})
	return d.refs[i:]
}

// compareNames is the order of every answer: host, then path.
func compareNames(hostA, pathA, hostB, pathB string) int {
	if order := strings.Compare(hostA, hostB); order != 0 {
		return order
	}
	return strings.Compare(pathA, pathB)
}

// fromScore reads a time in the ZSET of hosts.
func fromScore(score float64) time.Time { return time.UnixMilli(int64(score)).UTC() }

// silence is how long a host was silent by the server's clock, and longer than any limit if it was
// never seen.
func silence(now, seen time.Time) time.Duration { return max(0, now.Sub(seen)) }

// globs match names in full: '*' stands for any text, that with slashes too, and '?' for one
// character; all else stands for itself. No globs at all match everything.
type globs []*regexp.Regexp

func compileGlobs(patterns []string) (globs, error) {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`)
	var gs globs
	for _, pattern := range patterns {
		re, err := regexp.Compile(`(?s)^` + quoted.Replace(regexp.QuoteMeta(pattern)) + `$`)
		if err != nil { // it is not UTF-8
			return nil, fmt.Errorf("glob %q: %w", pattern, err)
		}
		gs = append(gs, re)
	}
	return gs, nil
}

func (gs globs) match(name string) bool {
	return len(gs) == 0 || slices.ContainsFunc(gs, func(g *regexp.Regexp) bool { return g.MatchString(name) })
}
