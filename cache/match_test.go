package cache

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// matching returns number:line of the lines that match, in the way of q.
func matching(t testing.TB, q Query, content string) []string {
	t.Helper()
	m, err := newMatcher(q)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = m.inWhole([]byte(content), func(number int, line []byte, at int) error {
		got = append(got, fmt.Sprintf("%d:%s", number, line))
		if at < 0 || at > len(line) {
			t.Errorf("%+v in %q: match at %d", q, line, at)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	differing(t, m, content)
	return got
}

func TestMatcher(t *testing.T) {
	const text = "Port 22\n#Port 2222\n\nPermitRootLogin no\r\nend"
	tests := []struct {
		name    string
		query   Query
		content string
		want    []string
	}{
		{"literal", Query{Pattern: "Port", Fixed: true}, text, []string{"1:Port 22", "2:#Port 2222"}},
		{"a line once", Query{Pattern: "2", Fixed: true}, text, []string{"1:Port 22", "2:#Port 2222"}},
		{"literal is no regexp", Query{Pattern: ".", Fixed: true}, text, nil},
		{"literal in any case", Query{Pattern: "PORT 22", Fixed: true, IgnoreCase: true}, text, []string{"1:Port 22", "2:#Port 2222"}},
		{"literal in any case is no regexp", Query{Pattern: "P.RT", Fixed: true, IgnoreCase: true}, text, nil},
		{"regexp", Query{Pattern: `^Port\s+22$`}, text, []string{"1:Port 22"}},
		{"regexp with a literal beginning", Query{Pattern: `Port [0-9]{3}`}, text, []string{"2:#Port 2222"}},
		{"regexp in any case", Query{Pattern: `^permit|END`, IgnoreCase: true}, text, []string{"4:PermitRootLogin no", "5:end"}},
		{"case counts", Query{Pattern: "port"}, text, nil},
		{"the end of a line with CR", Query{Pattern: "no$"}, text, []string{"4:PermitRootLogin no"}},
		{"CR is not part of a line", Query{Pattern: "no\r", Fixed: true}, text, nil},
		{"no newline at the end", Query{Pattern: "d$"}, text, []string{"5:end"}},
		{"the empty line", Query{Pattern: "^$"}, text, []string{"3:"}},
		{"empty pattern", Query{}, text, []string{"1:Port 22", "2:#Port 2222", "3:", "4:PermitRootLogin no", "5:end"}},
		{"empty literal", Query{Fixed: true}, "a\n\nb\n", []string{"1:a", "2:", "3:b"}},
		{"no content", Query{}, "", nil},
		{"only a newline", Query{}, "\n", []string{"1:"}},
		{"no regexp spans two", Query{Pattern: `22\n#`}, text, nil},
		{"any but newline", Query{Pattern: `22[^x]#`}, text, nil},
	}
	for _, tt := range tests {
		if got := matching(t, tt.query, tt.content); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %+v\ngot  %q\nwant %q", tt.name, tt.query, got, tt.want)
		}
	}
}

func TestBadPattern(t *testing.T) {
	for _, ignoreCase := range []bool{false, true} {
		_, err := newMatcher(Query{Pattern: "a(", IgnoreCase: ignoreCase})
		if err == nil || !strings.Contains(err.Error(), "pattern \"a(\": missing closing ): \"a(\"") {
			t.Errorf("ignore case %v: %v", ignoreCase, err)
		}
	}
	for _, q := range []Query{{Hosts: []string{"\xff"}}, {Paths: []string{"/\xff*"}}} {
		if _, err := Search(t.Context(), nil, q, nil); err == nil || !strings.Contains(err.Error(), "glob") {
			t.Errorf("a glob that isn't UTF-8: %v", err)
		}
	}
	if _, err := newMatcher(Query{Pattern: `\Qa.b`, IgnoreCase: true}); err != nil {
		t.Errorf("a quotation without an end, which is none: %v", err)
	}
}

// naive is grep, for comparison: every line, nothing skipped.
func naive(q Query, content string) []string {
	pattern := q.Pattern
	if q.Fixed {
		pattern = regexp.QuoteMeta(pattern)
	}
	if q.IgnoreCase {
		pattern = "(?i)" + pattern
	}
	re := regexp.MustCompile(pattern)
	var got []string
	number := 0
	for line := range strings.Lines(content) {
		number++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if re.MatchString(line) {
			got = append(got, fmt.Sprintf("%d:%s", number, line))
		}
	}
	return got
}

func FuzzMatcher(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		f.Add(randomPattern(rng), randomText(rng, 40), rng.IntN(2) == 0, rng.IntN(2) == 0)
	}
	f.Fuzz(func(t *testing.T, pattern, content string, fixed, ignoreCase bool) {
		if _, err := regexp.Compile("(?i)" + pattern); err != nil && !fixed || !utf8.ValidString(pattern) || strings.Contains(content, "\r\r\n") || strings.HasSuffix(content, "\r") {
			return // no pattern; or naive takes one more or one less of the last carriage returns
		}
		q := Query{Pattern: pattern, Fixed: fixed, IgnoreCase: ignoreCase}
		if got, want := matching(t, q, content), naive(q, content); !slices.Equal(got, want) {
			t.Errorf("%+v in %q:\ngot  %q\nwant %q", q, content, got, want)
		}
	})
}

// randomText is made of few letters, so that short patterns match here and there.
func randomText(rng *rand.Rand, length int) string {
	letters := []string{"a", "b", "A", "é", " ", "\n", "\r\n", "=", "a=b"}
	var text strings.Builder
	for range rng.IntN(length) {
		text.WriteString(letters[rng.IntN(len(letters))])
	}
	return text.String()
}

func randomPattern(rng *rand.Rand) string {
	parts := []string{"a", "b", "A", "é", "=", ".", "^", "$", "[ab]+", "a*", "(a|b=)", `\s`, `\b`, "ab"}
	var pattern strings.Builder
	for range 1 + rng.IntN(4) {
		pattern.WriteString(parts[rng.IntN(len(parts))])
	}
	return pattern.String()
}

func TestMatcherStops(t *testing.T) {
	m, err := newMatcher(Query{})
	if err != nil {
		t.Fatal(err)
	}
	stop, calls := errors.New("stop"), 0
	err = m.inWhole([]byte("a\nb\n"), func(int, []byte, int) error { calls++; return stop })
	if err != stop || calls != 1 {
		t.Errorf("got %v after %d calls, want the callback's error after 1", err, calls)
	}
}

func TestClip(t *testing.T) {
	long := strings.Repeat("é", maxLineBytes) // 2 bytes each
	tests := []struct {
		name     string
		line     string
		at       int
		from, to int // of the line
		want     string
	}{
		{"short", "abc", 1, 0, 3, "%s"},
		{"longest", long[:maxLineBytes], 0, 0, maxLineBytes, "%s"},
		{"match at the beginning", long, 0, 0, maxLineBytes, "%s[...4096 bytes]"},
		{"match at the end", long, 8000, 4096, 8192, "[4096 bytes...]%s"},
		{"match within", long, 4000, 1952, 6048, "[1952 bytes...]%s[...2144 bytes]"},
		{"no half characters", "a" + long + "b", 4001, 1953, 6049, "[1953 bytes...]%s[...2145 bytes]"},
		{"half characters", "a" + long + "b", 4002, 1955, 6049, "[1955 bytes...]%s[...2145 bytes]"},
	}
	for _, tt := range tests {
		want := fmt.Sprintf(tt.want, tt.line[tt.from:tt.to])
		if got := clip([]byte(tt.line), tt.at); got != want {
			t.Errorf("%s: got %.40q... of %d bytes, want %.40q... of %d", tt.name, got, len(got), want, len(want))
		}
	}
}
