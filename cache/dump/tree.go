package dump

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"
)

const (
	markerName = ".assim-dump"
	tempName   = ".assim-dump.new"
	markerText = "assim dump writes this directory, and removes from it what the cache does not have.\n"
)

var (
	// ErrForeign is returned for a directory with something in it that no dump has made.
	ErrForeign = errors.New("not empty, and no dump has made it")
	// ErrLocked is returned for a directory that another dump is writing.
	ErrLocked = errors.New("another dump is writing it")
	// errRefused is wrapped where a name can't be that of a file.
	errRefused = errors.New("no name of a file")
)

// Tree is a directory that a dump may write and purge, until Close.
type Tree struct {
	root *os.Root
	lock *os.File
	made string // the directory that was last seen to be there
}

// Open makes dir, if it is not there, and locks it.
func Open(dir string) (*Tree, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	lock, err := claim(root)
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("directory %q: %w", dir, err)
	}
	return &Tree{root: root, lock: lock}, nil
}

// claim locks the marker, which it makes in an empty directory only.
func claim(root *os.Root) (*os.File, error) {
	if _, err := root.Lstat(markerName); errors.Is(err, fs.ErrNotExist) {
		entries, err := fs.ReadDir(root.FS(), ".")
		if err != nil {
			return nil, err
		}
		if len(entries) > 0 {
			return nil, ErrForeign
		}
	}
	lock, err := root.OpenFile(markerName, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("lock: %w", err)
	}
	if _, err := lock.WriteAt([]byte(markerText), 0); err != nil {
		lock.Close()
		return nil, err
	}
	return lock, nil
}

// Close lets others write the directory.
func (t *Tree) Close() error { return errors.Join(t.lock.Close(), t.root.Close()) }

// write makes the file have that content, and reports false if it had it before. isKept says which names
// below the root belong to the same dump: what else stands in the way goes.
func (t *Tree) write(name string, content []byte, isKept func(string) bool) (written bool, err error) {
	if err := t.makeDir(path.Dir(name), isKept); err != nil {
		return false, err
	}
	info, err := t.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, unfit(err)
	case info.IsDir():
		if err := t.root.RemoveAll(name); err != nil {
			return false, err
		}
	case info.Mode().IsRegular() && info.Size() == int64(len(content)):
		if same, err := t.holds(name, content); same || err != nil {
			return false, err
		}
	}
	if err := t.writeTemp(content); err != nil {
		return false, err
	}
	return true, unfit(t.root.Rename(tempName, name))
}

// holds reports whether the file has exactly that content.
func (t *Tree) holds(name string, content []byte) (bool, error) {
	f, err := t.root.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	held, err := io.ReadAll(io.LimitReader(f, int64(len(content))+1))
	return bytes.Equal(held, content), err
}

func (t *Tree) writeTemp(content []byte) error {
	if err := t.root.Remove(tempName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // left by a dump that was killed
	}
	f, err := t.root.OpenFile(tempName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

// makeDir makes a directory and those above it. What stands in its place and is no directory, be it a
// symbolic link to one, goes, unless it belongs to the same dump.
func (t *Tree) makeDir(dir string, isKept func(string) bool) error {
	if dir == "." || dir == t.made {
		return nil
	}
	if err := t.makeDir(path.Dir(dir), isKept); err != nil {
		return err
	}
	info, err := t.root.Lstat(dir)
	switch {
	case err == nil && info.IsDir():
		t.made = dir
		return nil
	case err == nil && isKept(dir):
		return fmt.Errorf("%w: %q is a file of the same host", errRefused, dir)
	case err == nil:
		err = t.root.Remove(dir)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err == nil {
		err = t.root.Mkdir(dir, 0o700)
	}
	if err != nil {
		return unfit(err)
	}
	t.made = dir
	return nil
}

// unfit tells errors that are the name's from those of the disk.
func unfit(err error) error {
	if errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.EILSEQ) {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}
