package testbed

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// NewDir makes a directory for files, which is gone with the namespaces.
func NewDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(Dir(), "")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Write makes a file, and the directories above it, and returns its path.
func Write(t testing.TB, path string, mode os.FileMode, format string, args ...any) string {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, fmt.Appendf(nil, format, args...), mode)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// LogDir is where all processes of the run log.
func LogDir(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(Dir(), "log")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// KeepLogs puts what was logged so far with the test's artifacts, once a test.
func KeepLogs(t testing.TB) {
	t.Helper()
	if err := os.CopyFS(t.ArtifactDir(), os.DirFS(LogDir(t))); err != nil {
		t.Error(err)
	}
}
