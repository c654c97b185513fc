package cache

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"
)

// Held returns the paths at which the server holds something under this host's name, sorted: what a
// host that has been away compares with what it has, to Delete the rest.
func (c *Client) Held(ctx context.Context, host string) ([]string, error) {
	if err := checkHostName(host); err != nil {
		return nil, invalid(err)
	}
	paths, err := c.redis.SMembers(ctx, keyPaths).Result()
	if err != nil {
		return nil, c.fail(err)
	}
	paths = slices.DeleteFunc(paths, func(path string) bool { return checkPath(path) != nil })
	slices.Sort(paths)
	var held []string
	for window := range slices.Chunk(paths, windowRows) {
		exists := make([]*redis.IntCmd, len(window))
		_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, path := range window {
				exists[i] = pipe.Exists(ctx, rowKey(host, path))
			}
			return nil
		})
		if err != nil {
			return nil, c.fail(err)
		}
		for i, path := range window {
			if exists[i].Val() > 0 {
				held = append(held, path)
			}
		}
	}
	return held, nil
}

// Prune takes out of the indexes what has expired, and returns how many rows that were. Readers pass
// over such entries, so that it saves time and memory and changes no answer but ErrEmpty. One caller
// a server, once an hour, is plenty; an [Indexer] is one.
func (c *Client) Prune(ctx context.Context) (int, error) {
	paths, err := c.redis.SMembers(ctx, keyPaths).Result()
	if err != nil {
		return 0, c.fail(err)
	}
	pruned := 0
	for _, path := range paths {
		n, err := c.prunePath(ctx, path)
		pruned += n
		if err != nil {
			return pruned, c.fail(err)
		}
	}
	err = c.forget.Run(ctx, c.redis, scriptKeys(), c.cfg.KeepFor.Milliseconds()).Err()
	return pruned, c.fail(err)
}

func (c *Client) prunePath(ctx context.Context, path string) (pruned int, err error) {
	hosts, err := c.redis.ZRange(ctx, indexKey(path), 0, -1).Result()
	for more := err == nil; more; more = err == nil && len(hosts) > 0 { // once too if there is no host at all
		window := hosts[:min(len(hosts), windowRows)]
		hosts = hosts[len(window):]
		keys, args := scriptKeys(indexKey(path), dueKey(path), goneKey(path), keyPaths, keySegments), []any{path}
		for _, host := range window {
			keys, args = append(keys, rowKey(host, path)), append(args, host)
		}
		var n int
		n, err = c.prune.Run(ctx, c.redis, keys, args...).Int()
		pruned += n
	}
	return pruned, err
}
