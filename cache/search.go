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
	Terms      []string      // further patterns, each of which the same line has to match
	Fixed      bool          // Pattern and Terms are text, not regular expressions
	IgnoreCase bool          //
	Paths      []string      // globs; none: every path. '*' is any text, slashes too, '?' any character
	Hosts      []string      // globs of host names; none: every host. 100,000 names without a glob are looked up quickly
	Object     string        // text without '#' that HOST#PATH contains; empty: any
	Limit      int           // hits; 0: no limit
	StaleAfter time.Duration // silence after which a host's hits are stale; 0 is DefaultStaleAfter

	Dead map[string]bool // names of hosts whose hits are stale however lately they were seen; may be nil

	Answer      Answer // what a hit is
	LineNumbers bool   // of every hit, also where that means to read contents that segments know
	NoSegments  bool   // read the contents themselves only

	Asker    Asker     // who asks: the servers that are read tell on AuditChannel
	Progress *Progress // is kept up to date while the search runs; nil: nobody asks
}

// Answer is what a hit of a search is.
type Answer uint8

const (
	// Lines are hits with host, path and line.
	Lines Answer = iota
	// Distinct lines of each path are hits with how many hosts have them and how often. They come in
	// the order of path and line, when all has been searched.
	Distinct
	// HostsWith are hosts with a line that matches, in the order of names, when all has been searched.
	HostsWith
	// HostsWithout are the other hosts with a content that was searched.
	HostsWithout
)

// Hit is one part of the answer. What hosts write can hold anything but NUL: escape Line for a terminal.
// Distinct lines have no host and no times; HostsWith and HostsWithout give the host and its age only.
type Hit struct {
	Site       string // with Lines only
	Host, Path string
	LineNo     int           // from 1; 0 if not known, see Query.LineNumbers: lines come in nearly the order of the file then
	Line       string        // without its line end; of more than 4 KiB, the part around the match and "[...N bytes]"
	Binary     bool          // the content has a NUL byte: this is its one hit, Line is empty
	Hosts      int           // that have a distinct line
	Times      int           // how often a distinct line is in all their contents
	Changed    time.Time     // when the content changed, by the host's clock; zero if not known
	Seen       time.Time     // when the host was last seen, by the server's clock; zero if never
	Age        time.Duration // since Seen, by the server's clock
	Stale      bool          // Age is above Query.StaleAfter, or the host is in Query.Dead
}

// Summary is what there is to say about a search beside its hits.
type Summary struct {
	Rows      int       // contents that were searched
	Segmented int       // of these, in segments
	Doubts    []error   // why sites with segments were read without them: ErrDamaged and the like
	Hits      int       //
	Notices   int       // rows without content: too large, unreadable
	Truncated bool      // Limit was reached and there was more
	Missing   []Missing // sites that the answer lacks, or a part of which it lacks
	Damaged   []Damage  // rows that were passed over, at most 100 a site
	DamagedN  int       // how many those were in all
	Elsewhere int       // rows that were damaged on one server and read from another of the site
	Costs     []Cost    // of each server that was read
	Audits    []Audit   // what each of them was to tell on AuditChannel
	Untold    []error   // why some of them could not; ErrDenied for a reader without the right to PUBLISH
}

// maxDamage bounds Summary.Damaged for each site.
const maxDamage = 100

// ErrTooMany is returned when the distinct lines of an answer are more than a search holds.
var ErrTooMany = errors.New("too many distinct lines")

// Search calls found with every hit until found returns an error, which it returns. Lines come in the
// order of host, path and line. Sites are read at the same time; each takes the memory of a few batches
// of contents, some MiB each, and of its directory: the names of hosts and paths, and 8 bytes a row.
//
// Where there are segments they are searched, and only what changed since is read itself. The hits are
// the same either way.
//
// A site that can't be read doesn't end the search: see Summary.Missing. ErrUnreachable is returned
// when no site can be read, ErrEmpty when all of them are empty. The Summary is good with an error
// too, for what was done until then. So is the answer of a search that is cancelled, but that it has no
// HostsWithout, who can't be known before the end.
func Search(ctx context.Context, sites []Site, q Query, found func(Hit) error) (Summary, error) {
	m, err := newMatcher(q)
	if err != nil {
		return Summary{}, err
	}
	in, err := newScope(q)
	if err != nil {
		return Summary{}, err
	}
	searches := make([]*siteSearch, len(sites))
	for i, site := range sites {
		searches[i] = newSiteSearch(site, q, in, m)
	}
	var sum Summary
	limited := func(h Hit) error {
		if err := sum.take(ctx, q.Limit); err != nil {
			return err
		}
		return found(h)
	}
	each := func(o outcome) error {
		for _, hit := range o.hits {
			if err := limited(hit); err != nil {
				return err
			}
		}
		return nil
	}
	atEnd := func() error {
		if q.Answer == Lines || q.Answer == HostsWithout && ctx.Err() != nil {
			return nil
		}
		return report(searches, q.Answer, func(h Hit) error {
			if err := sum.take(context.WithoutCancel(ctx), q.Limit); err != nil {
				return err
			}
			return found(h)
		})
	}
	err = sum.gather(ctx, searches, each, atEnd)
	return sum, err
}

