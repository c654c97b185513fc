package main

import (
	"io"
	"os"

	"github.com/assim-mesh/assim/cmd/depend"
)

// Colours of states, as terminals take them.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// colourful reports whether what is written to w may have colours: on a terminal that has them, unless
// the user wants none (no-color.org).
func colourful(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// colourOf is the colour of a state: red for what is broken, yellow for what may be, none for all else.
func colourOf(state string) string {
	switch state {
	case "dead", "failed", depend.Down:
		return red
	case "shutdown", "unknown", "unserved", depend.AtRisk:
		return yellow
	}
	return ""
}

// printStates prints a table whose column is a state, coloured where that may be.
func printStates(w io.Writer, header []string, rows [][]string, column int) error {
	if !colourful(w) {
		return printTable(w, header, rows)
	}
	return printPainted(w, header, rows, func(row, i int) (before, after string) {
		if row < 0 || i != column {
			return "", ""
		}
		if colour := colourOf(rows[row][column]); colour != "" {
			return colour, plain
		}
		return "", ""
	})
}

// branches are those that the user's terminal shows: lines where its locale has UTF-8.
func branches() depend.Branches {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set counts
		if locale := os.Getenv(name); locale != "" {
			if depend.UTF8(locale) {
				return depend.Boxes()
			}
			break
		}
	}
	return depend.ASCII()
}
