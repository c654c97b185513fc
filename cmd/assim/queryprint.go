package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/cypher"
)

// errNoPlan says that a plan was asked for and none came: the CMA is an older one, with its graph in
// Neo4j.
var errNoPlan = errors.New("the graph of this CMA does not tell its plans")

// streams are where an answer goes.
type streams struct {
	out, notes io.Writer
	terminal   bool // whatever is written to out can command a terminal
}

// printAnswer prints what came for a query in the form that was asked for: rows, their notes, the plan. It
// returns errNothing if there are no rows, and errNoPlan if a plan is missing.
func (o *queryOptions) printAnswer(to streams, q api.Query, rows api.Rows) error {
	if err := o.printForm(to, rows); err != nil {
		return err
	}
	if !o.json {
		for _, note := range rows.Notes {
			fmt.Fprintf(to.notes, "assim: note: %s\n", printable(note))
		}
	}
	switch {
	case wantsPlan(q) && rows.Plan == nil:
		return errNoPlan
	case len(rows.Rows) == 0 && rows.Plan == nil:
		return errNothing
	}
	return nil
}

// wantsPlan reports whether a query asks for its plan, by its mode or by its first word.
func wantsPlan(q api.Query) bool {
	first, _, _ := strings.Cut(strings.Join(strings.Fields(q.Cypher), " "), " ")
	return q.Mode != "" || strings.EqualFold(first, "EXPLAIN") || strings.EqualFold(first, "PROFILE")
}

func (o *queryOptions) printForm(to streams, rows api.Rows) error {
	if o.json {
		var text bytes.Buffer
		if err := printJSON(&text, rows); err != nil {
			return err
		}
		_, err := to.out.Write(harmless(text.Bytes()))
		return err
	}
	var plan cypher.Plan
	if rows.Plan != nil {
		if err := json.Unmarshal(rows.Plan, &plan); err != nil {
			return fmt.Errorf("%w: plan: %w", api.ErrBadAnswer, err)
		}
	}
	planned, ran := rows.Plan != nil, rows.Plan == nil || plan.Profiled
	switch {
	case o.csv:
		return errors.Join(printRowsCSV(to, rows), printPlan(to.notes, planned, plan))
	case o.ndjson:
		return errors.Join(printNDJSON(to.out, rows), printPlan(to.notes, planned, plan))
	case !ran:
		return printPlan(to.out, planned, plan)
	}
	err := printRows(to.out, rows)
	if err == nil && planned {
		_, err = io.WriteString(to.out, "\n")
	}
	return errors.Join(err, printPlan(to.out, planned, plan))
}

// printPlan prints the steps of a plan, if there is one. Names in it come from the query and the graph.
func printPlan(w io.Writer, planned bool, plan cypher.Plan) error {
	if !planned {
		return nil
	}
	var b strings.Builder
	for line := range strings.Lines(plan.String()) {
		b.WriteString(printable(strings.TrimSuffix(line, "\n")) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printRows(w io.Writer, rows api.Rows) error {
	table := make([][]string, len(rows.Rows))
	for i, row := range rows.Rows {
		for _, v := range row {
			table[i] = append(table[i], cell(v))
		}
	}
	return printTable(w, slices.Clone(rows.Columns), table)
}

// printRowsCSV prints rows under their header: strings without quotes of JSON, null as nothing, lists and
// maps as JSON. What would command a terminal is escaped on one.
func printRowsCSV(to streams, rows api.Rows) error {
	text := func(s string) string { return s }
	if to.terminal {
		text = printable
	}
	out := csv.NewWriter(to.out)
	line := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		line[i] = text(column)
	}
	out.Write(line) // its errors are Error's
	for _, row := range rows.Rows {
		for i, v := range row {
			line[i] = text(scalar(v))
		}
		out.Write(line)
	}
	out.Flush()
	return out.Error()
}

// printNDJSON prints an object a row, its members in the order of the columns.
func printNDJSON(w io.Writer, rows api.Rows) error {
	names := make([][]byte, len(rows.Columns))
	for i, column := range rows.Columns {
		var err error
		if names[i], err = api.Marshal(column); err != nil {
			return err
		}
	}
	var b bytes.Buffer
	for _, row := range rows.Rows {
		before := byte('{')
		for i, v := range row {
			b.WriteByte(before)
			b.Write(names[i])
			b.WriteByte(':')
			b.Write(v)
			before = ','
		}
		b.WriteString("}\n")
	}
	_, err := w.Write(harmless(b.Bytes()))
	return err
}

// scalar is a JSON value as text: a string without its quotes, null as nothing, all else as it is.
func scalar(v json.RawMessage) string {
	if bytes.Equal(v, []byte("null")) {
		return ""
	}
	if len(v) < 2 || v[0] != '"' {
		return string(v)
	}
	if inner := v[1 : len(v)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner) // as most are, and an answer may have a million
	}
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// cell is a JSON value as a person reads it: a scalar, or a list of such with blanks between them.
func cell(v json.RawMessage) string {
	var items []json.RawMessage
	if len(v) == 0 || v[0] != '[' || json.Unmarshal(v, &items) != nil || slices.ContainsFunc(items, nested) {
		return scalar(v)
	}
	cells := make([]string, len(items))
	for i, item := range items {
		cells[i] = scalar(item)
	}
	return strings.Join(cells, " ")
}

func nested(v json.RawMessage) bool { return len(v) > 0 && (v[0] == '[' || v[0] == '{') }
