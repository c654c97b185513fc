package cache

import (
	"bytes"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cache/trigram"
)

// maxLineBytes bounds the text of a Hit. Longer lines are minified code, keys in one line, and the
// like: the surroundings of the match are what a reader wants of them.
const maxLineBytes = 4096

// matcher finds the lines that match each of its terms. A line ends before "\n", "\r\n", or the
// content's end.
type matcher struct {
	terms    []term // at least one
	literal  trigram.Finder
	trigrams trigram.Query // that a line must have
}

// term is one expression, or text to be found as it is.
type term struct {
	text []byte
	re   *regexp.Regexp // nil: text is what is meant
}

func newMatcher(q Query) (matcher, error) {
	var m matcher
	var longest []byte
	for _, pattern := range append([]string{q.Pattern}, q.Terms...) {
		t, parsed, err := newTerm(pattern, q.Fixed, q.IgnoreCase)
		if err != nil {
			return matcher{}, newPatternError(pattern, err)
		}
		literal, fold := t.text, false
		if parsed == nil {
			m.trigrams = trigram.And(m.trigrams, trigram.Literal(literal))
		} else {
			m.trigrams = trigram.And(m.trigrams, trigram.Regexp(parsed))
			literal, fold = trigram.Required(parsed)
		}
		if len(m.terms) == 0 || len(literal) > len(longest) {
			longest, m.literal = literal, trigram.NewFinder(literal, fold)
		}
		m.terms = append(m.terms, t)
	}
	return m, nil
}

// newTerm compiles a pattern; the second result is nil if it is text to be found as it is.
func newTerm(pattern string, fixed, ignoreCase bool) (term, *syntax.Regexp, error) {
	if len(pattern) > maxPatternBytes {
		return term{}, nil, fmt.Errorf("%d bytes, at most %d", len(pattern), maxPatternBytes)
	}
	if strings.Contains(pattern, "\n") {
		return term{}, nil, errLineEnd
	}
	if fixed && !ignoreCase {
		return term{text: []byte(pattern)}, nil, nil
	}
	expr := pattern
	if fixed {
		expr = regexp.QuoteMeta(expr)
	}
	re, err := regexp.Compile(expr) // without flags first: errors quote what they compile
	if err == nil && ignoreCase {
		expr = "(?i)" + expr
		re, err = regexp.Compile(expr)
	}
	if err != nil {
		return term{}, nil, err
	}
	parsed, err := syntax.Parse(expr, syntax.Perl)
	return term{re: re}, parsed, err
}

// inWhole calls found with the number and text of each line that matches, and where in it, until found
// returns an error, which it returns.
func (m matcher) inWhole(content []byte, found func(number int, line []byte, at int) error) error {
	number, counted := 1, 0 // content[:counted] has number-1 line ends
	for pos := 0; pos < len(content); {
		next := m.literal.Index(content[pos:])
		if next < 0 {
			return nil
		}
		candidate := pos + next
		start := bytes.LastIndexByte(content[:candidate], '\n') + 1
		end, after := len(content), len(content)
		if i := bytes.IndexByte(content[candidate:], '\n'); i >= 0 {
			end, after = candidate+i, candidate+i+1
		}
		pos = after
		line := trimEnd(content[start:end])
		if at := m.find(line); at >= 0 {
			number += bytes.Count(content[counted:start], []byte{'\n'})
			counted = start
			if err := found(number, line, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// trimEnd is a line without its end.
func trimEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

// literalOnly reports whether a line that has the literal matches.
func (m matcher) literalOnly() bool { return len(m.terms) == 1 && m.terms[0].re == nil }

// find returns where the first match of the first term begins, or -1 if a term has none.
func (m matcher) find(line []byte) int {
	for _, t := range m.terms[1:] {
		if t.find(line) < 0 {
			return -1
		}
	}
	return m.terms[0].find(line)
}

func (t term) find(line []byte) int {
	if t.re == nil {
		return bytes.Index(line, t.text)
	}
	if where := t.re.FindIndex(line); where != nil {
		return where[0]
	}
	return -1
}

// isBinary reports whether content is not text, by the sign that grep uses.
func isBinary(content []byte) bool { return bytes.IndexByte(content, 0) >= 0 }

// clip cuts a line that is too long to the part around at, and says what was left out.
func clip(line []byte, at int) string {
	if len(line) <= maxLineBytes {
		return string(line)
	}
	start := min(max(0, at-maxLineBytes/2), len(line)-maxLineBytes)
	end := start + maxLineBytes
	for start < at && start > 0 && !utf8.RuneStart(line[start]) {
		start++
	}
	for end > start && end < len(line) && !utf8.RuneStart(line[end]) {
		end--
	}
	text := string(line[start:end])
	if start > 0 {
		text = fmt.Sprintf("[%d bytes...]", start) + text
	}
	if end < len(line) {
		text += fmt.Sprintf("[...%d bytes]", len(line)-end)
	}
	return text
}
