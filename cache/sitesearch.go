package cache

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// siteSearch is a search in one site. All but hits is for its own goroutine until hits is closed.
type siteSearch struct {
	site       Site
	matcher    matcher
	in         scope
	staleAfter time.Duration
	hits       chan Hit // closed when the search has ended

	doneHost, donePath string // the last row that was done: where another server goes on
	rows, notices      int
	damaged            []Damage
	damagedN           int
	err                error
}

func newSiteSearch(site Site, q Query, in scope, m matcher) *siteSearch {
	return &siteSearch{
		site: site, matcher: m, in: in,
		staleAfter: cmp.Or(q.StaleAfter, DefaultStaleAfter),
		hits:       make(chan Hit, 64),
	}
}

func (s *siteSearch) run(ctx context.Context) {
	defer close(s.hits)
	s.err = s.site.read(ctx, s.search)
}

// search goes through the rows of one server, behind those that another has done already.
func (s *siteSearch) search(ctx context.Context, c *Client) error {
	d, err := c.directory(ctx, s.in)
	if err != nil {
		return err
	}
	dec := newDecoder()
	defer dec.close()
	names := []string{fieldContent, fieldEnc, fieldSHA256, fieldChanged, fieldNotice, fieldID}
	return c.each(ctx, d, d.after(s.doneHost, s.donePath), names, func(host, path string, row map[string]string, damaged error) error {
		if err := s.searchRow(ctx, d, dec, host, path, row, damaged); err != nil {
			return err
		}
		s.doneHost, s.donePath = host, path
		return nil
	})
}

func (s *siteSearch) searchRow(ctx context.Context, d *directory, dec *decoder, host, path string, row map[string]string, damaged error) error {
	var content []byte
	if damaged == nil {
		if row[fieldID] == "" || row[fieldID] != d.ids[host] {
			return nil // expired, or of a host that had this name before
		}
		content, damaged = dec.unpack(packed{c: row[fieldContent], enc: row[fieldEnc], sha256: row[fieldSHA256]})
	}
	if damaged != nil {
		s.damagedN++
		if len(s.damaged) < maxDamage {
			s.damaged = append(s.damaged, Damage{Site: s.site.Name, Host: host, Path: path, Err: damaged})
		}
		return nil
	}
	if row[fieldNotice] != "" {
		s.notices++
		return nil
	}
	s.rows++
	hit := Hit{Host: host, Path: path, Changed: parseTime(row[fieldChanged]), Seen: d.seen[host], Age: silence(d.now, d.seen[host]), Binary: binary(content)}
	hit.Stale = hit.Age > s.staleAfter
	return s.send(ctx, hit, content)
}

// errOnce ends the search of a binary content after its first hit.
var errOnce = errors.New("one hit is enough")

// send sends the hits of a row.
func (s *siteSearch) send(ctx context.Context, hit Hit, content []byte) error {
	err := s.matcher.lines(content, func(number int, line []byte, at int) error {
		hit.LineNo = number
		if !hit.Binary {
			hit.Line = clip(line, at)
		}
		select {
		case s.hits <- hit:
		case <-ctx.Done():
			return ctx.Err()
		}
		if hit.Binary {
			return errOnce
		}
		return nil
	})
	if errors.Is(err, errOnce) {
		return nil
	}
	return err
}
