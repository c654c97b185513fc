package dump

import (
	"fmt"
	"path"
	"strings"
)

// maxNameBytes is what file systems take for the name of a file.
const maxNameBytes = 255

// fileName refuses what can't be the name of a file or directory.
func fileName(what, name string) error {
	switch {
	case name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00"):
		return fmt.Errorf("%s %q: %w", what, name, errRefused)
	case len(name) > maxNameBytes:
		return fmt.Errorf("%s %.20q...: %w: %d bytes, at most %d", what, name, errRefused, len(name), maxNameBytes)
	}
	return nil
}

// place is where what a host has at a path is written, below the directory of its site. A file whose path
// begins with '@' would be in the place of a document.
func place(host, at string) (string, error) {
	if err := fileName("host", host); err != nil {
		return "", err
	}
	if strings.HasPrefix(at, "@") {
		return host + "/" + at, fileName("document", at)
	}
	rest, absolute := strings.CutPrefix(at, "/")
	if !absolute || path.Clean(at) != at || strings.HasPrefix(rest, "@") {
		return "", fmt.Errorf("path %.100q: %w", at, errRefused)
	}
	for part := range strings.SplitSeq(rest, "/") {
		if err := fileName("part", part); err != nil {
			return "", fmt.Errorf("path %.100q: %w", at, err)
		}
	}
	return host + at, nil
}
