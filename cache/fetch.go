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

// record is fields of a row as read: anything may stand in them, and "" for what is not there.
type record struct{ names, values []string }

func (r record) get(name string) string {
	if i := slices.Index(r.names, name); i >= 0 {
		return r.values[i]
	}
	return ""
}

// records reads some fields of several rows.
func (c *Client) records(ctx context.Context, keys []string, names ...string) ([]record, error) {
	cmds := make([]*redis.SliceCmd, len(keys))
	hmget := []any{"hmget", ""} // Pipeliner.HMGet would allocate the names anew for each key
	for _, name := range names {
		hmget = append(hmget, name)
	}
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			args := slices.Clone(hmget)
			args[1] = key
			cmds[i] = redis.NewSliceCmd(ctx, args...)
			if err := pipe.Process(ctx, cmds[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, c.fail(err)
	}
	c.meter.keys.Add(int64(len(keys)))
	rows := make([]record, len(keys))
	for i, cmd := range cmds {
		rows[i] = record{names: names, values: make([]string, len(names))}
		for k, value := range cmd.Val() {
			rows[i].values[k], _ = value.(string)
		}
	}
	return rows, nil
}

// scanned is what a scan reads of a row.
type scanned struct {
	host, path string
	record
	packed
	changed, notice, id string // id is "" if the row is not there
	damaged             error  // why it was not fetched
}

// batch is rows that are fetched in one exchange: a part of a directory's refs.
type batch struct {
	refs    []ref
	damaged error // the reason not to fetch it
}

// batches calls f with refs in batches, in order, until f returns an error, which it returns. Rows of
// which the content is not wanted are many to a batch, however large it is.
func (c *Client) batches(ctx context.Context, d *directory, refs []ref, content bool, f func(batch) error) error {
	for window := range slices.Chunk(refs, windowRows) {
		sizes, err := c.sizes(ctx, d.keys(window))
		for i := range sizes {
			if !content && sizes[i] != notARow {
				sizes[i] = 0
			}
		}
		for err == nil && len(window) > 0 {
			n := fitting(sizes)
			err = f(batch{window[:n], checkSize(sizes[0])})
			window, sizes = window[n:], sizes[n:]
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// searchedFields are what is read of a row whose content is searched.
func searchedFields() []string {
	return []string{fieldContent, fieldEnc, fieldCRC, fieldSHA256, fieldChanged, fieldNotice, fieldID}
}

// scan fetches the rows of a batch, with the fields of these names.
func (c *Client) scan(ctx context.Context, d *directory, b batch, names []string) ([]scanned, error) {
	rows := make([]scanned, len(b.refs))
	for i, r := range b.refs {
		rows[i] = scanned{host: d.hosts[r.host], path: d.paths[r.path], damaged: b.damaged}
	}
	if b.damaged != nil {
		return rows, nil
	}
	records, err := c.records(ctx, d.keys(b.refs), names...)
	if err != nil {
		return nil, err
	}
	for i, r := range records {
		rows[i].record, rows[i].packed = r, r.packed()
		rows[i].changed, rows[i].notice, rows[i].id = r.get(fieldChanged), r.get(fieldNotice), r.get(fieldID)
	}
	return rows, nil
}
