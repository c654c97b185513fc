package main

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// errLimit ends an answer at its --limit.
var errLimit = errors.New("limit reached")

// object is a file or document of a host, or one thing about it.
type object struct {
	Host      string    `json:"host"`
	Path      string    `json:"path"`
	Content   *string   `json:"content,omitempty"` // what is not UTF-8 is replaced
	MD5       string    `json:"md5,omitempty"`
	SHA256    string    `json:"sha256,omitempty"`
	Stat      string    `json:"stat,omitempty"`
	WordCount string    `json:"wordcount,omitempty"` // lines, words, bytes
	Notice    string    `json:"notice,omitempty"`    // why there is no content
	Changed   time.Time `json:"changed,omitzero"`    // by the host's clock
	AgeMS     int64     `json:"age_ms"`              // since the host was last seen
	Stale     bool      `json:"stale,omitempty"`
	Site      string    `json:"site"`

	value string // what is asked for
	lead  string
	named bool // only the name is asked for
	raw   bool // value goes to a program
}

func (o object) text() string {
	if o.named {
		return o.lead + printable(o.Host+"#"+o.Path) + "\n"
	}
	var b strings.Builder
	for line := range strings.Lines(o.value) {
		line = strings.TrimSuffix(line, "\n")
		if !o.raw {
			line = printable(line)
		}
		b.WriteString(o.lead)
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

func (o object) cells() []string {
	cells := []string{o.Site, o.Host, o.Path}
	if !o.named {
		cells = append(cells, o.value)
	}
	return append(cells, strconv.FormatInt(o.AgeMS, 10), strconv.FormatBool(o.Stale))
}

// objectKind answers with one thing about each object that is selected, or with their names if value is
// nil.
func objectKind(flag, help string, want cache.Fields, column string, value func(cache.Row) string) kind {
	header := []string{"site", "host", "path"}
	if value != nil {
		header = append(header, column)
	}
	return kind{flag: flag, help: help, pattern: refused, list: "objects", header: append(header, "age_ms", "stale"),
		run: func(ctx context.Context, s *searching) (err error) {
			s.found, err = cache.Scan(ctx, s.from, s.query, want, func(r cache.Row) error { return s.answer.add(s.object(r, want, value)) })
			return err
		}}
}

func (s *searching) object(r cache.Row, want cache.Fields, value func(cache.Row) string) object {
	o := object{Host: r.Host, Path: r.Path, MD5: r.MD5, SHA256: r.SHA256, Stat: r.Stat, WordCount: r.WC, Notice: r.Notice,
		Changed: r.Changed, AgeMS: r.Age.Milliseconds(), Stale: r.Stale, Site: r.Site, named: value == nil}
	if want&cache.WithContent != 0 && r.Notice == "" {
		content := string(r.Content)
		o.Content, o.raw = &content, !s.answer.escape
	}
	if value != nil {
		o.value = value(r)
	}
	if s.age || s.prefix || s.everyReplica {
		o.lead = s.searchOptions.lead(r.Site, r.Age, r.Stale)
	}
	if s.prefix && !o.named {
		o.lead += printable(r.Host+":"+r.Path) + ":"
	}
	return o
}

func contentsOf(r cache.Row) string { return string(r.Content) }

func changedAt(r cache.Row) string { return timeCell(r.Changed) }

func changedForPeople(r cache.Row) string {
	if r.Changed.IsZero() {
		return ""
	}
	return r.Changed.Local().Format(time.ANSIC) + " (" + changedAgo(r) + " ago)"
}

// changedAgo is by the clocks of host and server, which may differ.
func changedAgo(r cache.Row) string {
	if r.Changed.IsZero() {
		return ""
	}
	return age(r.Seen.Add(r.Age).Sub(r.Changed))
}

// pathCount is a path and how many hosts have something there.
type pathCount struct {
	Path  string `json:"path"`
	Hosts int    `json:"hosts"`
}

func (p pathCount) text() string {
	return strings.Repeat(" ", max(0, 7-len(strconv.Itoa(p.Hosts)))) + strconv.Itoa(p.Hosts) + " " + printable(p.Path) + "\n"
}

func (p pathCount) cells() []string { return []string{p.Path, strconv.Itoa(p.Hosts)} }

func searchPaths(ctx context.Context, s *searching) (err error) {
	paths, missing, err := cache.List(ctx, s.from, s.query)
	s.found.Missing = missing
	for _, p := range paths {
		if s.query.Limit > 0 && s.answer.items == s.query.Limit {
			return errors.Join(err, s.limited(errLimit))
		}
		if err := s.answer.add(pathCount{p.Path, p.Hosts}); err != nil {
			return err
		}
	}
	return err
}
