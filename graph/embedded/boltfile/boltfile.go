package boltfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

var (
	// ErrDamaged says that a file was a bbolt file once, but was cut short or altered.
	ErrDamaged = errors.New("file is damaged")
	// ErrFormat says that a file is none of bbolt's, or of another version.
	ErrFormat = errors.New("file has another format")
	// ErrLocked says that another process, or another part of this one, has the file open.
	ErrLocked = errors.New("file is in use")
)

// Create makes a bbolt file at path, readable by its owner only, with what fill puts in. The file
// stands whole or not at all; one that is there already stays, and the error is fs.ErrExist.
func Create(path string, fill func(*bbolt.Tx) error) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(tmp.Name(), 0o600, options())
	if err != nil {
		return fmt.Errorf("%s: %w", tmp.Name(), err)
	}
	if err := errors.Join(db.Update(fill), db.Close()); err != nil {
		return fmt.Errorf("%s: %w", tmp.Name(), err)
	}
	if err := os.Link(tmp.Name(), path); err != nil { // unlike Rename, refuses to replace
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open locks, verifies and opens the bbolt file at path. Its errors name the file and wrap
// fs.ErrNotExist, ErrLocked, ErrFormat, ErrDamaged or what the system said.
func Open(path string) (*bbolt.DB, error) {
	o := options()
	var f *os.File
	o.OpenFile = func(path string, _ int, mode os.FileMode) (_ *os.File, err error) {
		f, err = openVerified(path, mode)
		return f, err
	}
	var db *bbolt.DB
	err := Contain(func() (err error) {
		db, err = bbolt.Open(path, 0o600, o)
		return err
	})
	if err != nil {
		f.Close() // what a panic leaves open; closed already otherwise
		return nil, withName(path, err)
	}
	return db, nil
}

// withName adds path to an error that does not name it yet.
func withName(path string, err error) error {
	if pathErr := (*fs.PathError)(nil); errors.As(err, &pathErr) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func options() *bbolt.Options {
	return &bbolt.Options{
		Timeout:      time.Second, // never waited for: the lock is there already
		FreelistType: bbolt.FreelistMapType,
	}
}

// openVerified is bbolt's way to the file. It is locked here, on the descriptor on which bbolt locks
// it once more, so that nobody writes while it is verified.
func openVerified(path string, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, mode)
	if err != nil {
		return nil, err
	}
	if err := lockAndVerify(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func lockAndVerify(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("not a regular file: %w", ErrFormat)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	if err != nil {
		return os.NewSyscallError("flock", err)
	}
	return verify(f, info.Size())
}

// Contain runs fn, which uses a bbolt file, and makes ErrDamaged of a panic or a memory fault in it: a
// disk that no longer gives a mapped page back raises one. A goroutine that fn starts and that uses the file
// must do so in a Contain of its own.
func Contain(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return fn()
}
