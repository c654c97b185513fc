package cache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxTallyBytes bounds the distinct lines that a search holds of one site, with what each takes beside
// its text.
const (
	maxTallyBytes  = 32 << 20
	tallyLineBytes = 96
)

// tally counts, for answers that are told when all has been searched.
type tally struct {
	answer Answer
	bytes  int
	lines  map[pathLine]*lineCount
	hosts  map[string]*Hit // that have a content which was searched; Hosts is 1 if a line matched
	row    int             // the number of the row that is being counted, from 1
}

// pathLine is a distinct line, or that a binary content at path matches.
type pathLine struct {
	path, line string
	binary     bool
}

// lineCount is how many hosts have a line, how often it is there, and the last row that had it.
type lineCount struct{ hosts, times, row int }

func newTally(answer Answer) *tally {
	return &tally{answer: answer, lines: map[pathLine]*lineCount{}, hosts: map[string]*Hit{}, row: 1}
}

// add counts what was found in a row.
func (t *tally) add(o outcome) error {
	if t.answer != Distinct {
		if o.searched {
			t.host(o.host, len(o.hits) > 0)
		}
		return nil
	}
	for _, h := range o.hits {
		n, err := t.count(pathLine{o.path, h.Line, h.Binary})
		if err != nil {
			return err
		}
		if n.row != t.row {
			n.row = t.row
			n.hosts++
		}
		n.times++
	}
	if o.done {
		t.row++
	}
	return nil
}

// host notes that a host has a content which was searched, and whether a line matched.
func (t *tally) host(name string, matched bool) {
	h, ok := t.hosts[name]
	if !ok {
		h = &Hit{Host: name}
		t.hosts[name] = h
	}
	if matched {
		h.Hosts = 1
	}
}

// hits is how many there are of what is counted.
func (t *tally) hits() int {
	if t.answer == Distinct {
		return len(t.lines)
	}
	n := 0
	for _, h := range t.hosts {
		if (h.Hosts > 0) == (t.answer == HostsWith) {
			n++
		}
	}
	return n
}

// meet notes when the hosts were last seen. A nil tally has none.
func (t *tally) meet(d *directory, q Query) {
	if t == nil {
		return
	}
	for name, h := range t.hosts {
		h.Seen = d.seen[name]
		h.Age = silence(d.now, h.Seen)
		h.Stale = q.stale(name, h.Age)
	}
}

// line counts a distinct line of which others have counted so many.
func (t *tally) line(key pathLine, hosts, times int) error {
	n, err := t.count(key)
	if err != nil {
		return err
	}
	n.hosts += hosts
	n.times += times
	return nil
}

// count returns how often a distinct line was counted. It is ErrTooMany when there is no room for another.
func (t *tally) count(key pathLine) (*lineCount, error) {
	n, ok := t.lines[key]
	if !ok {
		if t.bytes += len(key.line) + tallyLineBytes; t.bytes > maxTallyBytes {
			return nil, fmt.Errorf("%w: they take more than %d bytes", ErrTooMany, maxTallyBytes)
		}
		n = &lineCount{}
		t.lines[key] = n
	}
	return n, nil
}

// report calls found with what all sites have counted.
func report(searches []*siteSearch, answer Answer, found func(Hit) error) error {
	all := newTally(answer)
	for _, s := range searches {
		if s.tally == nil || s.err != nil && !errors.Is(s.err, context.Canceled) {
			continue // a site without an answer has no part of one; what came before a cancellation is told
		}
		for key, n := range s.tally.lines {
			if err := all.line(key, n.hosts, n.times); err != nil {
				return err
			}
		}
		for name, h := range s.tally.hosts {
			all.host(name, h.Hosts > 0)
			if kept := all.hosts[name]; kept.Seen.Before(h.Seen) || kept.Seen.IsZero() {
				kept.Seen, kept.Age, kept.Stale = h.Seen, h.Age, h.Stale
			}
		}
	}
	if answer == Distinct {
		return all.reportLines(searches[0].matcher, found)
	}
	for _, name := range slices.Sorted(maps.Keys(all.hosts)) {
		h := *all.hosts[name]
		if matched := h.Hosts > 0; matched != (answer == HostsWith) {
			continue
		}
		h.Hosts = 0
		if err := found(h); err != nil {
			return err
		}
	}
	return nil
}

func (t *tally) reportLines(m matcher, found func(Hit) error) error {
	keys := slices.SortedFunc(maps.Keys(t.lines), func(a, b pathLine) int {
		if order := strings.Compare(a.path, b.path); order != 0 {
			return order
		}
		return strings.Compare(a.line, b.line)
	})
	for _, key := range keys {
		n, line := t.lines[key], []byte(key.line)
		hit := Hit{Path: key.path, Line: clip(line, max(0, m.find(line))), Binary: key.binary, Hosts: n.hosts, Times: n.times}
		if err := found(hit); err != nil {
			return err
		}
	}
	return nil
}
