package cache

import (
	"context"
	"errors"
)

// Fields says what Scan reads of each row besides Host, Path, Notice, Write, Changed, Seen and Age.
type Fields uint8

const (
	// WithContent reads Content, and SHA256, by which it is checked.
	WithContent Fields = 1 << iota
	// WithMeta reads MD5, WC, Stat, HostID, Boot and Seq.
	WithMeta
)

// names are those of the fields of a row that are read.
func (w Fields) names() []string {
	names := []string{fieldChanged, fieldNotice, fieldID, fieldWrite}
	if w&WithContent != 0 {
		names = append(names, fieldContent, fieldEnc, fieldCRC, fieldSHA256)
	}
	if w&WithMeta != 0 {
		names = append(names, fieldMD5, fieldWC, fieldStat, fieldBoot, fieldSeq)
	}
	return names
}

// rowsAhead is how many rows with their contents, which may be large, wait at each place where they do.
const rowsAhead = 1

// Scan calls found with every row in the query's Paths and Hosts, in the order of host and path, until
// found returns an error, which it returns. Rows without content come with their Notice. Of the rest of
// the query Limit and StaleAfter count. The rows of all sites come in one pass; a site takes
// the memory of its directory, as in Search, and of some ten contents.
//
// Sites that can't be read, damaged rows and errors are as for Search, and so is the Summary; its Hits
// are the rows.
func Scan(ctx context.Context, sites []Site, q Query, want Fields, found func(Row) error) (Summary, error) {
	in, err := newScope(q)
	if err != nil {
		return Summary{}, err
	}
	q.Answer, q.NoSegments = Lines, true
	searches := make([]*siteSearch, len(sites))
	for i, site := range sites {
		s := newSiteSearch(site, q, in, matcher{})
		s.scans, s.want, s.ahead, s.hits = true, want, rowsAhead, make(chan outcome, rowsAhead)
		searches[i] = s
	}
	var sum Summary
	err = sum.gather(ctx, searches, func(o outcome) error {
		if err := sum.take(ctx, q.Limit); err != nil {
			return err
		}
		return found(*o.row)
	}, func() error { return nil })
	return sum, err
}

// readRow sends a row itself.
func (s *siteSearch) readRow(ctx context.Context, d *directory, from scanned, dec *decoder, send func(outcome) error) error {
	o := outcome{host: from.host, path: from.path, done: true}
	row, err := dec.row(ctx, from.record, s.want)
	switch {
	case errors.Is(err, ErrDamaged):
		o.damaged = err
		return send(o)
	case err != nil:
		return err
	}
	hit := s.hit(d, from.host, from.path, row.Changed)
	row.Host, row.Path, row.Site, row.Seen, row.Age, row.Stale = from.host, from.path, s.site.Name, hit.Seen, hit.Age, hit.Stale
	o.row, o.notice, o.searched = &row, row.Notice != "", row.Notice == ""
	return send(o)
}
