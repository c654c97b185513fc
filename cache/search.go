package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Query says what to search for, and where.
type Query struct {
	Pattern    string        // RE2 syntax, matched against one line at a time; empty matches every line
	Fixed      bool          // Pattern is text, not a regular expression
	IgnoreCase bool          //
	Paths      []string      // globs; none: every path. '*' is any text, slashes too, '?' any character
	Hosts      []string      // globs of host names; none: every host
	Limit      int           // hits; 0: no limit
	StaleAfter time.Duration // silence after which a host's hits are stale; 0 is DefaultStaleAfter
}

// Hit is a line that matches. What hosts write can hold anything but NUL: escape Line for a terminal.
type Hit struct {
	Host, Path string
	LineNo     int           // from 1
	Line       string        // without its line end; of more than 4 KiB, the part around the match and "[...N bytes]"
	Binary     bool          // the content has a NUL byte: this is its one hit, Line is empty
	Changed    time.Time     // when the content changed, by the host's clock; zero if not known
	Seen       time.Time     // when the host was last seen, by the server's clock; zero if never
	Age        time.Duration // since Seen, by the server's clock
	Stale      bool          // Age is above Query.StaleAfter
}

// Summary is what there is to say about a search beside its hits.
type Summary struct {
	Rows      int       // contents that were searched
	Hits      int       //
	Notices   int       // rows without content: too large, unreadable
	Truncated bool      // Limit was reached and there was more
	Missing   []Missing // sites of which no server answered: the answer lacks them, or a part of them
	Damaged   []Damage  // rows that were passed over, at most 100 a site
	DamagedN  int       // how many those were in all
}

// maxDamage bounds Summary.Damaged for each site.
const maxDamage = 100

// Search calls found with every hit, in the order of host, path and line, until found returns an
// error, which it returns. Sites are read at the same time; each takes the memory of one batch of
// contents, some MiB, and of its directory: the names of hosts and paths, and 8 bytes a row.
//
// A site that can't be read doesn't end the search: see Summary.Missing. ErrUnreachable is returned
// when no site can be read, ErrEmpty when all of them are empty. The Summary is good with an error
// too, for what was done until then.
func Search(ctx context.Context, sites []Site, q Query, found func(Hit) error) (Summary, error) {
	m, err := newMatcher(q)
	if err != nil {
		return Summary{}, err
	}
	in, err := newScope(q)
	if err != nil {
		return Summary{}, err
	}
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	searches := make([]*siteSearch, len(sites))
	for i, site := range sites {
		s := newSiteSearch(site, q, in, m)
		searches[i] = s
		running.Go(func() { s.run(reading) })
	}
	var sum Summary
	err = merge(searches, func(h Hit) error {
		if q.Limit > 0 && sum.Hits == q.Limit {
			sum.Truncated = true
			return errEnough
		}
		sum.Hits++
		return found(h)
	})
	cancel()
	running.Wait()
	unread := sum.add(searches)
	switch {
	case errors.Is(err, errEnough):
		return sum, nil
	case err != nil:
		return sum, err
	case ctx.Err() != nil:
		return sum, ctx.Err()
	}
	return sum, unread
}

// errEnough ends a search that has reached its limit.
var errEnough = errors.New("limit reached")

// add takes up what the searches of the sites, which have ended, say. The error is ErrUnreachable or
// ErrEmpty.
func (sum *Summary) add(searches []*siteSearch) error {
	empty := 0
	for _, s := range searches {
		sum.Rows += s.rows
		sum.Notices += s.notices
		sum.Damaged = append(sum.Damaged, s.damaged...)
		sum.DamagedN += s.damagedN
		if errors.Is(s.err, ErrEmpty) {
			empty++
		} else if s.err != nil && !errors.Is(s.err, context.Canceled) {
			sum.Missing = append(sum.Missing, Missing{Site: s.site.Name, Err: s.err})
		}
	}
	return unread(len(searches), empty, sum.Missing)
}

// unread is the error for sites of which none has an answer.
func unread(sites, empty int, missing []Missing) error {
	switch {
	case len(missing) == sites:
		errs := []error{ErrUnreachable}
		for _, m := range missing {
			errs = append(errs, fmt.Errorf("site %q: %w", m.Site, m.Err))
		}
		return errors.Join(errs...)
	case empty == sites:
		return ErrEmpty
	}
	return nil
}

// merge calls found with the hits of all searches, which come in order from each, in order.
func merge(searches []*siteSearch, found func(Hit) error) error {
	heads := make([]*Hit, len(searches)) // nil: that search has ended
	advance := func(i int) {
		heads[i] = nil
		if h, ok := <-searches[i].hits; ok {
			heads[i] = &h
		}
	}
	for i := range searches {
		advance(i)
	}
	for {
		first := -1
		for i, h := range heads {
			if h != nil && (first < 0 || compareNames(h.Host, h.Path, heads[first].Host, heads[first].Path) < 0) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		if err := found(*heads[first]); err != nil {
			return err
		}
		advance(first)
	}
}
