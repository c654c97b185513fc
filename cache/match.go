package cache

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// maxLineBytes bounds the text of a Hit. Longer lines are minified code, keys in one line, and the
// like: the surroundings of the match are what a reader wants of them.
const maxLineBytes = 4096

// matcher finds the lines that match a pattern. A line ends before "\n", "\r\n", or the content's end.
type matcher struct {
	literal []byte         // every match has it, so that only lines that do are looked at; may be empty
	re      *regexp.Regexp // nil: literal is the pattern
}

func newMatcher(q Query) (matcher, error) {
	if q.Fixed && !q.IgnoreCase {
		return matcher{literal: []byte(q.Pattern)}, nil
	}
	expr := q.Pattern
	if q.Fixed {
		expr = regexp.QuoteMeta(expr)
	}
	re, err := regexp.Compile(expr) // without flags first: errors quote what they compile
	if err == nil && q.IgnoreCase {
		re, err = regexp.Compile("(?i)" + expr)
	}
	if err != nil {
		return matcher{}, fmt.Errorf("pattern %q: %w", q.Pattern, err)
	}
	prefix, _ := re.LiteralPrefix()
	return matcher{literal: []byte(prefix), re: re}, nil
}

// lines calls found with the number and text of each line that matches, and where in it, until found
// returns an error, which it returns.
func (m matcher) lines(content []byte, found func(number int, line []byte, at int) error) error {
	number, counted := 1, 0 // content[:counted] has number-1 line ends
	for pos := 0; pos < len(content); {
		next := bytes.Index(content[pos:], m.literal)
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
		line := bytes.TrimSuffix(content[start:end], []byte{'\r'})
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

// find returns where the first match begins, or -1.
func (m matcher) find(line []byte) int {
	if m.re == nil {
		return bytes.Index(line, m.literal)
	}
	if where := m.re.FindIndex(line); where != nil {
		return where[0]
	}
	return -1
}

// binary reports whether content is not text, by the sign that grep uses.
func binary(content []byte) bool { return bytes.IndexByte(content, 0) >= 0 }

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
