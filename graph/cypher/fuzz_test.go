package cypher

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// seeds are the queries of testdata/queries.
func seeds(t testing.TB) []string {
	files, err := filepath.Glob("testdata/queries/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			if q, ok := readBlock(block)["query"]; ok {
				queries = append(queries, q)
			}
		}
	}
	return queries
}

// tryQuery parses a text and, if it is a query, runs it under a small budget. Errors are *Error, those
// in the text have their place, and nothing panics.
func tryQuery(t *testing.T, g Reader, text string) {
	t.Helper()
	q, err := Parse(text)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err = q.Run(ctx, g, map[string]any{"name": "db1"}, Budget{Steps: 20_000})
	}
	var e *Error
	if err != nil && !errors.As(err, &e) || errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%q: %v", text, err)
	}
	if e != nil && e.Kind == SyntaxError && e.Line == 0 && e.Detail != "InvalidUnicodeCharacter" {
		t.Fatalf("%q: %v has no place", text, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, q := range seeds(f) {
		f.Add(q)
	}
	g := newMemory(f, "(a:P {id: 1, n: 2.5})-[:T {w: 1}]->(b:P:Host {id: 'a'}), (b)-[:U]->(a), (a)-[:T]->(a)")
	f.Fuzz(func(t *testing.T, text string) { tryQuery(t, g, text) })
}

// TestMixedQueries makes queries of the tokens of good ones: most are wrong, and in ways that random
// bytes are not. The seed is the bug report.
func TestMixedQueries(t *testing.T) {
	g := newMemory(t, "(a:P {id: 1, n: 2.5})-[:T {w: 1}]->(b:P:Host {id: 'a'}), (b)-[:U]->(a), (a)-[:T]->(a)")
	var words [][]string
	for _, q := range seeds(t) {
		var w []string
		for _, token := range lex(q) {
			w = append(w, q[token.pos:token.end])
		}
		words = append(words, w)
	}
	rng := rand.New(rand.NewPCG(1, 0))
	ran := 0
	for range 6_000 {
		text := mix(rng, words)
		if _, err := Parse(text); err == nil {
			ran++
		}
		tryQuery(t, g, text)
	}
	if ran < 300 {
		t.Errorf("%d of the mixed queries are valid, want at least 300, or the test tries nothing", ran)
	}
}

// mix takes a query and exchanges, drops or puts in a few of its tokens, by those of another.
func mix(rng *rand.Rand, queries [][]string) string {
	words := append([]string{}, queries[rng.IntN(len(queries))]...)
	for range 1 + rng.IntN(3) {
		other := queries[rng.IntN(len(queries))]
		from := rng.IntN(len(other))
		piece := other[from:min(len(other), from+rng.IntN(4))]
		at := rng.IntN(len(words))
		end := min(len(words), at+rng.IntN(3))
		words = append(append(append([]string{}, words[:at]...), piece...), words[end:]...)
		if len(words) == 0 {
			words = []string{"RETURN"}
		}
	}
	return strings.Join(words, " ")
}
