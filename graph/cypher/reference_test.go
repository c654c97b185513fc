package cypher

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/cypher.md")

// TestReference keeps docs/cypher.md equal to what the engine answers.
func TestReference(t *testing.T) {
	page := referencePage(t)
	const path = "../../docs/cypher.md"
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Error("docs/cypher.md is stale; run 'go test ./graph/cypher -run Reference -update' and read the diff")
	}
}

// TestReferenceIsComplete: no function is without an example.
func TestReferenceIsComplete(t *testing.T) {
	var all strings.Builder
	for _, c := range append(referenceChapters(), functionChapters()...) {
		fmt.Fprintln(&all, strings.Join(c.queries, "\n"))
	}
	for _, name := range Functions() {
		if !strings.Contains(all.String(), " "+name+"(") {
			t.Errorf("%s has no example", name)
		}
	}
}

func referencePage(t *testing.T) string {
	g := newMemory(t, referenceGraph)
	var b strings.Builder
	fmt.Fprintf(&b, "# Cypher\n\nMade from queries that run as tests: `go test ./graph/cypher -run Reference -update`.\n\n%s\n\n", referenceIntroduction)
	fmt.Fprintf(&b, "The examples ask this graph:\n\n```\n%s\n```\n\n# What is in\n", referenceGraph)
	for _, c := range append(referenceChapters(), functionChapters()...) {
		c.write(t, &b, g, false)
	}
	b.WriteString("\n# What is refused, and why\n")
	for _, c := range refusedQueries() {
		c.write(t, &b, g, true)
	}
	return b.String()
}

// write writes a chapter with what each query comes to, which must be an error or must not.
func (c chapter) write(t *testing.T, b *strings.Builder, g *memory, refused bool) {
	fmt.Fprintf(b, "\n## %s\n\n", c.title)
	if c.text != "" {
		fmt.Fprintf(b, "%s\n\n", c.text)
	}
	b.WriteString("```\n")
	for i, query := range c.queries {
		if i > 0 {
			b.WriteByte('\n')
		}
		text, err := outcome(t, g, query)
		if (err != nil) != refused {
			t.Errorf("%s: %v", query, err)
		}
		fmt.Fprintf(b, "> %s\n%s", query, text)
	}
	b.WriteString("```\n")
}

// outcome is what a query comes to: a line a row, its values as JSON, and the plan; or the error.
func outcome(t *testing.T, g *memory, query string) (string, error) {
	res, err := answer(t, g, query, nil)
	var e *Error
	if errors.As(err, &e) {
		if e.Nearest != "" {
			return fmt.Sprintf("%v; nearest: %s\n", err, e.Nearest), err
		}
		return err.Error() + "\n", err
	}
	var b strings.Builder
	for _, row := range res.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cell, err := json.Marshal(JSON(v))
			if err != nil {
				t.Fatal(err)
			}
			cells[i] = string(cell)
		}
		fmt.Fprintln(&b, strings.Join(cells, "  "))
	}
	if res.Plan != nil {
		b.WriteString(res.Plan.String())
	}
	return b.String(), nil
}
