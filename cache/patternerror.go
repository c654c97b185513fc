package cache

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
)

// maxPatternBytes bounds a pattern: what is longer is a file that was given by mistake.
const maxPatternBytes = 4096

// errLineEnd is for a pattern that could not match anything.
var errLineEnd = errors.New("a line end in it: lines are searched one by one, and have none")

// PatternError is a pattern that can't be searched for. It wraps a *syntax.Error unless the pattern is
// only too long, or of several lines.
type PatternError struct {
	Pattern string
	At      int // byte where the fault is; -1 if it has no place
	Err     error
}

func (e *PatternError) Error() string {
	if fault := new(syntax.Error); errors.As(e.Err, &fault) { // whose own text is as long as the pattern, and as wild
		return fmt.Sprintf("pattern %s: %s: %s", quote(e.Pattern), fault.Code, quote(fault.Expr))
	}
	return fmt.Sprintf("pattern %s: %v", quote(e.Pattern), e.Err)
}

func (e *PatternError) Unwrap() error { return e.Err }

func newPatternError(pattern string, err error) *PatternError {
	at := -1
	if errors.Is(err, errLineEnd) {
		at = strings.IndexByte(pattern, '\n')
	}
	if fault := new(syntax.Error); errors.As(err, &fault) {
		at = faultAt(pattern, fault)
	}
	return &PatternError{Pattern: pattern, At: at, Err: err}
}

// faultAt finds the place of a fault, which syntax.Error doesn't say: it quotes a part of the pattern,
// that may stand in it more than once, or all of it. Expressions are parsed from left to right, so the
// fault ends with the shortest beginning of the pattern that has it too.
func faultAt(pattern string, fault *syntax.Error) int {
	switch fault.Code {
	case syntax.ErrMissingBracket, syntax.ErrInvalidUTF8, syntax.ErrTrailingBackslash:
		return max(0, len(pattern)-max(1, len(fault.Expr)))
	case syntax.ErrMissingParen:
		return unclosed(pattern)
	case syntax.ErrLarge, syntax.ErrNestingDepth:
		return -1
	}
	for end := range len(pattern) + 1 {
		prefix := new(syntax.Error)
		if _, err := syntax.Parse(pattern[:end], syntax.Perl); !errors.As(err, &prefix) || prefix.Code != fault.Code {
			continue
		}
		if fault.Code == syntax.ErrUnexpectedParen {
			return end - 1
		}
		return max(0, end-len(prefix.Expr))
	}
	return -1
}

// unclosed finds the last '(' before which all is well: nothing closes it.
func unclosed(pattern string) int {
	for at := strings.LastIndexByte(pattern, '('); at >= 0; at = strings.LastIndexByte(pattern[:at], '(') {
		if _, err := syntax.Parse(pattern[:at], syntax.Perl); err == nil {
			return at
		}
	}
	return -1
}
