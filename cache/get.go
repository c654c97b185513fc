package cache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Row is a snapshot as the cache has it.
type Row struct {
	Snapshot
	Site        string        // that it was read from
	SHA256, MD5 string        // of Content, hex; SHA256 was checked, MD5 is the host's word
	WC          string        // lines, words and bytes of Content: the host's word
	Write       uint64        // the server's number of the write that brought Content
	Seen        time.Time     // when the host was last seen, by the server's clock; zero if never
	Age         time.Duration // since Seen, by the server's clock
	Stale       bool          // Age is above Query.StaleAfter, for Get DefaultStaleAfter, or the host is in Query.Dead
}

// Get returns what the host has at path. It is ErrNotFound when no server of the site has it, and
// ErrDamaged when what a server has can't be what the host wrote.
func Get(ctx context.Context, site Site, host, path string) (Row, error) {
	if err := errors.Join(checkHostName(host), checkPath(path)); err != nil {
		return Row{}, invalid(err)
	}
	var row Row
	err := site.read(ctx, func(ctx context.Context, c *Client) (err error) {
		row, err = c.get(ctx, host, path)
		return err
	})
	row.Site = site.Name
	if errors.Is(err, ErrEmpty) {
		err = ErrNotFound
	}
	if err != nil {
		return Row{}, fmt.Errorf("site %q, host %q, %q: %w", site.Name, host, path, err)
	}
	return row, nil
}

// get is Get on one server. It returns ErrEmpty for what is not there, so that another server is asked.
func (c *Client) get(ctx context.Context, host, path string) (Row, error) {
	key := rowKey(host, path)
	sizes, err := c.sizes(ctx, []string{key})
	if err != nil {
		return Row{}, err
	}
	if err := checkSize(sizes[0]); err != nil {
		return Row{}, c.fail(err)
	}
	rows, err := c.records(ctx, []string{key}, (WithContent | WithMeta).names()...)
	if err != nil {
		return Row{}, err
	}
	owner, seen, age, err := c.lastSeen(ctx, host)
	if err != nil {
		return Row{}, err
	}
	if id := rows[0].get(fieldID); id == "" || id != owner {
		return Row{}, c.fail(ErrEmpty)
	}
	dec := c.newDecoder()
	defer dec.close()
	row, err := dec.row(ctx, rows[0], WithContent|WithMeta)
	row.Host, row.Path, row.Seen, row.Age, row.Stale = host, path, seen, age, age > DefaultStaleAfter
	return row, c.fail(err)
}

// lastSeen returns the id of the host that has the name, and when it was seen.
func (c *Client) lastSeen(ctx context.Context, host string) (id string, seen time.Time, age time.Duration, err error) {
	var now *redis.TimeCmd
	var owner *redis.StringCmd
	var score *redis.FloatCmd
	_, err = c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		now, owner, score = pipe.Time(ctx), pipe.HGet(ctx, keyIDs, host), pipe.ZScore(ctx, keyHosts, host)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", time.Time{}, 0, c.fail(err)
	}
	if score.Err() == nil {
		seen = fromScore(score.Val())
	}
	return owner.Val(), seen, silence(now.Val(), seen), nil
}

// row reads the fields of a row that are wanted. It is ErrDamaged for what can't be a host's.
func (d *decoder) row(ctx context.Context, r record, want Fields) (Row, error) {
	row := Row{SHA256: r.get(fieldSHA256), MD5: r.get(fieldMD5), WC: r.get(fieldWC)}
	row.Stat, row.Notice, row.HostID, row.Changed = r.get(fieldStat), r.get(fieldNotice), r.get(fieldID), parseTime(r.get(fieldChanged))
	if want&WithContent != 0 {
		content, err := d.unpack(ctx, r.packed())
		if err != nil {
			return Row{}, err
		}
		row.Content = slices.Clone(content)
	}
	for _, name := range []string{fieldMD5, fieldStat, fieldWC, fieldNotice, fieldID} {
		if err := checkText(name, r.get(name), maxNoteBytes); err != nil {
			return Row{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	for _, n := range []struct {
		name string
		to   *uint64
	}{{fieldBoot, &row.Boot}, {fieldSeq, &row.Seq}, {fieldWrite, &row.Write}} {
		if !slices.Contains(r.names, n.name) {
			continue
		}
		var err error
		if *n.to, err = strconv.ParseUint(r.get(n.name), 10, 64); err != nil {
			return Row{}, fmt.Errorf("%w: %s %s is not a number", ErrDamaged, n.name, quote(r.get(n.name)))
		}
	}
	return row, nil
}
