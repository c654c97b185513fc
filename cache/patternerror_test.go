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
