package cache

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/redis/go-redis/v9"
)

// batchBytes is how much stored content is fetched in one exchange; a row that is larger comes alone.
// 1 MiB is 10 ms of a Gbit/s: the round trip hardly counts any more.
const batchBytes = 1 << 20

// notARow is the size of what stands at a row's key without being a row.
const notARow = math.MaxInt64

// sizes returns how many bytes each row's content takes as stored.
func (c *Client) sizes(ctx context.Context, keys []string) ([]int64, error) {
	cmds := make([]*redis.IntCmd, len(keys))
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			cmds[i] = pipe.HStrLen(ctx, key, fieldContent)
		}
		return nil
	})
	if err != nil && !isWrongType(err) {
		return nil, c.fail(err)
	}
	sizes := make([]int64, len(keys))
	for i, cmd := range cmds {
		switch err := cmd.Err(); {
		case isWrongType(err):
			sizes[i] = notARow
		case err != nil:
			return nil, c.fail(err)
		default:
			sizes[i] = cmd.Val()
		}
	}
	return sizes, nil
}

func isWrongType(err error) bool { return redis.HasErrorPrefix(err, "WRONGTYPE") }

// checkSize reports why a content of that size must not be fetched.
func checkSize(size int64) error {
	switch {
	case size == notARow:
		return fmt.Errorf("%w: its key is not a hash", ErrDamaged)
	case size > maxStoredBytes:
		return fmt.Errorf("%w: %d bytes stored, at most %d", ErrDamaged, size, maxStoredBytes)
	}
	return nil
}

// fitting returns how many of the leading rows with these sizes, which are positive, go into one
// batch: at least one. A row too large to be fetched at all comes alone.
func fitting(sizes []int64) int {
	total := sizes[0]
	for i, size := range sizes[1:] {
		if size > batchBytes-total {
			return i + 1
		}
		total += size
	}
	return len(sizes)
}

// fields reads some fields of several rows; a row that is not there has none.
func (c *Client) fields(ctx context.Context, keys []string, names ...string) ([]map[string]string, error) {
	cmds := make([]*redis.SliceCmd, len(keys))
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			cmds[i] = pipe.HMGet(ctx, key, names...)
		}
		return nil
	})
	if err != nil {
		return nil, c.fail(err)
	}
	rows := make([]map[string]string, len(keys))
	for i, cmd := range cmds {
		rows[i] = make(map[string]string, len(names))
		for k, value := range cmd.Val() {
			if text, ok := value.(string); ok {
				rows[i][names[k]] = text
			}
		}
	}
	return rows, nil
}

// visit gets a row: its fields, none if it expired, or what is wrong with it.
type visit func(host, path string, row map[string]string, damaged error) error

// each calls f for every row of refs in order until f returns an error, which it returns. It holds
// the contents of one batch at a time.
func (c *Client) each(ctx context.Context, d *directory, refs []ref, names []string, f visit) error {
	for window := range slices.Chunk(refs, windowRows) {
		keys := make([]string, len(window))
		for i, r := range window {
			keys[i] = rowKey(d.hosts[r.host], d.paths[r.path])
		}
		sizes, err := c.sizes(ctx, keys)
		for err == nil && len(window) > 0 {
			n := fitting(sizes)
			err = c.eachOf(ctx, d, window[:n], keys[:n], checkSize(sizes[0]), names, f)
			window, keys, sizes = window[n:], keys[n:], sizes[n:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eachOf is each for one batch, which is not fetched if it is damaged.
func (c *Client) eachOf(ctx context.Context, d *directory, batch []ref, keys []string, damaged error, names []string, f visit) error {
	rows := make([]map[string]string, len(batch))
	if damaged == nil {
		var err error
		if rows, err = c.fields(ctx, keys, names...); err != nil {
			return err
		}
	}
	for i, r := range batch {
		if err := f(d.hosts[r.host], d.paths[r.path], rows[i], damaged); err != nil {
			return err
		}
	}
	return nil
}
