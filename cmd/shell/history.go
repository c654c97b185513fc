package shell

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

const (
	// maxLines bounds the lines that are remembered. The file may have as many again before it is cut.
	maxLines = 1000
	// maxFileBytes bounds what is read of a file: the editor takes lines of at most 4,096 characters.
	maxFileBytes = 4 * maxLines * 4096
)

// history are the lines that were entered, the oldest first, of this shell and of those before it. It is a
// term.History. Its zero value remembers without a file.
type history struct {
	lines []string
	file  *os.File // each line is appended to it; nil for none
	err   error    // why the file stopped
}

// openHistory reads the history in a file, which is made with its directory if need be, and readable for
// its owner only.
func openHistory(path string) (*history, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	kept, err := readLines(path)
	if err != nil {
		return nil, err
	}
	long := len(kept) > 2*maxLines
	kept = kept[max(0, len(kept)-maxLines):]
	if long {
		if err := rewrite(path, kept); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &history{lines: kept, file: f}, f.Chmod(0o600)
}

// rewrite makes a file of lines in place of the one at path.
func rewrite(path string, lines []string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// readLines returns the lines of a file that can be entered, none if it is not there. Of a
// file that is too large for a history it reads the beginning.
func readLines(path string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes))
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSuffix(line, "\n"); enterable(line) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// enterable reports whether a line is worth remembering and harmless to a terminal.
func enterable(line string) bool {
	return !isBlank(line) && !strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Add remembers a line, unless it is blank or the same as the last.
func (h *history) Add(line string) {
	if !enterable(line) || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-maxLines):]
	if h.file != nil && h.err == nil {
		_, h.err = h.file.WriteString(line + "\n") // in one write, so that two shells don't mix their lines
	}
}

// Len is the number of lines.
func (h *history) Len() int { return len(h.lines) }

// At is the line that was entered i lines before the last.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// close returns why the file does not have every line, if so.
func (h *history) close() error {
	if h.file == nil {
		return nil
	}
	return errors.Join(h.err, h.file.Close())
}
