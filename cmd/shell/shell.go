package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ErrNoTerminal says that a shell was to read from or write to what is no terminal.
var ErrNoTerminal = errors.New("not a terminal")

// maxStatementBytes bounds a statement whose ';' does not come.
const maxStatementBytes = 64 << 10

// Shell is what one reads and runs.
type Shell struct {
	Prompt string // printable; further lines of a statement stand as far to the right
	Help   string // printed at "help"; with line ends
	// Run runs a statement, never blank and without its ';', and says on out what came of it. ctx ends
	// when its user presses Ctrl-C.
	Run func(ctx context.Context, out io.Writer, statement string)
	// Complete returns the words that may stand at the end of a line, and where in it they begin. Each
	// begins with what stands there already, whatever the case.
	Complete func(line string) (from int, words []string)
	History  string // file of the lines entered, for the next time; empty: they are forgotten
}

// Serve reads and runs statements until the user ends the shell, or ctx ends, whose error it then returns.
// It leaves the terminal as it was. A history that can't be kept is told and no error.
func (s Shell) Serve(ctx context.Context, in, out *os.File) (err error) {
	for _, f := range []*os.File{in, out} {
		if !term.IsTerminal(int(f.Fd())) {
			return fmt.Errorf("%s: %w", f.Name(), ErrNoTerminal)
		}
	}
	past := &history{}
	if s.History != "" {
		if past, err = openHistory(s.History); err != nil {
			fmt.Fprintf(out, "the lines are not kept: %v\n", err)
			past = &history{}
		}
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return err
	}
	err = s.serve(ctx, in, out, past)
	err = errors.Join(err, term.Restore(int(in.Fd()), before))
	if failed := past.close(); failed != nil {
		fmt.Fprintf(out, "the lines are not kept: %v\n", failed)
	}
	return err
}

// editing is the terminal as the line editor reads and writes it.
type editing struct {
	read func([]byte) (int, error)
	io.Writer
}

func (e editing) Read(p []byte) (int, error) { return e.read(p) }

// serve reads lines and runs what they complete.
func (s Shell) serve(ctx context.Context, in, out *os.File, past *history) error {
	keys := &keyboard{in: in}
	editor := term.NewTerminal(editing{func(p []byte) (int, error) { return keys.read(ctx, p) }, out}, s.Prompt)
	editor.History = past
	editor.AutoCompleteCallback = s.completer(editor)
	pending := ""
	for {
		if width, height, err := term.GetSize(int(out.Fd())); err == nil && width > 0 {
			editor.SetSize(width, height)
		}
		editor.SetPrompt(s.prompt(pending))
		line, err := editor.ReadLine()
		switch {
		case keys.left:
			pending, keys.left = "", false
			continue
		case err != nil:
			io.WriteString(out, "\r\n") // below the prompt
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case isBlank(pending) && isWord(line, "quit", "exit"):
			return nil
		case isBlank(pending) && isWord(line, "help"):
			io.WriteString(editor, s.Help)
			continue
		}
		pending = s.runAll(ctx, keys, editor, pending+line+"\n")
	}
}

// prompt is that of a statement's first line or, below it, of a further one.
func (s Shell) prompt(pending string) string {
	if isBlank(pending) {
		return s.Prompt
	}
	return strings.Repeat(" ", max(0, len(s.Prompt)-2)) + "> "
}

// isWord reports whether a line is one of some words, with or without a ';'.
func isWord(line string, words ...string) bool {
	line = strings.TrimSuffix(strings.TrimSpace(line), ";")
	for _, word := range words {
		if strings.EqualFold(line, word) {
			return true
		}
	}
	return false
}

// runAll runs the statements that text has in whole, and returns what is left. Ctrl-C drops the rest.
func (s Shell) runAll(ctx context.Context, keys *keyboard, out io.Writer, text string) (pending string) {
	for {
		statement, rest, ended := cut(text)
		switch {
		case !ended && isBlank(rest):
			return ""
		case !ended && len(rest) > maxStatementBytes:
			fmt.Fprintf(out, "the statement has more than %d bytes and is dropped\n", maxStatementBytes)
			return ""
		case !ended:
			return rest
		}
		text = rest
		if isBlank(statement) {
			continue
		}
		run := func(ctx context.Context) { s.Run(ctx, out, strings.TrimSpace(statement)) }
		if keys.during(ctx, run) {
			return ""
		}
	}
}
