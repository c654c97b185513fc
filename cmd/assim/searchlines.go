package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// hit is a line of the answer.
type hit struct {
	Host       string    `json:"host"`
	Path       string    `json:"path"`
	LineNumber int       `json:"line_number"`
	Line       string    `json:"line"`
	Binary     bool      `json:"binary,omitempty"`
	Changed    time.Time `json:"changed,omitzero"` // by the host's clock
	AgeMS      int64     `json:"age_ms"`           // since the host was last seen
	Stale      bool      `json:"stale,omitempty"`
	Site       string    `json:"site"`

	lead string
}

func (h hit) text() string {
	if h.Binary {
		return h.lead + printable(h.Host+":"+h.Path) + ": binary content matches\n"
	}
	return h.lead + printable(h.Host+":"+h.Path+":"+h.Line) + "\n"
}

func (h hit) cells() []string {
	return []string{h.Site, h.Host, h.Path, strconv.Itoa(h.LineNumber), h.Line, timeCell(h.Changed), strconv.FormatInt(h.AgeMS, 10), strconv.FormatBool(h.Stale)}
}

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// lead is what a line begins with where it matters: the server, if all replicas are read; the age of the
// news, when asked for or stale.
func (o searchOptions) lead(site string, silent time.Duration, stale bool) string {
	lead := ""
	if o.everyReplica {
		lead = "[" + printable(site) + "] "
	}
	switch {
	case stale:
		lead += "[stale: " + age(silent) + "] "
	case o.age:
		lead += "[" + age(silent) + "] "
	}
	return lead
}

func searchLines(ctx context.Context, s *searching) (err error) {
	s.found, err = cache.Search(ctx, s.from, s.query, func(h cache.Hit) error {
		return s.answer.add(hit{Host: h.Host, Path: h.Path, LineNumber: h.LineNo, Line: h.Line, Binary: h.Binary, Changed: h.Changed,
			AgeMS: h.Age.Milliseconds(), Stale: h.Stale, Site: h.Site, lead: s.lead(h.Site, h.Age, h.Stale)})
	})
	return err
}

// file is one with a line that matches.
type file struct {
	Host    string    `json:"host"`
	Path    string    `json:"path"`
	Changed time.Time `json:"changed,omitzero"`
	AgeMS   int64     `json:"age_ms"`
	Stale   bool      `json:"stale,omitempty"`
	Site    string    `json:"site"`

	lead string
}

func (f file) text() string { return f.lead + printable(f.Host+":"+f.Path) + "\n" }

func (f file) cells() []string {
	return []string{f.Site, f.Host, f.Path, timeCell(f.Changed), strconv.FormatInt(f.AgeMS, 10), strconv.FormatBool(f.Stale)}
}

func searchFiles(ctx context.Context, s *searching) (err error) {
	limit := s.query.Limit // of files, of which each may have many lines
	s.query.Limit = 0
	var last file
	s.found, err = cache.Search(ctx, s.from, s.query, func(h cache.Hit) error {
		if h.Host == last.Host && h.Path == last.Path && h.Site == last.Site {
			return nil
		}
		if limit > 0 && s.answer.items == limit {
			return errLimit
		}
		last = file{Host: h.Host, Path: h.Path, Changed: h.Changed, AgeMS: h.Age.Milliseconds(), Stale: h.Stale, Site: h.Site,
			lead: s.lead(h.Site, h.Age, h.Stale)}
		return s.answer.add(last)
	})
	return s.limited(err)
}

// distinctLine is a line that some hosts have.
type distinctLine struct {
	Path   string `json:"path"`
	Line   string `json:"line"`
	Binary bool   `json:"binary,omitempty"`
	Hosts  int    `json:"hosts"`
	Times  int    `json:"times"`

	count bool
}

