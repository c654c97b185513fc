package process

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Executables lists the paths of the programs in dir, in the order of their names; none if dir is not
// there. Hidden files, directories and what editors and package managers leave are passed over; of any
// other file that can't be run, unfit is told why.
func Executables(dir string, unfit func(path string, err error)) ([]string, error) {
	entries, err := os.ReadDir(dir) // sorted
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if isLeftover(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path) // follows a link: a shipped program may be linked here
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			err = runnable(info.Mode())
		}
		if err != nil {
			unfit(path, err)
			continue
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// runnable reports why a file is not run. Who runs it may be root, so a program is its owner's alone.
func runnable(mode fs.FileMode) error {
	switch {
	case !mode.IsRegular():
		return errors.New("not a regular file")
	case mode.Perm()&0o111 == 0:
		return errors.New("not executable")
	case mode.Perm()&0o002 != 0:
		return errors.New("anyone may write it")
	}
	return nil
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
