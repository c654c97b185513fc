package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// printJSON prints v on lines of its own, for programs.
func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// printTable prints rows under their header in columns as wide as their widest cell, two spaces apart.
func printTable(w io.Writer, header []string, rows [][]string) error {
	return printPainted(w, header, rows, func(_, _ int) (before, after string) { return "", "" })
}

// printPainted is printTable with a say in what cells look like: paint returns what is to be written around
// the cell of a row and a column, which count from 0. The header is row -1.
func printPainted(w io.Writer, header []string, rows [][]string, paint func(row, column int) (before, after string)) error {
	widths := make([]int, len(header))
	lines := append([][]string{header}, rows...)
	for _, line := range lines {
		for i, cell := range line {
			line[i] = printable(cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
		}
	}
	var b bytes.Buffer
	for row, line := range lines {
		blanks := 0 // those that are due before the next text, so that none end a line
		for i, cell := range line {
			if cell != "" {
				before, after := paint(row-1, i)
				for ; blanks > 0; blanks-- {
					b.WriteByte(' ')
				}
				b.WriteString(before)
				b.WriteString(cell)
				b.WriteString(after)
			}
			blanks += widths[i] - utf8.RuneCountInString(cell) + 2
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// printable makes text from a host safe for a terminal, which control characters can command.
func printable(s string) string {
	clean := func(r rune) bool { return r == '\t' || unicode.IsPrint(r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case clean(r):
			b.WriteRune(r)
		default:
			quoted := fmt.Sprintf("%q", r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		i += size
	}
	return b.String()
}

// isTerminal reports whether what is written to w can command a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// age is d as people say it: two digits of precision are enough to judge how fresh a row is.
func age(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}
