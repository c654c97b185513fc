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
			widths[i] = max(widths[i], cells(line[i]))
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
			blanks += widths[i] - cells(cell) + 2
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

// wide are the letters that take two cells of a terminal: those of East Asia, and pictures. Tables have them in
// rising order, without those that are rare on hosts.
var wide = unicode.RangeTable{
	R16: []unicode.Range16{{0x1100, 0x115f, 1}, {0x2e80, 0x303e, 1}, {0x3041, 0xa4cf, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1}, {0xfe30, 0xfe6f, 1}, {0xff00, 0xff60, 1}, {0xffe0, 0xffe6, 1}},
	R32: []unicode.Range32{{0x1f300, 0x1f64f, 1}, {0x1f680, 0x1f6ff, 1}, {0x1f900, 0x1f9ff, 1}, {0x20000, 0x3fffd, 1}},
}

// cells is how many cells of a terminal a text takes.
func cells(s string) (n int) {
	for _, r := range s {
		switch {
		case r < 0x300: // the first accent
			n++
		case unicode.Is(&wide, r):
			n += 2
		case !unicode.In(r, unicode.Mn, unicode.Me): // an accent stands on the letter before
			n++
		}
	}
	return n
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
