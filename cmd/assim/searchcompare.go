package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/compare"
)

// errCompare is returned where --compare doesn't name one object.
var errCompare = errors.New("one object is to be named")

// difference is how an object differs from another.
type difference struct {
	Host string `json:"host"`
	Path string `json:"path"`
	Same bool   `json:"same,omitempty"`
	Diff string `json:"diff,omitempty"`
	Site string `json:"site"`
}

func (d difference) text() string { return printableLines(d.Diff) }

func (d difference) cells() []string { return []string{d.Site, d.Host, d.Path, d.Diff} }

// printableLines makes each line safe for a terminal.
func printableLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}

// compareOne compares one object with each that is selected: without a choice, with the same file of
// each host.
func compareOne(ctx context.Context, s *searching) error {
	base, err := s.objectNamed(ctx, s.compareWith)
	if err != nil {
		return err
	}
	q := s.query
	if len(q.Paths) == 0 && q.Object == "" {
		q.Paths = []string{base.Path}
	}
	nameBase := objectName(base)
	s.found, err = cache.Scan(ctx, s.from, q, cache.WithContent, func(r cache.Row) error {
		d := difference{Host: r.Host, Path: r.Path, Site: r.Site}
		switch {
		case r.Host == base.Host && r.Path == base.Path && r.Site == base.Site:
			return nil
		case r.Notice != "":
			d.Diff = fmt.Sprintf("%s has no contents: %s\n", objectName(r), r.Notice)
		case r.SHA256 == base.SHA256:
			d.Same = true
		default:
			d.Diff = unified(nameBase, objectName(r), base.Content, r.Content)
		}
		return s.answer.add(d)
	})
	return err
}

func objectName(r cache.Row) string { return r.Host + "#" + r.Path }

// objectNamed reads the one object that HOST#PATH, or a part that only its name has, names.
func (s *searching) objectNamed(ctx context.Context, name string) (cache.Row, error) {
	q := cache.Query{Object: name, Limit: 2}
	if host, path, exact := strings.Cut(name, "#"); exact {
		q = cache.Query{Hosts: []string{host}, Paths: []string{path}, Limit: 2}
	}
	var rows []cache.Row
	sum, err := cache.Scan(ctx, s.balanced, q, cache.WithContent, func(r cache.Row) error {
		rows = append(rows, r)
		return nil
	})
	switch {
	case err != nil:
		return cache.Row{}, err
	case len(rows) == 0 && len(sum.Missing) > 0:
		return cache.Row{}, fmt.Errorf("%q: %w: site %q: %w", name, errCompare, sum.Missing[0].Site, sum.Missing[0].Err)
	case len(rows) == 0:
		return cache.Row{}, fmt.Errorf("%q: %w: there is none of that name", name, errCompare)
	case len(rows) > 1:
		return cache.Row{}, fmt.Errorf("%q: %w: %q and %q are two", name, errCompare, objectName(rows[0]), objectName(rows[1]))
	case rows[0].Notice != "":
		return cache.Row{}, fmt.Errorf("%q has no contents: %s", objectName(rows[0]), rows[0].Notice)
	}
	return rows[0], nil
}

// unified is the difference of two texts, or why it is not shown.
func unified(nameA, nameB string, a, b []byte) string {
	diff, err := compare.Unified(nameA, nameB, a, b)
	if err != nil {
		return fmt.Sprintf("--- %s\n+++ %s\n%v\n", nameA, nameB, err)
	}
	return diff
}

// variant is a content that some hosts have at a path.
type variant struct {
	Path     string   `json:"path"`
	Hosts    int      `json:"hosts"`
	MD5      string   `json:"md5"`
	SHA256   string   `json:"sha256"`
	Examples []string `json:"examples"` // some of the hosts
	Diff     string   `json:"diff,omitempty"`
}

func (v variant) text() string {
	more := ""
	if v.Hosts > len(v.Examples) {
		more = " ..."
	}
	return printable(fmt.Sprintf("%7d %s md5 %s: %s%s", v.Hosts, v.Path, v.MD5, strings.Join(v.Examples, " "), more)) + "\n" + printableLines(v.Diff)
}

func (v variant) cells() []string {
	return []string{v.Path, strconv.Itoa(v.Hosts), v.MD5, v.SHA256, strings.Join(v.Examples, " "), v.Diff}
}

// shownDiffs bounds the differences of one file's variants, unless --limit says otherwise.
const shownDiffs = 20

// compareAll tells the variants of each file that is selected, and how they differ from the most
// frequent.
func compareAll(ctx context.Context, s *searching) (err error) {
	q := s.query
	q.Limit = 0
	var groups compare.Groups
	s.found, err = cache.Scan(ctx, s.from, q, cache.WithContent|cache.WithMeta, func(r cache.Row) error {
		if r.Notice == "" {
			groups.Add(compare.Content{Host: r.Host, Path: r.Path, SHA256: r.SHA256, MD5: r.MD5, Text: r.Content})
		}
		return nil
	})
	if others := groups.Others(); others > 0 {
		fmt.Fprintf(s.cmd.ErrOrStderr(), "assim: %d objects are in none of the first %d variants: they are not in the answer\n", others, len(groups.Variants()))
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	limit := shownDiffs
	if s.cmd.Flags().Changed("limit") {
		limit = cmp.Or(s.query.Limit, math.MaxInt)
	}
	all := groups.Variants()
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Path == all[0].Path {
			n++
		}
		if err := s.addVariants(all[:n], limit); err != nil {
			return err
		}
		all = all[n:]
	}
	return err
}

// addVariants answers with the variants of one file. Not more differences than limit are shown.
func (s *searching) addVariants(variants []compare.Variant, limit int) error {
	for i, v := range variants {
		item := variant{Path: v.Path, Hosts: v.Hosts, MD5: v.MD5, SHA256: v.SHA256, Examples: v.Examples}
		against := variants[:min(i, 1)]
		if s.pairwise {
			against = variants[:i]
		}
		for _, other := range against {
			switch limit--; {
			case limit < 0:
				s.found.Truncated = true
			case !v.Held || !other.Held:
				item.Diff += fmt.Sprintf("--- %s\n+++ %s\nnot compared: the variants of all files are too large\n", variantName(other), variantName(v))
			default:
				item.Diff += unified(variantName(other), variantName(v), other.Text, v.Text)
			}
		}
		if err := s.answer.add(item); err != nil {
			return err
		}
	}
	return nil
}

func variantName(v compare.Variant) string { return v.Examples[0] + "#" + v.Path }
