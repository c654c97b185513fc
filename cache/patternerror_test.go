package cache

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
)

func TestFaultAt(t *testing.T) {
	for pattern, want := range map[string]int{
		`a(`: 1, `(a(b`: 0, `(a\)`: 0, `[(](`: 3, `a)b`: 1, `x[a`: 1, `a*b(*`: 4, `a**`: 1, `a\y`: 1, `[z-a]`: 1,
		`(?z)`: 0, `b(?P<n`: 1, `a{1001}`: 1, `a\`: 1, "a\xffb": 1, `[[:foo:]]`: 1, `+a`: 0, `a{9}b{9}{9}`: 5,
		strings.Repeat("a", 3000) + `(?<x`: 3000,
	} {
		_, err := newMatcher(Query{Pattern: pattern})
		var fault *PatternError
		if !errors.As(err, &fault) || fault.At != want || fault.Pattern != pattern {
			t.Errorf("%.40q: %+v, want a fault at byte %d", pattern, err, want)
		}
		var parsing *syntax.Error
		if !errors.As(err, &parsing) {
			t.Errorf("%.40q: %v, want a syntax.Error in it", pattern, err)
		}
	}
}

func TestPatternTooLong(t *testing.T) {
	for _, q := range []Query{{Pattern: strings.Repeat("a", maxPatternBytes)}, {Pattern: strings.Repeat("a", maxPatternBytes), Fixed: true}} {
		if _, err := newMatcher(q); err != nil {
			t.Errorf("%d bytes: %v", maxPatternBytes, err)
		}
		q.Terms = []string{q.Pattern + "a"}
		var fault *PatternError
		if _, err := newMatcher(q); !errors.As(err, &fault) || fault.At != -1 || !strings.Contains(err.Error(), "4097 bytes, at most 4096") {
			t.Errorf("a byte more: %v", err)
		}
	}
}

// TestPatternErrorText: what is told of a pattern is short, has no control characters, and says all.
func TestPatternErrorText(t *testing.T) {
	for pattern, want := range map[string]string{
		"\x1b[2J(":                     `pattern "\x1b[2J(": missing closing ]: "[2J("`,
		strings.Repeat("x(", 2000):     `: "` + strings.Repeat("x(", 40) + `" and 3920 bytes more`,
		"b\n" + strings.Repeat("c", 9): `pattern "b\nccccccccc": a line end in it: `,
	} {
		_, err := newMatcher(Query{Pattern: pattern})
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("%.40q: %v\nwant %s", pattern, err, want)
		}
	}
	var fault *PatternError
	if _, err := newMatcher(Query{Pattern: "ab\n", Fixed: true}); !errors.As(err, &fault) || fault.At != 2 {
		t.Errorf("text of two lines: %+v, want a fault at byte 2", err)
	}
}

// FuzzFaultAt places the fault of anything that is no expression.
func FuzzFaultAt(f *testing.F) {
	f.Add(`(a\)`)
	f.Add("((a{100}){100}){100}")
	f.Fuzz(func(t *testing.T, pattern string) {
		_, err := regexp.Compile(pattern)
		fault := new(syntax.Error)
		if len(pattern) > 200 || !errors.As(err, &fault) {
			return
		}
		if at := faultAt(pattern, fault); at < -1 || at >= max(1, len(pattern)) {
			t.Errorf("%q: %v: at byte %d", pattern, err, at)
		}
	})
}
