package cache

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/redis/go-redis/v9"
)

const (
	// graceTime is how long segments stay that nothing points to any more: searches may be reading them.
	graceTime = time.Minute
	// draftTime is how long fields of segments stay to which nothing points yet; each batch of fields
	// begins it anew. What an indexer leaves that was killed goes by it.
	draftTime = 10 * time.Minute
	// putBytes is how many bytes of fields are put in one exchange.
	putBytes = 1 << 20
)

// draft puts the fields of a segment to which nothing points yet.
type draft struct {
	client   *Client
	path, id string
	fields   []draftField // that wait for the next exchange
	bytes    int
}

type draftField struct {
	name  string
	value []byte
}

func (c *Client) newDraft(path, id string) *draft { return &draft{client: c, path: path, id: id} }

// put keeps a field until it is worth an exchange.
func (d *draft) put(ctx context.Context, field string, value []byte) error {
	d.fields = append(d.fields, draftField{field, slices.Clone(value)})
	if d.bytes += len(value); d.bytes < putBytes {
		return nil
	}
	return d.flush(ctx)
}

// flush puts what waits.
func (d *draft) flush(ctx context.Context) error {
	if len(d.fields) == 0 {
		return nil
	}
	pack, tri := packKey(d.path, d.id), trigramKey(d.path, d.id)
	// In one transaction: a key without an expiry that nothing points to would stay for ever.
	_, err := d.client.redis.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, f := range d.fields {
			if segment.InIndex(f.name) {
				pipe.HSet(ctx, tri, f.name, f.value)
			} else {
				pipe.HSet(ctx, pack, f.name, f.value)
			}
		}
		pipe.PExpire(ctx, pack, draftTime)
		pipe.PExpire(ctx, tri, draftTime)
		return nil
	})
	d.fields, d.bytes = d.fields[:0], 0
	return d.client.fail(err)
}

// finish puts the table of hosts, which comes last.
func (d *draft) finish(ctx context.Context, entries []entry) error {
	table, err := packHostTable(entries)
	if err != nil {
		return err
	}
	if err := d.put(ctx, fieldHosts, table); err != nil {
		return err
	}
	return d.flush(ctx)
}

// opened is a segment of a path and its table.
type opened struct {
	*segment.Segment
	entries []entry
}

// agree reports whether table and segment are about the same hosts.
func (o opened) agree() error {
	in, n := o.Covered(), 0
	for _, e := range o.entries {
		if e.state == covered {
			n++
		}
		if in.Has(e.ordinal) != (e.state == covered) {
			return fmt.Errorf("%w: table and segment differ in host %q", ErrDamaged, e.name)
		}
	}
	if n != in.Len() {
		return fmt.Errorf("%w: the table lacks hosts of the segment", ErrDamaged)
	}
	return nil
}

// openGenerations opens the segments to which a pointer of path points. It is segment.ErrMissing if one
// of them is gone.
func (c *Client) openGenerations(ctx context.Context, path string, p pointer) ([]opened, error) {
	const meta = "meta" // what segment.Open asks for
	cmds := make([]*redis.SliceCmd, len(p.generations))
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, g := range p.generations {
			cmds[i] = pipe.HMGet(ctx, packKey(path, g.id), fieldHosts, meta)
		}
		return nil
	})
	if err != nil {
		return nil, c.fail(err)
	}
	all := make([]opened, len(cmds))
	for i, cmd := range cmds {
		table, ok := cmd.Val()[0].(string)
		if !ok {
			return nil, fmt.Errorf("%q, generation %q: field %q: %w", path, p.generations[i].id, fieldHosts, segment.ErrMissing)
		}
		if all[i].entries, err = parseHostTable([]byte(table)); err != nil {
			return nil, fmt.Errorf("%q, generation %q: %w", path, p.generations[i].id, err)
		}
		get := c.segmentGet(path, p.generations[i].id)
		first := func(ctx context.Context, fields []string) ([][]byte, error) {
			if value, ok := cmd.Val()[1].(string); ok && slices.Equal(fields, []string{meta}) {
				return [][]byte{[]byte(value)}, nil
			}
			return get(ctx, fields)
		}
		if all[i].Segment, err = segment.Open(ctx, first); err != nil {
			return nil, fmt.Errorf("%q, generation %q: %w", path, p.generations[i].id, err)
		}
		if err := all[i].agree(); err != nil {
			return nil, fmt.Errorf("%q, generation %q: %w", path, p.generations[i].id, err)
		}
	}
	return all, nil
}

// segmentGet returns what gets fields of a segment.
func (c *Client) segmentGet(path, id string) segment.Get {
	return func(ctx context.Context, fields []string) ([][]byte, error) {
		var pack, tri []string
		for _, field := range fields {
			if segment.InIndex(field) {
				tri = append(tri, field)
			} else {
				pack = append(pack, field)
			}
		}
		var fromPack, fromTri *redis.SliceCmd
		_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			if len(pack) > 0 {
				fromPack = pipe.HMGet(ctx, packKey(path, id), pack...)
			}
			if len(tri) > 0 {
				fromTri = pipe.HMGet(ctx, trigramKey(path, id), tri...)
			}
			return nil
		})
		if err != nil {
			return nil, c.fail(err)
		}
		c.meter.keys.Add(int64(len(fields)))
		values := make([][]byte, len(fields))
		nextPack, nextTri := 0, 0
		for i, field := range fields {
			from, next := fromPack, &nextPack
			if segment.InIndex(field) {
				from, next = fromTri, &nextTri
			}
			if value, ok := from.Val()[*next].(string); ok {
				values[i] = []byte(value)
			}
			*next++
		}
		return values, nil
	}
}

// putter is put for package segment.
func (d *draft) putter(ctx context.Context) segment.Put {
	return func(field string, value []byte) error { return d.put(ctx, field, value) }
}
