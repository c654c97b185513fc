package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// vocabulary is what a query may consist of, each list sorted.
type vocabulary struct {
	queries    []api.NamedQuery
	labels     []string
	types      []string
	properties []string
	language   []string // keywords, and functions with their "("
}

// sampled is how many nodes of each label, and relationships of each type, are asked for the names of
// their properties. Those of one label hardly differ, and a fleet of a million hosts must not be read.
const sampled = 100

// readVocabulary asks the CMA once for the kept queries and the names of properties.
func readVocabulary(ctx context.Context, client *api.Client) (vocabulary, error) {
	v := vocabulary{
		labels:   slices.Sorted(slices.Values(append(graph.FirstLabels(), graph.Service, graph.Client, graph.Container))),
		types:    slices.Sorted(slices.Values(append(graph.Dependencies(), graph.Associations()...))),
		language: keywords(),
	}
	for _, name := range cypher.Functions() {
		v.language = append(v.language, name+"(")
	}
	slices.Sort(v.language)
	var err error
	if v.queries, err = client.NamedQueries(ctx); err != nil {
		return vocabulary{}, err
	}
	rows, err := client.Query(ctx, api.Query{Cypher: v.sample()})
	if err != nil {
		return vocabulary{}, err
	}
	for _, row := range rows.Rows {
		v.properties = append(v.properties, scalar(row[0]))
	}
	slices.Sort(v.properties)
	return v, nil
}

// sample is the query for the names of properties.
func (v vocabulary) sample() string {
	var parts []string
	names := func(pattern, name string) {
		parts = append(parts, fmt.Sprintf("MATCH "+pattern+" WITH x LIMIT %d UNWIND keys(x) AS name RETURN name", name, sampled))
	}
	for _, label := range v.labels {
		names("(x:%s)", label)
	}
	for _, t := range v.types {
		names("()-[x:%s]->()", t)
	}
	return strings.Join(parts, "\nUNION\n")
}

// keywords are those of read-only Cypher that one writes.
func keywords() []string {
	return strings.Fields("ALL AND ANY AS ASC BY CALL CASE COLLECT CONTAINS COUNT DESC DISTINCT ELSE END ENDS EXISTS EXPLAIN " +
		"FALSE IN IS LIMIT MATCH NONE NOT NULL OPTIONAL OR ORDER PROFILE RETURN SINGLE SKIP STARTS THEN TRUE UNION UNWIND WHEN WHERE WITH XOR")
}

// complete returns the words that may end a line of a query, and where in it they begin.
func (v vocabulary) complete(line string) (from int, words []string) {
	from = wordStart(line)
	before, word := strings.TrimRightFunc(line[:from], unicode.IsSpace), line[from:]
	last, _ := utf8.DecodeLastRuneInString(before)
	open := innermost(before)
	switch {
	case last == ':' && open == '{', last == '$': // a value, a parameter
		return from, nil
	case strings.ContainsRune(":|&!", last) && open == '[':
		return from, beginning(v.types, word)
	case strings.ContainsRune(":|&!", last):
		return from, beginning(v.labels, word)
	case last == '.', strings.ContainsRune("{,", last) && open == '{' && word == "":
		return from, beginning(v.properties, word)
	case strings.ContainsRune("{,", last) && open == '{': // of a map, or of EXISTS { MATCH ... }
		return from, append(beginning(v.properties, word), beginning(v.language, word)...)
	case word == "" && v.asked(before) == nil:
		return from, nil // anything may stand there
	case before == "":
		return from, append(beginning(v.names(), word), beginning(v.language, word)...)
	}
	if q := v.asked(before); q != nil {
		return from, beginning(parameterNames(q), word)
	}
	return from, beginning(v.language, word)
}

// names are those of the kept queries.
func (v vocabulary) names() []string {
	names := make([]string, len(v.queries))
	for i, q := range v.queries {
		names[i] = q.Name
	}
	return names
}

// asked is the kept query whose name begins a statement, or nil.
func (v vocabulary) asked(statement string) *api.NamedQuery {
	fields := strings.Fields(statement)
	if len(fields) == 0 {
		return nil
	}
	i := slices.IndexFunc(v.queries, func(q api.NamedQuery) bool { return q.Name == fields[0] })
	if i < 0 {
		return nil
	}
	return &v.queries[i]
}

func parameterNames(q *api.NamedQuery) []string {
	names := make([]string, len(q.Params))
	for i, p := range q.Params {
		names[i] = p.Name + "="
	}
	return names
}

// wordStart is where the word that ends a line begins.
func wordStart(line string) int {
	inWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	return len(strings.TrimRightFunc(line, inWord))
}

// innermost is the last bracket that a line opens and does not close, or 0.
func innermost(line string) byte {
	closed := 0
	for i := len(line) - 1; i >= 0; i-- {
		switch line[i] {
		case ')', ']', '}':
			closed++
		case '(', '[', '{':
			if closed == 0 {
				return line[i]
			}
			closed--
		}
	}
	return 0
}

// beginning are the words that begin with a text, whatever the case.
func beginning(words []string, with string) []string {
	var found []string
	for _, word := range words {
		if len(word) >= len(with) && strings.EqualFold(word[:len(with)], with) {
			found = append(found, word)
		}
	}
	return found
}
