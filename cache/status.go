package cache

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// inspectTimeout bounds what Inspect asks of one server: some commands, and two for each path.
const inspectTimeout = 5 * time.Second

// ServerStatus is how a server is and what it holds. Where it says nothing of itself, as a LocalServer,
// or not to this user, the field is zero.
type ServerStatus struct {
	Server    string        // its name
	Err       error         // why it could not be asked: all else is zero then
	Unfit     error         // why it is not fit to hold the cache, see Check
	RoundTrip time.Duration // of one PING on an open connection
	Info                    // without Keys

	Hosts, Paths int
	Rows         int // in the indexes, those that expired since the last Prune among them
	Segments     SegmentStatus
	Indexing     bool   // an indexer has the lease
	Indexer      string // its name, which may be empty
}

// SegmentStatus is how far segments cover the rows of a server.
type SegmentStatus struct {
	Paths  int           // that have segments
	Rows   int           // of ServerStatus.Rows, those of these paths
	Behind int           // changes of these since, which a search reads itself
	Oldest time.Duration // age of the newest segment of the path where that is oldest
}

// Inspect asks a server how it is, for at most 5 s.
func Inspect(ctx context.Context, s Server) ServerStatus {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	c := Dial(s, Config{})
	defer c.Close()
	status := ServerStatus{Server: s.Name()}
	if err := c.inspect(ctx, &status); err != nil {
		return ServerStatus{Server: s.Name(), Err: c.fail(err)}
	}
	return status
}

// Check reports whether the server answers and is fit to hold the cache: Redis 6.2 or newer, and an
// eviction policy that spares keys without an expiry, as the indexes are. A server that doesn't say
// its version and policy passes.
func (c *Client) Check(ctx context.Context) error {
	if err := c.redis.Ping(ctx).Err(); err != nil {
		return c.fail(err)
	}
	info, err := c.info(ctx)
	if err != nil {
		return c.fail(err)
	}
	return c.fail(info.check())
}

func (c *Client) inspect(ctx context.Context, status *ServerStatus) error {
	info, err := c.info(ctx)
	if err != nil {
		return err
	}
	status.Info, status.Unfit = info, info.check()
	started := time.Now()
	if err := c.redis.Ping(ctx).Err(); err != nil {
		return err
	}
	status.RoundTrip = time.Since(started)
	var now *redis.TimeCmd
	var paths *redis.StringSliceCmd
	var pointers *redis.MapStringStringCmd
	var hosts *redis.IntCmd
	var lease *redis.StringCmd
	_, err = c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		now, paths, pointers = pipe.Time(ctx), pipe.SMembers(ctx, keyPaths), pipe.HGetAll(ctx, keySegments)
		hosts, lease = pipe.ZCard(ctx, keyHosts), pipe.Get(ctx, keyLease)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	status.Hosts, status.Paths = int(hosts.Val()), len(paths.Val())
	status.Indexing = lease.Err() == nil
	_, status.Indexer, _ = strings.Cut(lease.Val(), " ")
	return c.inspectPaths(ctx, paths.Val(), pointers.Val(), now.Val(), status)
}

// pathCounts are what is asked about a path.
type pathCounts struct {
	rows, changed, gone *redis.IntCmd
	made                *redis.StringCmd
}

// inspectPaths counts rows, and how far segments cover them.
func (c *Client) inspectPaths(ctx context.Context, paths []string, pointers map[string]string, now time.Time, status *ServerStatus) error {
	for len(paths) > 0 {
		window := paths[:min(len(paths), windowRows)]
		paths = paths[len(window):]
		counts := make([]pathCounts, len(window))
		_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, path := range window {
				counts[i] = countPath(ctx, pipe, path, pointers[path])
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		for _, n := range counts {
			status.add(n, now)
		}
	}
	return nil
}

// countPath asks about a path; about its segments only if it has some that may be used.
func countPath(ctx context.Context, pipe redis.Pipeliner, path, text string) pathCounts {
	n := pathCounts{rows: pipe.ZCard(ctx, indexKey(path))}
	p, err := parsePointer(text)
	if err != nil || !p.usable() {
		return n
	}
	since := "(" + strconv.FormatUint(p.covers(), 10)
	n.changed, n.gone = pipe.ZCount(ctx, indexKey(path), since, "+inf"), pipe.ZCount(ctx, goneKey(path), since, "+inf")
	n.made = pipe.HGet(ctx, packKey(path, p.generations[len(p.generations)-1].id), fieldMade)
	return n
}

func (status *ServerStatus) add(n pathCounts, now time.Time) {
	status.Rows += int(n.rows.Val())
	if n.changed == nil {
		return
	}
	s := &status.Segments
	s.Paths++
	s.Rows += int(n.rows.Val())
	s.Behind += int(n.changed.Val() + n.gone.Val())
	if made, err := n.made.Int64(); err == nil {
		s.Oldest = max(s.Oldest, now.Sub(time.Unix(made, 0)).Truncate(time.Second))
	}
}
