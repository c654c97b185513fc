package cache

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Row is a snapshot as the cache has it.
type Row struct {
	Snapshot
	SHA256, MD5 string        // of Content, hex; SHA256 was checked, MD5 is the host's word
	WC          string        // lines, words and bytes of Content: the host's word
	Write       uint64        // the server's number of the write that brought Content
	Seen        time.Time     // when the host was last seen, by the server's clock; zero if never
	Age         time.Duration // since Seen, by the server's clock
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
	names := []string{fieldContent, fieldEnc, fieldSHA256, fieldMD5, fieldStat, fieldWC,
		fieldChanged, fieldNotice, fieldID, fieldBoot, fieldSeq, fieldWrite}
	rows, err := c.fields(ctx, []string{key}, names...)
	if err != nil {
		return Row{}, err
	}
	owner, seen, age, err := c.lastSeen(ctx, host)
	if err != nil {
		return Row{}, err
	}
	fields := make(map[string]string, len(names))
	for i, name := range names {
		fields[name] = rows[0][i]
	}
	if fields[fieldID] == "" || fields[fieldID] != owner {
		return Row{}, c.fail(ErrEmpty)
	}
	row, err := c.newRow(ctx, fields)
	row.Host, row.Path, row.Seen, row.Age = host, path, seen, age
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

// newRow reads the fields of a row.
func (c *Client) newRow(ctx context.Context, fields map[string]string) (Row, error) {
	dec := c.newDecoder()
	defer dec.close()
	content, err := dec.unpack(ctx, packed{c: fields[fieldContent], enc: fields[fieldEnc], sha256: fields[fieldSHA256]})
	if err != nil {
		return Row{}, err
	}
	for _, name := range []string{fieldMD5, fieldStat, fieldWC, fieldNotice, fieldID} {
		if err := checkText(name, fields[name], maxNoteBytes); err != nil {
			return Row{}, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	row := Row{SHA256: fields[fieldSHA256], MD5: fields[fieldMD5], WC: fields[fieldWC]}
	row.Content, row.Stat, row.Notice = content, fields[fieldStat], fields[fieldNotice]
	row.HostID, row.Changed = fields[fieldID], parseTime(fields[fieldChanged])
	for _, n := range []struct {
		name string
		to   *uint64
	}{{fieldBoot, &row.Boot}, {fieldSeq, &row.Seq}, {fieldWrite, &row.Write}} {
		if *n.to, err = strconv.ParseUint(fields[n.name], 10, 64); err != nil {
			return Row{}, fmt.Errorf("%w: %s %s is not a number", ErrDamaged, n.name, quote(fields[n.name]))
		}
	}
	return row, nil
}
