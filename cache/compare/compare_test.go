package compare

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestUnified(t *testing.T) {
	numbered := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintln(&b, i)
		}
		return b.String()
	}
	tests := []struct{ name, a, b, want string }{
		{"equal", "x\n", "x\n", ""},
		{"a line changed", "a\nb\nc\n", "a\nB\nc\n", "--- A\n+++ B\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"from nothing", "", "a\n", "--- A\n+++ B\n@@ -0,0 +1 @@\n+a\n"},
		{"to nothing", "a\nb\n", "", "--- A\n+++ B\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
		{"no line end", "a", "a\n", "--- A\n+++ B\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{"binary", "a\x00", "b", "Binary files A and B differ\n"},
		{"context", numbered(9), strings.Replace(numbered(9), "4\n", "", 1), "--- A\n+++ B\n@@ -2,7 +2,6 @@\n 1\n 2\n 3\n-4\n 5\n 6\n 7\n"},
		{"one hunk", numbered(9), "x\n" + strings.Replace(numbered(9), "6\n", "", 1),
			"--- A\n+++ B\n@@ -1,9 +1,9 @@\n+x\n 0\n 1\n 2\n 3\n 4\n 5\n-6\n 7\n 8\n"},
		{"two hunks", numbered(9), "x\n" + strings.Replace(numbered(9), "7\n", "", 1),
			"--- A\n+++ B\n@@ -1,3 +1,4 @@\n+x\n 0\n 1\n 2\n@@ -5,5 +6,4 @@\n 4\n 5\n 6\n-7\n 8\n"},
	}
	for _, tt := range tests {
		if got, err := Unified("A", "B", []byte(tt.a), []byte(tt.b)); got != tt.want || err != nil {
			t.Errorf("%s:\n%s%v\nwant\n%s", tt.name, got, err, tt.want)
		}
	}
}

func TestTooDifferent(t *testing.T) {
	text := func(n int, format string) []byte {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return []byte(b.String())
	}
	for _, tt := range []struct {
		name string
		a, b []byte
		want error
	}{
		{"as many as may be", text(maxDiffer/2, "a%d\n"), text(maxDiffer/2, "b%d\n"), nil},
		{"one more", text(maxDiffer/2+1, "a%d\n"), text(maxDiffer/2, "b%d\n"), ErrTooDifferent},
		{"all new", nil, text(maxDiffer, "%d\n"), nil},
		{"all new and one", nil, text(maxDiffer+1, "%d\n"), ErrTooDifferent},
		{"many lines", text(maxLines-1, "%.0d\n"), text(maxLines-2, "%.0d\n"), nil},
		{"too many lines", text(maxLines, "%.0d\n"), nil, ErrTooDifferent},
	} {
		if _, err := Unified("a", "b", tt.a, tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestShortest compares the length of scripts with the shortest there is, which a table tells.
func TestShortest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		a, b := randomLines(rng), randomLines(rng)
		s, err := newScript(a, b)
		if err != nil {
			t.Fatal(err)
		}
		got := count(s.removed) + count(s.added)
		if want := len(a) + len(b) - 2*common(a, b); got != want {
			t.Fatalf("%v to %v: %d lines differ, want %d", a, b, got, want)
		}
	}
}

func randomLines(rng *rand.Rand) []int32 {
	lines := make([]int32, rng.IntN(20))
	for i := range lines {
		lines[i] = rng.Int32N(4)
	}
	return lines
}

func count(marks []bool) (n int) {
	for _, m := range marks {
		if m {
			n++
		}
	}
	return n
}

// common is the length of the longest common subsequence.
func common(a, b []int32) int {
	last := make([]int, len(b)+1)
	for _, x := range a {
		row := make([]int, len(b)+1)
		for j, y := range b {
			if row[j+1] = max(row[j], last[j+1]); x == y {
				row[j+1] = last[j] + 1
			}
		}
		last = row
	}
	return last[len(b)]
}

// FuzzUnified has patch(1) of the test turn one text into the other.
func FuzzUnified(f *testing.F) {
	f.Add("a\nb\nc\n", "a\nc")
	f.Add("", "\n\n")
	f.Add("a\na\nb\na\n", "b\na\na\n\na")
	f.Fuzz(func(t *testing.T, a, b string) {
		if strings.Contains(a+b, "\x00") {
			return
		}
		diff, err := Unified("a", "b", []byte(a), []byte(b))
		if err != nil {
			t.Skip(err)
		}
		if got := apply(t, a, diff); got != b {
			t.Errorf("%q and the difference\n%s\nmake %q, want %q", a, diff, got, b)
		}
	})
}

// apply turns a text into the other one of a difference.
func apply(t *testing.T, text, diff string) string {
	if diff == "" {
		return text
	}
	from := split([]byte(text))
	var out []string
	next := 0 // of from
	lines := split([]byte(diff))[2:]
	for i, line := range lines {
		body := line[1:]
		if i+1 < len(lines) && lines[i+1][0] == '\\' {
			body = strings.TrimSuffix(body, "\n")
		}
		switch line[0] {
		case '@':
			var first, many int
			if n, _ := fmt.Sscanf(line, "@@ -%d,%d", &first, &many); n < 2 {
				many = 1
			}
			if many > 0 {
				first--
			}
			out = append(out, from[next:first]...)
			next = first
		case ' ', '-':
			if from[next] != body {
				t.Fatalf("line %d is %q, the difference says %q", next+1, from[next], body)
			}
			if next++; line[0] == ' ' {
				out = append(out, body)
			}
		case '+':
			out = append(out, body)
		}
	}
	return strings.Join(append(out, from[next:]...), "")
}

// TestPatch has the patch program turn one text into the other, where there is one.
func TestPatch(t *testing.T) {
	program, err := exec.LookPath("patch")
	if err != nil {
		t.Skip("no patch program is installed")
	}
	rng := rand.New(rand.NewPCG(2, 2))
	dir := t.TempDir()
	for range 20 {
		var texts [2]string
		for i := range texts {
			for _, line := range slices.Concat(randomLines(rng), randomLines(rng), randomLines(rng)) {
				texts[i] += fmt.Sprintln("line", line)
			}
		}
		diff, err := Unified("a", "b", []byte(texts[0]), []byte(texts[1]))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "a")
		if err := os.WriteFile(file, []byte(texts[0]), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(program, "--quiet", file)
		cmd.Stdin = strings.NewReader(diff)
		out, err := cmd.CombinedOutput()
		if got, _ := os.ReadFile(file); err != nil || string(got) != texts[1] {
			t.Fatalf("%v\n%s%s\nmade %q of %q, want %q", err, out, diff, got, texts[0], texts[1])
		}
	}
}

func TestGroups(t *testing.T) {
	var g Groups
	add := func(host, path, sum string, bytes int) {
		g.Add(Content{Host: host, Path: path, SHA256: sum, MD5: "md5 of " + sum, Text: make([]byte, bytes)})
	}
	for i := range 7 {
		add(fmt.Sprint("h", i), "/f", "two", 1)
	}
	add("a", "/f", "one", maxTextBytes-1)
	add("b", "/f", "three", 1)
	add("b", "/a", "two", 0)
	var got []string
	for _, v := range g.Variants() {
		got = append(got, fmt.Sprintf("%s %s %d%s%d %v", v.Path, v.SHA256, v.Hosts, v.Examples, len(v.Text), v.Held))
	}
	want := []string{"/a two 1[b]0 true", "/f two 7[h0 h1 h2 h3 h4]1 true", fmt.Sprintf("/f one 1[a]%d true", maxTextBytes-1), "/f three 1[b]0 false"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for i := len(want); i < maxVariants; i++ {
		add("c", "/f", fmt.Sprint(i), 0)
	}
	if g.Others() != 0 {
		t.Errorf("%d others with %d variants", g.Others(), maxVariants)
	}
	add("c", "/f", "another", 0)
	add("c", "/f", "two", 0)
	if g.Others() != 1 || len(g.Variants()) != maxVariants {
		t.Errorf("%d others, %d variants, want 1 and %d", g.Others(), len(g.Variants()), maxVariants)
	}
}
