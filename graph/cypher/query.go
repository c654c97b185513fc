package cypher

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"
)

// Bounds of a query's text, which comes from anyone.
const (
	// MaxTextBytes bounds the text. The longest of the fleet's named queries has 2 KiB.
	MaxTextBytes = 64 << 10
	// maxDepth bounds brackets within brackets plus operators in a row, and so the depth of
	// recursion: 1,000 levels of expressions take about 2 MiB of stack.
	maxDepth = 1000
)

// Query is a query that has been parsed and checked. It does not change: it may run many times, also
// at once.
type Query struct {
	text   string
	mode   mode
	root   *query
	params []string
}

// Parse reads and checks a query. What is wrong with it is an *Error.
func Parse(text string) (q *Query, err error) {
	if len(text) > MaxTextBytes {
		return nil, newError(LimitExceeded, "TextTooLong", "the query has %d bytes, at most %d", len(text), MaxTextBytes)
	}
	if !utf8.ValidString(text) {
		return nil, newError(SyntaxError, "InvalidUnicodeCharacter", "the query is not valid UTF-8")
	}
	defer catch(text, &err)
	p := newParser(text)
	m := p.mode()
	root := p.query(true)
	p.end()
	checkQuery(root, scope{})
	return &Query{text: text, mode: m, root: root, params: p.params()}, nil
}

// Params returns the names of the parameters that the query reads, sorted.
func (q *Query) Params() []string { return slices.Clone(q.params) }

// Columns returns the names of the result's columns. Those of RETURN * are sorted.
func (q *Query) Columns() []string { return slices.Clone(q.root.columns) }

// Run answers the query over a graph. Of a query that begins with EXPLAIN there are no rows but the
// plan, of one that begins with PROFILE both. Parameters are what [Reader] allows for properties, and besides
// all other integers, json.Number, time.Time and lists of strings. What is wrong is an *Error; one of the kind
// Stopped wraps the error of ctx.
func (q *Query) Run(ctx context.Context, g Reader, params map[string]any, b Budget) (res *Result, err error) {
	defer catch(q.text, &err)
	values, err := Params(params)
	if err != nil {
		return nil, err
	}
	s := &session{graph: names{g, &unknown{}}, params: values, meter: newMeter(ctx, b), began: time.Now(), explaining: q.mode == modeExplain}
	if q.mode == modeProfile {
		s.profile = &profile{reads: new(int)}
		s.graph.Reader = counting{g, s.profile}
	}
	p := &planner{session: s}
	last, slots := p.query(q.root, nil, false)
	res = &Result{Columns: q.Columns(), Rows: [][]any{}}
	if q.mode != modeExplain {
		s.collect(res, p, last, slots)
	}
	if res.saysNothing() {
		res.Unknown = s.graph.notes()
	}
	if q.mode != modeRun {
		plan := planOf(last, q.mode == modeProfile)
		res.Plan = &plan
	}
	return res, nil
}
