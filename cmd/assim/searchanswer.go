package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/assim-mesh/assim/cache"
)

// form is how an answer is printed.
type form uint8

const (
	asText form = iota
	asJSON
	asCSV
)

// row is a part of an answer. In JSON it is what its fields say.
type row interface {
	cells() []string // as the header has it
}

// item is a row that is printed as it comes.
type item interface {
	row
	text() string // with its line end, or nothing
}

// answer prints items as they come. In JSON it is an object, streamed, with a line an item:
//
//	{"hits":[
//	{"host":"web1", ...},
//	{"host":"web2", ...}
//	],
//	"summary":{"searched":2, ...}}
type answer struct {
	out    *bufio.Writer
	form   form
	header []string
	csv    *csv.Writer
	escape bool // what is CSV: it goes to a terminal
	items  int
}

// newAnswer begins an answer. Errors of out show when it is flushed.
func newAnswer(out *bufio.Writer, f form, list string, header []string) *answer {
	a := &answer{out: out, form: f, header: header, csv: csv.NewWriter(out)}
	switch f {
	case asJSON:
		fmt.Fprintf(out, "{%q:[", list)
	case asCSV:
		a.csv.Write(header)
	}
	return a
}

// add prints an item.
func (a *answer) add(i item) error {
	if a.form != asText {
		return a.addRow(i)
	}
	a.items++
	_, err := a.out.WriteString(i.text())
	return err
}

// addRow prints a row for a program.
func (a *answer) addRow(r row) error {
	a.items++
	if a.form == asCSV {
		cells := r.cells()
		for i := range cells {
			if a.escape {
				cells[i] = printable(cells[i])
			}
		}
		return a.csv.Write(cells)
	}
	if a.items > 1 {
		a.out.WriteByte(',')
	}
	b, err := json.Marshal(r)
	a.out.WriteByte('\n')
	a.out.Write(harmless(b))
	return err
}

// table prints rows in columns for people, or each for a program.
func (a *answer) table(rows []row) error {
	if a.form != asText {
		for _, r := range rows {
			if err := a.addRow(r); err != nil {
				return err
			}
		}
		return nil
	}
	header := make([]string, len(a.header))
	for i, name := range a.header {
		header[i] = strings.ToUpper(strings.ReplaceAll(name, "_", " "))
	}
	lines := make([][]string, len(rows))
	for i, r := range rows {
		lines[i] = r.cells()
	}
	a.items += len(rows)
	return printTable(a.out, header, lines)
}

// summary is what the JSON answer says beside its items.
type summary struct {
	Searched    int       `json:"searched"` // files and documents
	Truncated   bool      `json:"truncated,omitempty"`
	Interrupted bool      `json:"interrupted,omitempty"`
	Missing     []missing `json:"missing_sites,omitempty"`
	Unknown     []string  `json:"unknown_hosts,omitempty"`
	Damaged     []string  `json:"damaged,omitempty"`
}

type missing struct {
	Site string `json:"site"`
	Why  string `json:"why"`
}

// end prints what follows the items.
func (a *answer) end(found cache.Summary, unknown []string, interrupted bool) error {
	a.csv.Flush()
	if a.form != asJSON {
		return a.csv.Error()
	}
	s := summary{Searched: found.Rows, Truncated: found.Truncated, Interrupted: interrupted, Unknown: unknown}
	for _, m := range found.Missing {
		s.Missing = append(s.Missing, missing{m.Site, m.Err.Error()})
	}
	for _, d := range found.Damaged {
		s.Damaged = append(s.Damaged, d.Error())
	}
	b, err := json.Marshal(s)
	fmt.Fprintf(a.out, "\n],\n\"summary\":%s}\n", harmless(b))
	return err
}

// harmless escapes what JSON need not escape and a terminal heeds: DEL and the C1 control characters,
// which in UTF-8 are 0xc2 0x80 to 0xc2 0x9f. They stand in strings only.
func harmless(b []byte) []byte {
	var out []byte
	start := 0
	for i, c := range b {
		switch {
		case c == 0x7f:
			out = fmt.Appendf(append(out, b[start:i]...), `\u%04x`, c)
			start = i + 1
		case c >= 0x80 && c < 0xa0 && i > 0 && b[i-1] == 0xc2:
			out = fmt.Appendf(append(out, b[start:i-1]...), `\u%04x`, c)
			start = i + 1
		}
	}
	if start == 0 {
		return b
	}
	return append(out, b[start:]...)
}
