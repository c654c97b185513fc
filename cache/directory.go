package cache

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// windowRows is how many rows are asked about in one exchange. At 24 bytes a reply and 200 a request
	// it keeps both sides busy without holding more than some 50 KB.
	windowRows = 256
	// pathsAbreast is how many indexes are read in one exchange: each can have all hosts.
	pathsAbreast = 8
	// fewHosts are asked about one by one; of more, what the server has of all hosts is read.
	fewHosts = 1024
)

// directory is what a server says about hosts and paths, without any row: the only thing that a
// reader holds of all hosts at once.
type directory struct {
	now   time.Time // the server's clock
	seen  map[string]time.Time
	ids   map[string]string
	hosts []string // in order, once it is sorted
	paths []string // in order
	refs  []ref    // the rows asked for, by host and then path, once it is sorted

	place map[string]uint32 // of a host in hosts; nil once it is sorted
}

// ref names a row by its places in hosts and paths, in 8 bytes.
type ref struct{ host, path uint32 }

// newDirectory returns a directory of the paths in scope, without any row, and the pointers to segments
// by path. It is ErrEmpty if the server has no path at all.
func (c *Client) newDirectory(ctx context.Context, in scope) (*directory, map[string]string, error) {
	var now *redis.TimeCmd
	var paths *redis.StringSliceCmd
	var pointers *redis.MapStringStringCmd
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		now, paths, pointers = pipe.Time(ctx), pipe.SMembers(ctx, keyPaths), pipe.HGetAll(ctx, keySegments)
		return nil
	})
	if err != nil {
		return nil, nil, c.fail(err)
	}
	if len(paths.Val()) == 0 {
		return nil, nil, c.fail(ErrEmpty)
	}
	d := &directory{now: now.Val(), place: map[string]uint32{}}
	d.paths = slices.DeleteFunc(paths.Val(), func(path string) bool {
		return checkPath(path) != nil || !in.paths.match(path)
	})
	slices.Sort(d.paths)
	return d, pointers.Val(), nil
}

// directory returns the rows in scope, those that expired since the last Prune among them. It is
// ErrEmpty if the server has no path at all.
func (c *Client) directory(ctx context.Context, in scope) (*directory, error) {
	d, _, err := c.newDirectory(ctx, in)
	if err != nil {
		return nil, err
	}
	all := make([]uint32, len(d.paths))
	for i := range all {
		all[i] = uint32(i)
	}
	if err := c.addPaths(ctx, d, all, in); err != nil {
		return nil, err
	}
	d.sort(nil)
	return d, nil
}

// addPaths adds the rows of paths, by their places, as their indexes say.
func (c *Client) addPaths(ctx context.Context, d *directory, paths []uint32, in scope) error {
	for window := range slices.Chunk(paths, pathsAbreast) {
		members := make([]*redis.StringSliceCmd, len(window))
		_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, path := range window {
				members[i] = pipe.ZRange(ctx, indexKey(d.paths[path]), 0, -1)
			}
			return nil
		})
		if err != nil {
			return c.fail(err)
		}
		for i, path := range window {
			hosts := in.hostsAt(d.paths[path])
			for _, host := range members[i].Val() {
				d.add(host, path, hosts)
			}
		}
	}
	return nil
}

// add adds a row, if its host is one that can be and is asked for.
func (d *directory) add(host string, path uint32, hosts nameSet) {
	if place, ok := d.host(host, hosts); ok {
		d.refs = append(d.refs, ref{host: place, path: path})
	}
}

// host returns the place of a host, if it is one of hosts, until the directory is sorted.
func (d *directory) host(host string, hosts nameSet) (place uint32, ok bool) {
	if !strings.Contains(host, hosts.part) {
		return 0, false
	}
	if place, ok = d.place[host]; ok { // which was asked for at another path
		return place, true
	}
	if !hosts.match(host) || checkHostName(host) != nil {
		return 0, false
	}
	place = uint32(len(d.hosts))
	d.place[host] = place
	d.hosts = append(d.hosts, host)
	return place, true
}

// sort puts hosts and refs into the order of host names, and others that refer to hosts too.
func (d *directory) sort(others []posted) {
	sorted := slices.Sorted(slices.Values(d.hosts))
	rank := make([]uint32, len(sorted))
	for i, host := range sorted {
		rank[d.place[host]] = uint32(i)
	}
	d.hosts, d.place = sorted, nil
	for i := range d.refs {
		d.refs[i].host = rank[d.refs[i].host]
	}
	for i := range others {
		others[i].host = rank[others[i].host]
	}
	slices.SortFunc(d.refs, compareRefs)
	d.refs = slices.Compact(d.refs)
}

// meet reads when the hosts of the directory were last seen, and the ids of those that have a row to be
// read.
func (c *Client) meet(ctx context.Context, d *directory) (err error) {
	if d.seen, err = c.lastSeenAll(ctx, d.hosts); err != nil {
		return c.fail(err)
	}
	var owners []string
	for i, r := range d.refs {
		if i == 0 || r.host != d.refs[i-1].host {
			owners = append(owners, d.hosts[r.host])
		}
	}
	d.ids, err = c.idsOf(ctx, owners)
	return c.fail(err)
}

// lastSeenAll returns when hosts were last seen, and others too if it is for many.
func (c *Client) lastSeenAll(ctx context.Context, hosts []string) (map[string]time.Time, error) {
	seen := make(map[string]time.Time, len(hosts))
	if len(hosts) > fewHosts {
		all, err := c.redis.ZRangeWithScores(ctx, keyHosts, 0, -1).Result()
		for _, z := range all {
			if host, ok := z.Member.(string); ok {
				seen[host] = fromScore(z.Score)
			}
		}
		return seen, err
	}
	for window := range slices.Chunk(hosts, windowRows) {
		scores, err := c.redis.ZMScore(ctx, keyHosts, window...).Result()
		if err != nil {
			return nil, err
		}
		for i, score := range scores {
			if score > 0 { // 0 stands for a host that was never seen
				seen[window[i]] = fromScore(score)
			}
		}
	}
	return seen, nil
}

// idsOf returns the ids of hosts, and of others too if it is for many.
func (c *Client) idsOf(ctx context.Context, hosts []string) (map[string]string, error) {
	if len(hosts) > fewHosts {
		return c.redis.HGetAll(ctx, keyIDs).Result()
	}
	ids := make(map[string]string, len(hosts))
	for window := range slices.Chunk(hosts, windowRows) {
		values, err := c.redis.HMGet(ctx, keyIDs, window...).Result()
		if err != nil {
			return nil, err
		}
		for i, value := range values {
			if id, ok := value.(string); ok {
				ids[window[i]] = id
			}
		}
	}
	return ids, nil
}

// keys returns those of the rows of refs.
func (d *directory) keys(refs []ref) []string {
	keys := make([]string, len(refs))
	for i, r := range refs {
		keys[i] = rowKey(d.hosts[r.host], d.paths[r.path])
	}
	return keys
}

func compareRefs(a, b ref) int {
	if a.host != b.host {
		return int(a.host) - int(b.host)
	}
	return int(a.path) - int(b.path)
}

// behind reports whether a row comes after the one of (host, path), which need not be in the directory.
func (d *directory) behind(r ref, host, path string) bool {
	return compareNames(d.hosts[r.host], d.paths[r.path], host, path) > 0
}

// after returns the refs behind the row of (host, path).
func (d *directory) after(host, path string) []ref {
	i, _ := slices.BinarySearchFunc(d.refs, struct{}{}, func(r ref, _ struct{}) int {
		if d.behind(r, host, path) {
			return 1
		}
		return -1
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
