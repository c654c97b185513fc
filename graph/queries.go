package graph

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher"
)

// Named is a question that is asked by name: a file NAME.cypher whose header says what it answers.
// Header lines are Cypher comments, so that the file as it stands is the query and a line in an error
// is a line of the file:
//
//	// title: TEXT
//	// param: NAME TYPE [= DEFAULT]: TEXT       any number; without a default it must be given
//	// columns: NAME, NAME ...                  those of RETURN, in order
//
// An empty comment line ends the header; what follows it is free. Lines of the header with another word
// before the colon are refused. DEFAULT is a value of the type as JSON has it, and TYPE one of
//
//	string, int, float, bool
//	ipaddr    an address; the query sees it as documents have it: 2001:db8::1, 192.0.2.1
//	macaddr   a MAC address, seen as 02:00:5e:10:00:0a
//	regex     a regular expression of RE2
//	list      strings; as text, separated by commas
type Named struct {
	Name    string // of the file: a small letter, then small letters, digits, _ and -
	Title   string
	Params  []Param
	Columns []string
	Text    string // the whole file

	given map[string]any // parameters that are no caller's to give
}

// Param is a parameter of a Named.
type Param struct {
	Name     string
	Type     string // as Named lists them
	Required bool
	Default  string // as text, when not Required: what Convert takes for it
	Title    string
}

// maxQueries bounds a directory of queries.
const maxQueries = 1000

//go:embed queries/*.cypher
var shipped embed.FS

// Queries returns the queries that every store has and those of users, sorted by name; all of them are
// in the rows of the query "list". A user's query with the name of a shipped one is an error: who asks
// by that name would get another answer than the one that is documented.
func Queries(users ...Named) ([]Named, error) {
	dir, err := fs.Sub(shipped, "queries")
	if err != nil {
		return nil, err
	}
	queries, err := Load(dir)
	if err != nil {
		return nil, err
	}
	for _, u := range users {
		if _, err := Find(queries, u.Name); err == nil {
			return nil, fmt.Errorf("query %q exists already: a query of one's own can't replace another", u.Name)
		}
		queries = append(queries, u)
	}
	slices.SortFunc(queries, func(a, b Named) int { return strings.Compare(a.Name, b.Name) })
	for i := range queries {
		if queries[i].Name == listQuery {
			queries[i].given = map[string]any{"queries": catalogue(queries)}
		}
	}
	return queries, nil
}

// listQuery lists the queries themselves, which no graph knows: it unwinds $queries.
const listQuery = "list"

// catalogue is what the query "list" unwinds.
func catalogue(queries []Named) []any {
	rows := make([]any, len(queries))
	for i, q := range queries {
		params := make([]any, len(q.Params))
		for j, p := range q.Params {
			params[j] = p.Name
		}
		rows[i] = map[string]any{"name": q.Name, "parameters": params, "title": q.Title}
	}
	return rows
}

// Load reads the *.cypher files of a directory, sorted by name, and checks that each parses and has
// the columns that it declares. An error names the file.
func Load(fsys fs.FS) ([]Named, error) {
	files, err := fs.Glob(fsys, "*.cypher")
	if err != nil {
		return nil, err
	}
	if len(files) > maxQueries {
		return nil, fmt.Errorf("%d queries, at most %d", len(files), maxQueries)
	}
	queries := make([]Named, len(files))
	for i, file := range files {
		if queries[i], err = loadQuery(fsys, file); err != nil {
			return nil, fmt.Errorf("query %s: %w", file, err)
		}
	}
	return queries, nil
}

func loadQuery(fsys fs.FS, file string) (Named, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return Named{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, cypher.MaxTextBytes+1)) // one too many is refused by Parse
	if err != nil {
		return Named{}, err
	}
	return ParseNamed(strings.TrimSuffix(path.Base(file), ".cypher"), string(text))
}

