package discoveryscripts

import (
	"bytes"
	"embed"
	"errors"
	"os"
	"path/filepath"
)

//go:embed lshw netstat
var scripts embed.FS

// Write lays the scripts out in dir, which it makes if need be, executable. It replaces only what
// differs, each script whole or not at all, so that one may be running meanwhile. Other files in dir
// are left alone.
func Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := scripts.ReadDir(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		script, err := scripts.ReadFile(e.Name())
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, e.Name()), script); err != nil {
			return err
		}
	}
	return nil
}

func write(path string, script []byte) error {
	const mode = 0o755
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, script) {
		return os.Chmod(path, mode)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // hidden: discovery.Scripts passes it over
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // it has another name when all went well
	_, err = tmp.Write(script)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
