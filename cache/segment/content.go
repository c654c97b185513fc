package segment

import (
	"bytes"
	"errors"
	"fmt"
)

const (
	// MaxLineBytes bounds a line: with it, a block stays below twice its usual size.
	MaxLineBytes = 64 << 10
	// MaxContentBytes bounds the content of one host.
	MaxContentBytes = 64 << 20
	// MaxLines bounds the lines of one content, and with them how often a host can have a line.
	MaxLines = 1 << 20
)

// ErrUnfit is returned for a content that can't be in a segment. It has to be read where it is.
var ErrUnfit = errors.New("not fit for a segment")

// checkFit returns ErrUnfit with the reason for a content that is binary or too large, or has too long
// or too many lines.
func checkFit(content []byte) error {
	if len(content) > MaxContentBytes {
		return fmt.Errorf("%w: %d bytes, at most %d are", ErrUnfit, len(content), MaxContentBytes)
	}
	if at := bytes.IndexByte(content, 0); at >= 0 {
		return fmt.Errorf("%w: NUL at byte %d", ErrUnfit, at)
	}
	if n := bytes.Count(content, []byte{'\n'}); n >= MaxLines {
		return fmt.Errorf("%w: %d lines, fewer than %d are", ErrUnfit, n, MaxLines)
	}
	// The last line end within a line's reach is where the next reach begins: a longer line has none.
	for start := 0; len(content)-start > MaxLineBytes; {
		end := bytes.LastIndexByte(content[start:start+MaxLineBytes+1], '\n')
		if end < 0 {
			return fmt.Errorf("%w: the line at byte %d has more than %d bytes", ErrUnfit, start, MaxLineBytes)
		}
		start += end + 1
	}
	return nil
}

// cutLine returns the first line of content, which is not empty, and what follows.
func cutLine(content []byte) (line, rest []byte) {
	end := bytes.IndexByte(content, '\n')
	if end < 0 {
		end = len(content)
	}
	line, rest = content[:end], content[min(end+1, len(content)):]
	return bytes.TrimSuffix(line, []byte{'\r'}), rest
}
