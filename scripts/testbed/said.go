package testbed

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// Running returns nil while the process is there, and then how it ended and the last that it said.
func (p *Process) Running() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	text, err := p.said()
	if err != nil {
		return err
	}
	last := strings.TrimSpace(text)
	return fmt.Errorf("%s: %v: %s", p.name, p.cmd.ProcessState, last[strings.LastIndexByte(last, '\n')+1:])
}

// Says returns nil when the process has said a line that holds every one of parts.
func (p *Process) Says(parts ...string) error {
	text, err := p.said()
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		if Holds(line, parts...) {
			return nil
		}
	}
	return fmt.Errorf("%s: no line with %q", p.name, parts)
}

func (p *Process) said() (string, error) {
	text, err := os.ReadFile(p.path)
	if err != nil {
		return "", err
	}
	return string(text[p.from:]), nil
}

// Holds reports whether every one of parts is in the text.
func Holds(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}
	return true
}

// Eventually asks every 100 ms until the answer is nil, or fails the test with the last answer.
func Eventually(t testing.TB, within time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", within, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
