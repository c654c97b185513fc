package cache

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxContentBytes bounds a snapshot's content; what is larger is stored as a Notice.
const MaxContentBytes = 10 << 20

// Limits of a snapshot's texts: a DNS name has at most 253 bytes, a path in Linux 4,095.
const (
	maxHostBytes = 255
	maxPathBytes = 4096
	maxNoteBytes = 1024 // of Stat and Notice each
)

var (
	// ErrInvalid is returned for what no server will ever take: names, texts or numbers out of bounds.
	ErrInvalid = errors.New("invalid")
	// ErrTooLarge is returned for content above MaxContentBytes, with ErrInvalid.
	ErrTooLarge = errors.New("content too large")
	// ErrHostTaken is returned to a host whose name the cache holds for another host id, one that was
	// seen within Config.StaleAfter. Nothing is overwritten. Cloned images are the usual cause.
	ErrHostTaken = errors.New("the name belongs to another host")
)

// Snapshot is what one host has at one path: a file, the output of a command, or a document.
type Snapshot struct {
	Host    string    // name, unique in the fleet
	Path    string    // absolute path of a file; "@" and a name for what is no file
	Content []byte    // as the host has it, at most MaxContentBytes; empty with a Notice
	Stat    string    // one line for people: mode, owner, group, size, mtime; may be empty
	HostID  string    // identifies the host whatever its name
	Boot    uint64    // orders one host's starts; from 1
	Seq     uint64    // orders one boot's snapshots; from 1
	Changed time.Time // by the host's clock: for people, orders nothing; kept in milliseconds
	Notice  string    // one line that says why there is no content: too large, unreadable
}

func invalid(err error) error { return fmt.Errorf("%w: %w", ErrInvalid, err) }

func (s Snapshot) validate() error {
	if err := checkHost(s.Host, s.HostID); err != nil {
		return err
	}
	if err := checkPath(s.Path); err != nil {
		return fmt.Errorf("host %q: %w", s.Host, err)
	}
	return s.validateContent()
}

func (s Snapshot) validateContent() error {
	switch {
	case len(s.Content) > MaxContentBytes:
		return fmt.Errorf("%q of host %q: %d bytes, at most %d: %w", s.Path, s.Host, len(s.Content), MaxContentBytes, ErrTooLarge)
	case s.Notice != "" && len(s.Content) > 0:
		return fmt.Errorf("%q of host %q: both content and the notice %q", s.Path, s.Host, s.Notice)
	case s.Boot == 0 || s.Seq == 0:
		return fmt.Errorf("%q of host %q: boot %d, sequence %d: both start at 1", s.Path, s.Host, s.Boot, s.Seq)
	}
	for _, note := range []struct{ field, text string }{{"stat", s.Stat}, {"notice", s.Notice}} {
		if err := checkText(note.field, note.text, maxNoteBytes); err != nil {
			return fmt.Errorf("%q of host %q: %w", s.Path, s.Host, err)
		}
	}
	return nil
}

func checkHost(name, id string) error {
	if err := checkHostName(name); err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("host %q has no host id", name)
	}
	return checkText("host id", id, maxHostBytes)
}

// checkHostName refuses what would make a key ambiguous: '#', which ends the name in host#path, and
// the names that stand before it in keys of other kinds. Glob characters would make it impossible to
// ask for the host alone.
func checkHostName(name string) error {
	if plainHostName(name) {
		return nil
	}
	return checkOddHostName(name)
}

func checkOddHostName(name string) error {
	if name == "" {
		return errors.New("host name is empty")
	}
	if i := strings.IndexAny(name, "#*?["); i >= 0 {
		return fmt.Errorf("host name %q has a character that names may not have: %q", name, name[i])
	}
	if slices.Contains(reservedNames(), name) {
		return fmt.Errorf("host name %q is reserved: the cache's own keys begin with it", name)
	}
	return checkText("host name", name, maxHostBytes)
}

// plainHostName reports whether a name is fit for sure, as nearly all are: a reader has very many to check.
// Reserved names have no dot.
func plainHostName(name string) bool {
	dots := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c <= ' ' || c >= 0x7f || c == '#' || c == '*' || c == '?' || c == '[':
			return false
		case c == '.':
			dots++
		}
	}
	return dots > 0 && len(name) <= maxHostBytes
}

func checkPath(path string) error {
	if path == "" {
		return errors.New("path is empty")
	}
	return checkText("path", path, maxPathBytes)
}

// checkText refuses what is too long, or would not pass through a terminal or JSON unharmed.
func checkText(field, text string, maxBytes int) error {
	if len(text) > maxBytes {
		return fmt.Errorf("%s has %d bytes, at most %d", field, len(text), maxBytes)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s %q is not UTF-8", field, text)
	}
	if i := strings.IndexFunc(text, unicode.IsControl); i >= 0 {
		return fmt.Errorf("%s %q has a control character at byte %d", field, text, i)
	}
	return nil
}
