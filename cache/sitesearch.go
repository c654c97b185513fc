package cache

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/assim-mesh/assim/cache/lines"
	"github.com/assim-mesh/assim/cache/segment"
)

// siteSearch is a search in one site. All but hits is for its own goroutine until hits is closed.
type siteSearch struct {
	site    Site
	query   Query
	matcher matcher
	in      scope
	hits    chan outcome // with hits of one row, or it; closed when the search has ended
	ahead   int          // outcomes of a batch that wait until it is its turn
	scans   bool         // rows themselves are told, not what is found in them
	want    Fields       // of the rows
	tally   *tally       // nil for an answer of lines
	bases   knownBases   // of what is scanned
	room    int          // for what segments find: maxPosted, but in tests

	doneHost, donePath string // the last row that was done: where another server goes on
	rows, notices      int
	segmented          int
	elsewhere          int
	doubt              error
	damaged            []Damage
	damagedN           int
	planned, done      int // rows, as Query.Progress has them
	costs              []Cost
	found              int // hits on the server that is being read
	audits             []Audit
	untold             []error
	err                error
}

func newSiteSearch(site Site, q Query, in scope, m matcher) *siteSearch {
	q.StaleAfter = cmp.Or(q.StaleAfter, DefaultStaleAfter)
	return &siteSearch{site: site, query: q, matcher: m, in: in, room: maxPosted, ahead: hitsAtOnce, want: WithContent, hits: make(chan outcome, 16)}
}

// stale reports whether what a host has, seen so long ago, is no longer what it is.
func (q Query) stale(host string, age time.Duration) bool { return age > q.StaleAfter || q.Dead[host] }

func (s *siteSearch) run(ctx context.Context) {
	defer close(s.hits)
	s.err = s.site.read(ctx, s.search)
	if ctx.Err() == nil {
		s.query.Progress.siteDone()
	}
}

// search goes through the rows of one server, behind those that another has done already; an answer
// that is told in the end is begun anew.
func (s *siteSearch) search(ctx context.Context, c *Client) error {
	start := time.Now()
	s.found = 0
	err := s.searchRows(ctx, c)
	cost := c.cost(s.site.Name, start)
	s.costs = append(s.costs, cost)
	s.audit(ctx, c, cost, err)
	return err
}

// audit has the server tell what was read of it.
func (s *siteSearch) audit(ctx context.Context, c *Client, cost Cost, err error) {
	a := newAudit(s.query, cost, cmp.Or(err, ctx.Err()))
	a.Kind, a.Hits = auditSearch, s.found
	if s.scans {
		a.Kind = auditScan
	}
	if s.tally != nil {
		a.Hits = s.tally.hits()
	}
	told, err := c.audit(ctx, a)
	s.audits = append(s.audits, told)
	if err != nil {
		s.untold = append(s.untold, err)
	}
}

func (s *siteSearch) searchRows(ctx context.Context, c *Client) error {
	if s.query.Answer != Lines {
		s.tally = newTally(s.query.Answer)
		s.doneHost, s.donePath, s.rows, s.segmented, s.notices = "", "", 0, 0, 0
		s.progress(0, -s.done)
	}
	p, err := s.plan(ctx, c)
	if err != nil {
		return err
	}
	if err := c.meet(ctx, p.directory); err != nil {
		return err
	}
	behind := p.countAfter(s.doneHost, s.donePath)
	s.progress(s.done+behind+len(p.after(s.doneHost, s.donePath))-s.planned, 0)
	err = s.scan(ctx, c, p)
	if err == nil {
		err = s.deliverPosted(ctx, p, nil)
	}
	if err != nil { // what is behind is for the next server
		behind -= p.countAfter(s.doneHost, s.donePath)
	}
	s.rows += behind
	s.segmented += behind
	s.progress(0, behind)
	s.tally.meet(p.directory, s.query)
	return err
}

