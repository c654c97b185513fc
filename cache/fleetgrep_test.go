package cache

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// This file is what searches are compared with: a plain grep over files in memory, which shares nothing
// with the package but how a long line is cut.

// grep searches what the hosts have, line by line.
func (w *world) grep(q Query) (lines, distinct, with, without []string) {
	type count struct{ hosts, times int }
	counts := map[pathLine]*count{}
	for _, host := range slices.Sorted(maps.Keys(w.contents)) {
		searched, matched := false, false
		for _, path := range slices.Sorted(maps.Keys(w.contents[host])) {
			if w.notices[host+"#"+path] || !asked(q, host, path) {
				continue
			}
			searched = true
			content := w.contents[host][path]
			seen := map[pathLine]bool{}
			for _, found := range grepContent(q, content) {
				number, line, _ := strings.Cut(found, ":")
				key := pathLine{path, line, strings.Contains(content, "\x00")}
				if key.binary {
					key.line = ""
				}
				if key.binary && seen[key] {
					continue
				}
				matched = true
				lines = append(lines, fmt.Sprintf("%s:%s:%s:0:0:%v:%s", host, path, number, key.binary, clipAt(q, key.line)))
				if counts[key] == nil {
					counts[key] = &count{}
				}
				counts[key].times++
				if !seen[key] {
					counts[key].hosts++
				}
				seen[key] = true
			}
		}
		switch {
		case matched:
			with = append(with, host+"::0:0:0:false:")
		case searched:
			without = append(without, host+"::0:0:0:false:")
		}
	}
	for key, n := range counts {
		distinct = append(distinct, fmt.Sprintf(":%s:0:%d:%d:%v:%s", key.path, n.hosts, n.times, key.binary, clipAt(q, key.line)))
	}
	slices.Sort(distinct)
	slices.Sort(with)
	slices.Sort(without)
	return lines, distinct, with, without
}

// grepContent returns the lines that match all terms, as number:line.
func grepContent(q Query, content string) []string {
	found := naive(q, content)
	for _, term := range q.Terms {
		other := q
		other.Pattern = term
		lines := naive(other, content)
		found = slices.DeleteFunc(found, func(line string) bool { return !slices.Contains(lines, line) })
	}
	return found
}

// clipAt cuts a long line where its first term matches.
func clipAt(q Query, line string) string {
	pattern := q.Pattern
	if q.Fixed {
		pattern = regexp.QuoteMeta(pattern)
	}
	if q.IgnoreCase {
		pattern = "(?i)" + pattern
	}
	at := 0
	if where := regexp.MustCompile(pattern).FindStringIndex(line); where != nil {
		at = where[0]
	}
	return clip([]byte(line), at)
}

// asked reports whether q's globs and object select what the host has at path.
func asked(q Query, host, path string) bool {
	any := func(globs []string, name string) bool {
		return len(globs) == 0 || slices.ContainsFunc(globs, func(glob string) bool { return globMatches(glob, name) })
	}
	return any(q.Hosts, host) && any(q.Paths, path) && strings.Contains(host+"#"+path, q.Object)
}

// globMatches tries all that each '*' can stand for.
func globMatches(glob, name string) bool {
	switch {
	case glob == "":
		return name == ""
	case glob[0] == '*':
		return globMatches(glob[1:], name) || name != "" && globMatches(glob, name[1:])
	}
	return name != "" && (glob[0] == '?' || glob[0] == name[0]) && globMatches(glob[1:], name[1:])
}

// query asks for something of which there is some, as a rule.
func (w *world) query() Query {
	q := Query{Fixed: w.rng.IntN(3) == 0, IgnoreCase: w.rng.IntN(3) == 0}
	q.Pattern = w.pattern(q.Fixed)
	for range max(0, w.rng.IntN(5)-2) {
		q.Terms = append(q.Terms, w.pattern(q.Fixed))
	}
	if w.rng.IntN(4) == 0 {
		q.Hosts = [][]string{{"h0*"}, {"h03", "h04", "h05", "none"}, {"h?1", "*2"}}[w.rng.IntN(3)]
	}
	if w.rng.IntN(4) == 0 {
		q.Paths = [][]string{{"/p1", "/p2"}, {"/p?"}, {"*0"}}[w.rng.IntN(3)]
	}
	if w.rng.IntN(8) == 0 {
		q.Object = []string{"h0", "/p1", "p"}[w.rng.IntN(3)]
	}
	return q
}

// pattern is one of all kinds that there are.
func (w *world) pattern(fixed bool) string {
	quoted := func(text string) string {
		if fixed {
			return text
		}
		return regexp.QuoteMeta(text)
	}
	switch w.rng.IntN(7) {
	case 0:
		return quoted(w.part())
	case 1: // anchors
		return []string{"^" + quoted(w.part()), quoted(w.part()) + "$", "^" + quoted(w.line()) + "$"}[w.rng.IntN(3)]
	case 2: // a long alternation
		var words []string
		for range 2 + w.rng.IntN(60) {
			words = append(words, quoted(w.part()))
		}
		return "(" + strings.Join(words, "|") + ")"
	case 3: // another case
		return quoted(strings.ToUpper(w.part()))
	case 4:
		return randomPattern(w.rng)
	case 5: // a gap between two literals
		return quoted(w.part()) + []string{".*", ".+", "[^=]*", `\s?`, ".{0,3}"}[w.rng.IntN(5)] + quoted(w.part())
	}
	return []string{
		"key", "on", "^$", "", "= (on|12)$", "ÄNDER", "z", "2 = .*f", "KEY.1", "none", `key\.[0-3] = (on|Off)`, `\bkey\b`, `\d+$`,
		"[^k]", "(key|änd)er?", "k+e*y?", "(?i)OFF", "(?s).", "o{1,2}[nf]", "\x00", "zzzz$",
	}[w.rng.IntN(21)]
}

// line is one that a host has.
func (w *world) line() string {
	host := w.someHost()
	lines := strings.Split(w.contents[host][w.somePath()], "\n")
	line := strings.TrimSuffix(lines[w.rng.IntN(len(lines))], "\r")
	return line[:min(len(line), 100)] // of one of 70 KB, enough
}

// part is a part of a line, cut between runes.
func (w *world) part() string {
	runes := []rune(w.line())
	from := w.rng.IntN(len(runes) + 1)
	return string(runes[from : from+w.rng.IntN(len(runes)-from+1)])
}