// take counts a hit that is about to be told, if it may be: hits that wait are many.
func (sum *Summary) take(ctx context.Context, limit int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if limit > 0 && sum.Hits == limit {
		sum.Truncated = true
		return errEnough
	}
	sum.Hits++
	return nil
}

// gather runs searches, calls each with what they find in order, and atEnd when all have ended well.
func (sum *Summary) gather(ctx context.Context, searches []*siteSearch, each func(outcome) error, atEnd func() error) error {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	for _, s := range searches {
		s.query.Progress.planSites(1)
		running.Go(func() { s.run(reading) })
	}
	err := merge(searches, each)
	if err == nil {
		running.Wait()
		err = atEnd()
	}
	cancel()
	running.Wait()
	unread := sum.add(searches)
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err != nil:
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return unread
}

// errEnough ends a search that has reached its limit.
var errEnough = errors.New("limit reached")

// add takes up what the searches of the sites, which have ended, say. The error is ErrUnreachable or
// ErrEmpty.
func (sum *Summary) add(searches []*siteSearch) error {
	sites, errs := make([]Site, len(searches)), make([]error, len(searches))
	for i, s := range searches {
		sites[i], errs[i] = s.site, s.err
		sum.Rows += s.rows
		sum.Segmented += s.segmented
		sum.Notices += s.notices
		sum.Elsewhere += s.elsewhere
		sum.Costs = append(sum.Costs, s.costs...)
		sum.Audits = append(sum.Audits, s.audits...)
		sum.Untold = append(sum.Untold, s.untold...)
		if s.doubt != nil {
			sum.Doubts = append(sum.Doubts, fmt.Errorf("site %q: %w", s.site.Name, s.doubt))
		}
		sum.Damaged = append(sum.Damaged, s.damaged...)
		sum.DamagedN += s.damagedN
	}
	var err error
	sum.Missing, err = missingOf(sites, errs)
	return err
}

// missingOf are the sites that an answer lacks, by how the reading of each ended. One that is empty where
// others are not has perhaps just lost what it held. The error is for sites of which none has an answer:
// ErrUnreachable, or ErrEmpty where all are empty.
func missingOf(sites []Site, errs []error) (missing []Missing, err error) {
	empty := 0
	unreachable := []error{ErrUnreachable}
	for i, err := range errs {
		switch {
		case err == nil || errors.Is(err, context.Canceled):
			continue
		case errors.Is(err, ErrEmpty):
			empty++
		default:
			unreachable = append(unreachable, fmt.Errorf("site %q: %w", sites[i].Name, err))
		}
		missing = append(missing, Missing{Site: sites[i].Name, Err: err})
	}
	switch len(sites) {
	case len(unreachable) - 1:
		return missing, errors.Join(unreachable...)
	case empty:
		return nil, ErrEmpty
	}
	return missing, nil
}

// merge calls each with what all searches find, which comes in order from each, in order.
func merge(searches []*siteSearch, each func(outcome) error) error {
	heads, open := make([]outcome, len(searches)), make([]bool, len(searches))
	for i, s := range searches {
		heads[i], open[i] = <-s.hits
	}
	for {
		first := -1
		for i, o := range heads {
			if open[i] && (first < 0 || compareNames(o.host, o.path, heads[first].host, heads[first].path) < 0) {
				first = i
			}
		}
		if first < 0 {
			return nil
		}
		if err := each(heads[first]); err != nil {
			return err
		}
		heads[first], open[first] = <-searches[first].hits
	}
}
