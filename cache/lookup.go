package cache

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/assim-mesh/assim/cache/segment"
)

// lookup is the search of one path in its segments.
type lookup struct {
	*siteSearch
	client *Client
	plan   *plan
	path   uint32

	segments []opened
	masked   []segment.Hosts // of each segment: hosts that don't count in it
	byHost   []*entry        // by ordinal; nil for a host that counts in no segment
}

// run searches segments and adds to the plan what they know, and the rows that are newer.
func (l *lookup) run(ctx context.Context, p pointer) error {
	late, err := l.open(ctx, p)
	if err != nil {
		return err
	}
	l.mask(late)
	for i, s := range l.segments {
		if err := l.search(ctx, s.Segment, l.masked[i]); err != nil {
			return fmt.Errorf("%q: %w", l.plan.paths[l.path], err)
		}
	}
	for _, e := range l.byHost {
		if e != nil {
			l.plan.known = append(l.plan.known, knownRow{e.name, l.path})
		}
	}
	return nil
}

// open opens the segments and returns the hosts that changed, or may have, since they were made. The
// pointer is looked at again after that, because what it covers is forgotten when it changes.
func (l *lookup) open(ctx context.Context, p pointer) (late map[string]bool, err error) {
	path := l.plan.paths[l.path]
	for range 3 {
		if l.segments, err = l.client.openGenerations(ctx, path, p); err != nil {
			return nil, err
		}
		var now pointer
		if late, now, err = l.client.changesSince(ctx, path, p.covers(), l.plan.now); err != nil {
			return nil, err
		}
		if now.text == p.text {
			return late, nil
		}
		if p = now; !p.usable() {
			break
		}
	}
	return nil, fmt.Errorf("%q: its segments change: %w", path, segment.ErrMissing)
}

// mask decides for each host where it counts: in the last segment that knows it, or in its row, which
// then is planned to be read.
func (l *lookup) mask(late map[string]bool) {
	var decided segment.Hosts
	hosts := l.in.hostsAt(l.plan.paths[l.path])
	l.masked = make([]segment.Hosts, len(l.segments))
	for i, s := range slices.Backward(l.segments) {
		for k := range s.entries {
			e := &s.entries[k]
			if decided.Has(e.ordinal) {
				l.masked[i].Add(e.ordinal)
				continue
			}
			decided.Add(e.ordinal)
			isLate := late[e.name]
			switch {
			case e.state == covered && !isLate && hosts.match(e.name):
				l.keep(e)
				continue
			case e.state == live || isLate:
				l.plan.add(e.name, l.path, hosts)
			}
			l.masked[i].Add(e.ordinal)
		}
	}
	for host := range late { // those that no segment knows too; a row twice is one
		l.plan.add(host, l.path, hosts)
	}
}

// keep notes that a host counts in a segment.
func (l *lookup) keep(e *entry) {
	if int(e.ordinal) >= len(l.byHost) {
		l.byHost = slices.Grow(l.byHost, int(e.ordinal)+1-len(l.byHost))[:e.ordinal+1]
	}
	l.byHost[e.ordinal] = e
	if l.tally != nil && l.query.Answer != Distinct {
		l.tally.host(e.name, false)
		l.plan.host(e.name, nameSet{}) // its age will be told
	}
}

// search looks up the lines that match in one segment.
func (l *lookup) search(ctx context.Context, s *segment.Segment, masked segment.Hosts) error {
	q := segment.Query{Trigrams: l.matcher.trigrams, Literal: l.matcher.literal, Masked: masked,
		Distinct: l.query.Answer == Distinct, Workers: lookupWorkers}
	if !l.matcher.literalOnly() {
		q.Match = func(line []byte) bool { return l.matcher.find(line) >= 0 }
	}
	return s.Lookup(ctx, q, func(h segment.Hit) error {
		switch {
		case l.query.Answer == Distinct:
			return l.tally.line(pathLine{path: l.plan.paths[l.path], line: string(h.Line)}, h.Hosts, h.Times)
		case l.query.Answer == Lines && !l.query.LineNumbers:
			return l.post(h)
		}
		for _, in := range h.In {
			l.match(in.Host)
		}
		return nil
	})
}

// match notes that a host has a line, which is all that counts, or a reason to read its row.
func (l *lookup) match(ordinal uint32) {
	e := l.byHost[ordinal]
	switch {
	case e == nil: // was found already
	case l.tally != nil:
		l.tally.host(e.name, true)
	default:
		l.plan.add(e.name, l.path, nameSet{})
		l.byHost[ordinal] = nil
	}
}

// post adds a line and its hosts to the plan.
func (l *lookup) post(h segment.Hit) error {
	p := l.plan
	line := clip(h.Line, l.matcher.find(h.Line))
	p.lines = append(p.lines, line)
	if p.bytes += len(line); len(p.posted)+len(h.In) > l.room || p.bytes > maxPostedBytes || len(p.lines) > math.MaxUint32 {
		return ErrBroad
	}
	for _, in := range h.In {
		e := l.byHost[in.Host]
		if place, ok := p.host(e.name, nameSet{}); ok {
			p.posted = append(p.posted, posted{ref: ref{place, l.path}, line: uint32(len(p.lines) - 1), times: in.Times, rank: h.Rank, changed: e.changed})
		}
	}
	return nil
}