// ParseNamed reads one query with its header. An error in the Cypher is a *cypher.Error.
func ParseNamed(name, text string) (Named, error) {
	if !isQueryName(name) {
		return Named{}, fmt.Errorf("name %q is not a small letter followed by small letters, digits, _ and -", name)
	}
	q, err := cypher.Parse(text)
	if err != nil {
		return Named{}, err
	}
	n := Named{Name: name, Text: text}
	line := 0
	for l := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(l, "//")
		if !ok || strings.TrimSpace(comment) == "" {
			break
		}
		line++
		if err := n.header(strings.TrimSpace(comment)); err != nil {
			return Named{}, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if n.Title == "" {
		return Named{}, errors.New("the header has no title")
	}
	if !slices.Equal(n.Columns, q.Columns()) {
		return Named{}, fmt.Errorf("the header has columns %q, the query returns %q", n.Columns, q.Columns())
	}
	for _, name := range q.Params() {
		registry := n.Name == listQuery && name == "queries"
		if !registry && !slices.ContainsFunc(n.Params, func(p Param) bool { return p.Name == name }) {
			return Named{}, fmt.Errorf("the query reads $%s, which the header does not declare: // param: %s string: TEXT", name, name)
		}
	}
	return n, nil
}

func isQueryName(s string) bool {
	for i, c := range []byte(s) {
		small := 'a' <= c && c <= 'z'
		if !small && (i == 0 || !isDigit(c) && c != '_' && c != '-') {
			return false
		}
	}
	return s != "" && len(s) <= MaxNameBytes
}

// header takes one line of the header.
func (n *Named) header(line string) error {
	word, text, _ := strings.Cut(line, ":")
	text = strings.TrimSpace(text)
	switch word {
	case "title":
		n.Title = text
		return nil
	case "columns":
		for c := range strings.SplitSeq(text, ",") {
			n.Columns = append(n.Columns, strings.TrimSpace(c))
		}
		return nil
	case "param":
		p, err := parseParam(text)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(n.Params, func(q Param) bool { return q.Name == p.Name }) {
			return fmt.Errorf("parameter %q is declared twice", p.Name)
		}
		n.Params = append(n.Params, p)
		return nil
	}
	return fmt.Errorf("header %q is none of title, param and columns", word)
}

// parseParam reads NAME TYPE [= DEFAULT]: TEXT.
func parseParam(s string) (Param, error) {
	p := Param{Required: true}
	head, title, _ := strings.Cut(s, ":")
	if name, value, ok := strings.Cut(s, "="); ok && len(name) < len(head) {
		var err error
		if p.Default, title, err = parseDefault(value); err != nil {
			return Param{}, fmt.Errorf("parameter %q: %w", strings.TrimSpace(name), err)
		}
		head, p.Required = name, false
	}
	p.Title = strings.TrimSpace(title)
	fields := strings.Fields(head)
	if len(fields) != 2 || p.Title == "" {
		return Param{}, fmt.Errorf("parameter %q is not NAME TYPE [= DEFAULT]: TEXT", s)
	}
	p.Name, p.Type = fields[0], fields[1]
	if err := checkName("parameter", p.Name); err != nil {
		return Param{}, err
	}
	if !slices.Contains(paramTypes(), p.Type) {
		return Param{}, fmt.Errorf("parameter %q has type %q, none of %s", p.Name, p.Type, strings.Join(paramTypes(), ", "))
	}
	if !p.Required {
		if _, err := p.convert(p.Default); err != nil {
			return Param{}, fmt.Errorf("parameter %q: default %w", p.Name, err)
		}
	}
	return p, nil
}

// parseDefault reads a JSON value and returns it as text, with what follows the colon after it.
func parseDefault(s string) (text, title string, err error) {
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return "", "", fmt.Errorf("default is not JSON: %w", err)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(s[dec.InputOffset():]), ":")
	if !ok {
		return "", "", errors.New("no colon after the default")
	}
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v), rest, nil
	}
	elements := make([]string, len(list))
	for i, e := range list {
		elements[i] = fmt.Sprint(e)
	}
	return strings.Join(elements, ","), rest, nil
}
