package discovery

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Scripts returns an agent for each program in dir, in the order of their names; none if dir is not
// there. Hidden files, directories and what editors and package managers leave are passed over; any
// other file that can't be run is passed over with a warning.
func Scripts(dir string, every time.Duration, env []string, logger *slog.Logger) ([]Agent, error) {
	entries, err := os.ReadDir(dir) // sorted
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var agents []Agent
	for _, e := range entries {
		if isLeftover(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path) // follows a link: a shipped script may be linked here
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			err = runnable(info)
		}
		if err != nil {
			logger.Warn("discovery script passed over", "script", path, "err", err)
			continue
		}
		agents = append(agents, Script(path, every, env))
	}
	return agents, nil
}

// runnable reports why a file is not run. Nanoprobes may be root, so a script is its owner's alone.
func runnable(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return errors.New("not a regular file")
	case mode.Perm()&0o111 == 0:
		return errors.New("not executable")
	case mode.Perm()&0o002 != 0:
		return errors.New("anyone may write it")
	}
	return checkName("name", info.Name())
}

// isLeftover reports whether a file is not meant to be seen.
func isLeftover(name string) bool {
	suffixes := []string{
		".bak", ".orig", ".swp", ".tmp",
		".dpkg-bak", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-remove", ".dpkg-tmp",
		".rpmnew", ".rpmorig", ".rpmsave",
		".ucf-dist", ".ucf-new", ".ucf-old",
	}
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		slices.Contains(suffixes, filepath.Ext(name))
}