func (l distinctLine) text() string {
	lead := ""
	if l.count {
		lead = fmt.Sprintf("%7d ", l.Hosts)
	}
	if l.Binary {
		return lead + printable(l.Path) + ": binary content matches\n"
	}
	return lead + printable(l.Path+":"+l.Line) + "\n"
}

func (l distinctLine) cells() []string {
	return []string{l.Path, l.Line, strconv.Itoa(l.Hosts), strconv.Itoa(l.Times)}
}

func searchDistinct(ctx context.Context, s *searching) (err error) {
	s.query.Answer = cache.Distinct
	s.found, err = cache.Search(ctx, s.from, s.query, func(h cache.Hit) error {
		return s.answer.add(distinctLine{Path: h.Path, Line: h.Line, Binary: h.Binary, Hosts: h.Hosts, Times: h.Times, count: s.count})
	})
	return err
}

// lineCount is how many lines match on a host.
type lineCount struct {
	Host  string `json:"host"`
	Lines int    `json:"lines"`
}

func (c lineCount) text() string { return printable(c.Host) + ":" + strconv.Itoa(c.Lines) + "\n" }

func (c lineCount) cells() []string { return []string{c.Host, strconv.Itoa(c.Lines)} }

func countLines(ctx context.Context, s *searching) (err error) {
	limit := s.query.Limit // of hosts
	s.query.Limit, s.query.LineNumbers = 0, false
	var current lineCount
	done := func() error {
		switch {
		case current.Lines == 0:
			return nil
		case limit > 0 && s.answer.items == limit:
			return errLimit
		}
		return s.answer.add(current)
	}
	s.found, err = cache.Search(ctx, s.from, s.query, func(h cache.Hit) (err error) {
		if h.Host != current.Host {
			err = done()
			current = lineCount{Host: h.Host}
		}
		current.Lines++
		return err
	})
	if err == nil {
		err = done()
	}
	return s.limited(err)
}

// limited is err, or that there is more if it is only that.
func (s *searching) limited(err error) error {
	if err == errLimit {
		s.found.Truncated = true
		return nil
	}
	return err
}

// searchHosts answers with hosts.
func searchHosts(what cache.Answer) func(context.Context, *searching) error {
	return func(ctx context.Context, s *searching) (err error) {
		s.query.Answer = what
		s.found, err = cache.Search(ctx, s.from, s.query, func(h cache.Hit) error {
			return s.answer.add(hostItem{Host: h.Host, AgeMS: h.Age.Milliseconds(), Stale: h.Stale, lead: s.lead("", h.Age, h.Stale)})
		})
		return err
	}
}

// hostItem is a host.
type hostItem struct {
	Host  string `json:"host"`
	AgeMS int64  `json:"age_ms"`
	Stale bool   `json:"stale,omitempty"`

	lead string
}

func (h hostItem) text() string { return h.lead + printable(h.Host) + "\n" }

func (h hostItem) cells() []string {
	return []string{h.Host, strconv.FormatInt(h.AgeMS, 10), strconv.FormatBool(h.Stale)}
}

// searchHostList answers with names of hosts alone, to be given to other programs.
func searchHostList(ctx context.Context, s *searching) (err error) {
	last := ""
	add := func(host string, silent time.Duration, stale bool) error {
		if host == last {
			return nil
		}
		if limit := cmp.Or(s.query.Limit, -1); s.answer.items == limit {
			return errLimit
		}
		last = host
		return s.answer.add(hostItem{Host: host, AgeMS: silent.Milliseconds(), Stale: stale})
	}
	q := s.query
	q.Limit = 0
	if q.Pattern != "" {
		q.Answer = cache.HostsWith
		s.found, err = cache.Search(ctx, s.from, q, func(h cache.Hit) error { return add(h.Host, h.Age, h.Stale) })
	} else {
		s.found, err = cache.Scan(ctx, s.from, q, 0, func(r cache.Row) error { return add(r.Host, r.Age, r.Stale) })
	}
	return s.limited(err)
}
