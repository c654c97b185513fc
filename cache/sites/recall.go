package sites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// maxKeptBytes bounds the file of an answer: 256 sites of 32 servers with long names have 4 MiB.
const maxKeptBytes = 8 << 20

// Answer is what a directory said.
type Answer struct {
	Sites []Site
	// Err says why the directory could not be read now: Sites is then what it said Age ago.
	Err error
	Age time.Duration
}

// kept is the form of the file.
type kept struct {
	Directory string    `json:"directory"`
	At        time.Time `json:"at"`
	Sites     []Site    `json:"sites"`
}

// Recall asks a directory and keeps what it says in a file, for the next time that it can't be read. The
// name tells it from other directories, whose answer in the file is none. The error is the directory's,
// if nothing is kept; that nothing can be kept is no error. No file at all keeps nothing.
func Recall(ctx context.Context, d Directory, name, file string, now time.Time) (Answer, error) {
	found, err := d.Sites(ctx)
	if err == nil {
		_ = keep(file, kept{Directory: name, At: now, Sites: found})
		return Answer{Sites: found}, nil
	}
	last, keptErr := readKept(file)
	if keptErr != nil || last.Directory != name || ctx.Err() != nil {
		return Answer{}, err
	}
	return Answer{Sites: last.Sites, Err: err, Age: max(0, now.Sub(last.At))}, nil
}

// keep replaces the file at once, so that who reads it meanwhile has the old one or the new one.
func keep(file string, k kept) error {
	if file == "" {
		return nil
	}
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

func readKept(file string) (kept, error) {
	f, err := os.Open(file)
	if err != nil {
		return kept{}, err
	}
	defer f.Close()
	var k kept
	b, err := io.ReadAll(io.LimitReader(f, maxKeptBytes))
	if err == nil {
		err = json.Unmarshal(b, &k)
	}
	if err == nil {
		k.Sites, err = Check(k.Sites)
	}
	if err != nil {
		return kept{}, fmt.Errorf("%s: %w", file, err)
	}
	return k, nil
}
