package cache

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// dueMargin is how long before its time a row is looked at: an in-process server lets rows expire in
	// steps, and clocks of a server may be set.
	dueMargin = 30 * time.Second
	// maxPosted and maxPostedBytes bound what segments find in one site, some 32 bytes each, and its
	// lines: beyond, reading contents one after the other is the better way.
	maxPosted      = 1 << 19
	maxPostedBytes = 16 << 20
	// lookupWorkers read one segment at the same time.
	lookupWorkers = 2
)

// ErrBroad is among Summary.Doubts when segments had too much to tell, which is no fault of theirs.
var ErrBroad = errors.New("more is found in segments than is held at once")

// plan is what segments know already, and the refs of the rows to be read.
type plan struct {
	*directory
	posted []posted // in the order of the answer
	lines  []string
	bytes  int // of lines
	known  []knownRow
}

// posted is a line that a segment knows one host to have.
type posted struct {
	ref
	line    uint32 // in the plan's lines
	times   uint32
	rank    uint64
	changed int64
}

// knownRow is a row that a segment has searched.
type knownRow struct {
	host string
	path uint32
}

// countAfter counts the known rows behind that of (host, path).
func (p *plan) countAfter(host, path string) int {
	if host == "" {
		return len(p.known)
	}
	n := 0
	for _, k := range p.known {
		if compareNames(k.host, p.paths[k.path], host, path) > 0 {
			n++
		}
	}
	return n
}

// planSegments searches the segments that there are, and plans to read the rest.
func (s *siteSearch) planSegments(ctx context.Context, c *Client) (*plan, error) {
	d, pointers, err := c.newDirectory(ctx, s.in)
	if err != nil {
		return nil, err
	}
	p := &plan{directory: d}
	var whole []uint32 // paths that are read in whole
	for i, path := range d.paths {
		pointer, err := parsePointer(pointers[path])
		if err != nil {
			return nil, c.fail(err)
		}
		if !pointer.usable() {
			whole = append(whole, uint32(i))
			continue
		}
		look := lookup{siteSearch: s, client: c, plan: p, path: uint32(i)}
		if err := look.run(ctx, pointer); err != nil {
			return nil, err
		}
	}
	if err := c.addPaths(ctx, d, whole, s.in); err != nil {
		return nil, err
	}
	d.sort(p.posted)
	slices.SortFunc(p.posted, func(a, b posted) int {
		return cmp.Or(compareRefs(a.ref, b.ref), cmp.Compare(a.rank, b.rank), cmp.Compare(a.line, b.line))
	})
	return p, nil
}

// changesSince returns the hosts whose rows at path may not be what they were at a write: changed, gone,
// expired, or taken over; and the pointer as it was after that.
func (c *Client) changesSince(ctx context.Context, path string, write uint64, now time.Time) (map[string]bool, pointer, error) {
	since := &redis.ZRangeBy{Min: "(" + strconv.FormatUint(write, 10), Max: "+inf"}
	due := &redis.ZRangeBy{Min: "-inf", Max: strconv.FormatInt(now.Add(dueMargin).UnixMilli(), 10)}
	var lists [4]*redis.StringSliceCmd
	var text *redis.StringCmd
	_, err := c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		lists[0] = pipe.ZRangeByScore(ctx, indexKey(path), since)
		lists[1] = pipe.ZRangeByScore(ctx, goneKey(path), since)
		lists[2] = pipe.ZRangeByScore(ctx, dueKey(path), due)
		lists[3] = pipe.ZRangeByScore(ctx, keyMoved, since)
		text = pipe.HGet(ctx, keySegments, path)
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, pointer{}, c.fail(err)
	}
	late := map[string]bool{}
	for _, list := range lists {
		for _, host := range list.Val() {
			late[host] = true
		}
	}
	p, err := parsePointer(text.Val())
	return late, p, c.fail(err)
}

// deliverPosted tells what segments found before the row of until, or all that is left.
func (s *siteSearch) deliverPosted(ctx context.Context, p *plan, until *outcome) error {
	for len(p.posted) > 0 {
		r := p.posted[0].ref
		host, path := p.hosts[r.host], p.paths[r.path]
		if until != nil && compareNames(host, path, until.host, until.path) > 0 {
			return nil
		}
		n := 1
		for n < len(p.posted) && p.posted[n].ref == r {
			n++
		}
		row := p.posted[:n]
		p.posted = p.posted[n:]
		if !p.behind(r, s.doneHost, s.donePath) {
			continue
		}
		if err := s.tellRow(ctx, p, row); err != nil {
			return err
		}
		s.doneHost, s.donePath = host, path
	}
	return nil
}

// tellRow tells the lines of one row.
func (s *siteSearch) tellRow(ctx context.Context, p *plan, row []posted) error {
	o := outcome{host: p.hosts[row[0].host], path: p.paths[row[0].path]}
	hit := s.hit(p.directory, o.host, o.path, fromMillis(row[0].changed))
	for _, line := range row {
		hit.Line = p.lines[line.line]
		for range line.times {
			if o.hits = append(o.hits, hit); len(o.hits) < hitsAtOnce {
				continue
			}
			if err := s.tell(ctx, o); err != nil {
				return err
			}
			o.hits = nil
		}
	}
	return s.tell(ctx, o)
}
