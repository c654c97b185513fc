package graphtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// RunScripts runs the *.txt files of fsys, each on a store of its own. A script is a list of
// directives; a line that starts with white space goes on with the one before, # starts a comment:
//
//	graph  PATTERN             one document more, in the notation of Facts
//	query  CYPHER              asks
//	call   NAME [PARAM=VALUE]  asks a named query
//	rows   VALUE | VALUE       the rows of what was asked last, in order, one a line; nothing if none
//	error  KIND                the kind of the cypher.Error that a query must have ended with
//
// Strings stand in rows as they are, everything else as JSON; a bar between spaces separates them. A *
// is any value but null: the time of now, say.
func RunScripts(t *testing.T, fsys fs.FS, open func(t *testing.T) graph.Store) {
	files, err := fs.Glob(fsys, "*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d scripts: %v", len(files), err)
	}
	named, err := graph.Queries()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("list", func(t *testing.T) { testList(t, open(t), named) })
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".txt"), func(t *testing.T) {
			text, err := fs.ReadFile(fsys, file)
			if err != nil {
				t.Fatal(err)
			}
			r := script{store: open(t), named: named}
			defer r.store.Close()
			for _, d := range directives(string(text)) {
				if err := r.run(t, d); err != nil {
					t.Fatalf("%s:%d: %s: %v", file, d.line, d.word, err)
				}
			}
			if r.failed != nil {
				t.Fatalf("%s: the last query: %v", file, r.failed)
			}
		})
	}
}

// testList asks for the queries by the query that lists them.
func testList(t *testing.T, s graph.Store, named []graph.Named) {
	defer s.Close()
	r := script{store: s, named: named}
	if err := r.call(t, []string{"list"}); err != nil {
		t.Fatal(err)
	}
	if len(r.result.Rows) != len(named) {
		t.Fatalf("list has %d rows, want %d", len(r.result.Rows), len(named))
	}
	for i, row := range r.result.Rows {
		if row[0] != named[i].Name || row[2] != named[i].Title {
			t.Errorf("row %d is %v, want query %q", i, row, named[i].Name)
		}
	}
}

type directive struct {
	line int
	word string
	text []string // lines
}

func directives(text string) (out []directive) {
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "" || line[0] == '#':
		case line[0] == ' ' || line[0] == '\t':
			if last := len(out) - 1; last >= 0 {
				out[last].text = append(out[last].text, strings.TrimSpace(line))
			}
		default:
			word, rest, _ := strings.Cut(line, " ")
			d := directive{line: i + 1, word: word}
			if rest = strings.TrimSpace(rest); rest != "" {
				d.text = append(d.text, rest)
			}
			out = append(out, d)
		}
	}
	return out
}

type script struct {
	store     graph.Store
	named     []graph.Named
	documents int
	result    *cypher.Result
	failed    error // of the last query, until a directive has wanted it
}

func (r *script) run(t *testing.T, d directive) (err error) {
	text := strings.Join(d.text, "\n")
	if r.failed != nil && d.word != "error" {
		return fmt.Errorf("the query before: %w", r.failed)
	}
	switch d.word {
	case "graph":
		r.documents++
		f, err := Facts(graph.Source{Host: fmt.Sprint("host", r.documents), Instance: "script", Boot: 1, Seq: 1}, text)
		if err != nil {
			return err
		}
		_, err = r.store.Apply(t.Context(), []graph.Facts{f})
		return err
	case "query":
		r.result, r.failed = r.store.Query(t.Context(), text, nil)
		return nil
	case "error":
		var wrong *cypher.Error
		if !errors.As(r.failed, &wrong) || wrong.Kind != text {
			return fmt.Errorf("got %v", r.failed)
		}
		r.failed = nil
		return nil
	case "call":
		return r.call(t, strings.Fields(text))
	case "rows":
		got, err := cells(r.result)
		if err != nil {
			return err
		}
		var want [][]string
		for _, line := range d.text {
			want = append(want, split(line))
		}
		if !slices.EqualFunc(got, want, sameRow) {
			return fmt.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(joined(got), "\n\t"), strings.Join(joined(want), "\n\t"))
		}
		return nil
	}
	return fmt.Errorf("no such directive")
}

func (r *script) call(t *testing.T, args []string) error {
	q, err := graph.Find(r.named, args[0])
	if err != nil {
		return err
	}
	given := map[string]any{}
	for _, arg := range args[1:] {
		name, value, _ := strings.Cut(arg, "=")
		given[name] = value
	}
	params, err := q.Convert(given)
	if err != nil {
		return err
	}
	r.result, err = r.store.Query(t.Context(), q.Text, params)
	return err
}

// cells returns the rows of a result as a script writes them.
func cells(res *cypher.Result) (rows [][]string, err error) {
	if res == nil {
		return nil, fmt.Errorf("nothing was asked")
	}
	for _, row := range res.Rows {
		var cells []string
		for _, v := range row {
			s, ok := v.(string)
			if !ok {
				text, err := json.Marshal(v)
				if err != nil {
					return nil, err
				}
				s = string(text)
			}
			cells = append(cells, s)
		}
		rows = append(rows, cells)
	}
	return rows, nil
}

func split(line string) []string {
	parts := strings.Split(line+" ", " | ") // the last value may be empty
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// sameRow reports whether a row is what a script wants.
func sameRow(got, want []string) bool {
	return slices.EqualFunc(got, want, func(got, want string) bool {
		return got == want || want == "*" && got != "null"
	})
}

func joined(rows [][]string) []string {
	lines := make([]string, len(rows))
	for i, cells := range rows {
		lines[i] = strings.Join(cells, " | ")
	}
	return lines
}
