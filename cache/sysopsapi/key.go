package sysopsapi

import (
	"errors"
	"strings"
)

const (
	// commandsPath leads, in a key, to the output of a command.
	commandsPath = "/etc/hardware_identification.json@"
	// exceededSuffix ends a key whose content says that the file is too large.
	exceededSuffix = "@file_size_exceeded"
)

var (
	// errUnfinished is the error of a key under which a row is being written.
	errUnfinished = errors.New("a row that is being written")
	errNoRow      = errors.New("not the key of a row")
)

// place is what a key says: whose row it is, and of what. The names are not checked.
type place struct {
	host, path string
	exceeded   bool // the content is a notice
}

func parseKey(key string) (place, error) {
	host, path, found := strings.Cut(key, "#")
	switch {
	case !found && strings.Contains(key, "$"):
		return place{}, errUnfinished
	case !found:
		return place{}, errNoRow
	}
	path, exceeded := strings.CutSuffix(path, exceededSuffix)
	if command, ok := strings.CutPrefix(path, commandsPath); ok && command != "" {
		path = "@" + command
	}
	return place{host: host, path: path, exceeded: exceeded}, nil
}