// progress adds to the rows that are planned, and to those that are done.
func (s *siteSearch) progress(planned, done int) {
	s.planned += planned
	s.done += done
	s.query.Progress.planRows(planned)
	s.query.Progress.rowsDone(done)
}

// plan decides what is read where, without segments if there is anything wrong with them. What a plan
// says is not told before all of it is known, so that it can be thrown away.
func (s *siteSearch) plan(ctx context.Context, c *Client) (*plan, error) {
	if s.query.NoSegments {
		return s.planTruth(ctx, c)
	}
	var doubt error
	for range 2 { // a generation that went while it was looked at has a successor
		p, err := s.planSegments(ctx, c)
		if !dubious(err) {
			return p, err
		}
		doubt = err
		if s.tally != nil {
			s.tally = newTally(s.query.Answer)
		}
		if !errors.Is(err, segment.ErrMissing) {
			break
		}
	}
	s.doubt = doubt
	return s.planTruth(ctx, c)
}

// dubious reports whether err says that segments can't be used, and nothing worse.
func dubious(err error) bool {
	return errors.Is(err, segment.ErrMissing) || errors.Is(err, segment.ErrDamaged) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrBroad)
}

func (s *siteSearch) planTruth(ctx context.Context, c *Client) (*plan, error) {
	d, err := c.directory(ctx, s.in)
	return &plan{directory: d}, err
}

// deliver takes what was found in a row, behind what segments have before it.
func (s *siteSearch) deliver(ctx context.Context, p *plan, o outcome) error {
	if o.err != nil {
		return o.err
	}
	if err := s.deliverPosted(ctx, p, &o); err != nil {
		return err
	}
	if o.damaged != nil {
		o = s.readElsewhere(ctx, p.directory, o)
	}
	if o.searched {
		s.rows++
	}
	if o.notice {
		s.notices++
	}
	if err := s.tell(ctx, o); err != nil {
		return err
	}
	if o.done {
		s.doneHost, s.donePath = o.host, o.path
		s.progress(0, 1)
	}
	return nil
}

// tell sends hits on, or counts them.
func (s *siteSearch) tell(ctx context.Context, o outcome) error {
	switch {
	case s.tally != nil:
		return s.tally.add(o)
	case len(o.hits) == 0 && o.row == nil:
		return nil
	}
	s.found += len(o.hits)
	if o.row != nil {
		s.found++
	}
	select {
	case s.hits <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readElsewhere asks the other servers of the site for a row that is damaged on this one. If none has
// it the row is passed over and said to be damaged. A site with more than maxDamage of them is not worth
// asking for the rest.
func (s *siteSearch) readElsewhere(ctx context.Context, d *directory, o outcome) outcome {
	if s.elsewhere+s.damagedN < maxDamage {
		err := s.site.read(ctx, func(ctx context.Context, c *Client) error {
			row, err := c.get(ctx, o.host, o.path)
			if err != nil {
				return err
			}
			other := outcome{host: o.host, path: o.path, done: true, notice: row.Notice != "", searched: row.Notice == ""}
			switch {
			case s.scans:
				row.Site, row.Stale = s.site.Name, s.query.stale(o.host, row.Age)
				if s.want&WithContent == 0 {
					row.Content = nil
				}
				other.row = &row
			case other.searched:
				hit := s.hit(d, o.host, o.path, row.Changed)
				hit.Seen, hit.Age = row.Seen, row.Age
				other.hits, err = s.find(lines.Whole(row.Content), hit, func(hits []Hit) error {
					return s.tell(ctx, outcome{host: o.host, path: o.path, hits: hits})
				})
			}
			o = other
			return err
		})
		if err == nil {
			s.elsewhere++
			return o
		}
	}
	s.damagedN++
	if len(s.damaged) < maxDamage {
		s.damaged = append(s.damaged, Damage{Site: s.site.Name, Host: o.host, Path: o.path, Err: o.damaged})
	}
	o.hits = nil
	return o
}
