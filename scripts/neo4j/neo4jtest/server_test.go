package neo4jtest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const password = "correct horse"

func TestServerKeepsAddressAndPassword(t *testing.T) {
	s, err := Start(t.Context(), Config{Lib: Lib(t), Home: t.TempDir(), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	addr := s.Addr()
	for _, end := range []func() error{s.Kill, s.Stop} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
			t.Fatalf("signal to the ended process: %v, want %v", err, syscall.ESRCH)
		}
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.Addr() != addr {
			t.Errorf("address %s after a restart, was %s", s.Addr(), addr)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		t.Error("a stopped server accepts connections")
	}
}

// TestArchiveOfOtherJars: an archive of classes that holds a jar too many is no hindrance.
func TestArchiveOfOtherJars(t *testing.T) {
	lib, elsewhere := Lib(t), filepath.Join(t.TempDir(), "lib")
	jars, err := filepath.Glob(filepath.Join(lib, "*.jar"))
	if err := errors.Join(err, os.Mkdir(elsewhere, 0o700), os.Symlink(lib+".jsa", elsewhere+".jsa")); err != nil {
		t.Fatal(err)
	}
	for _, jar := range jars {
		name := filepath.Base(jar)
		if strings.HasPrefix(name, "picocli-") { // which reads command lines; the server does without
			continue
		}
		if err := os.Symlink(jar, filepath.Join(elsewhere, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Start(t.Context(), Config{Lib: elsewhere, Home: t.TempDir(), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStartSaysWhy(t *testing.T) {
	lib := Lib(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	expired, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		ctx  context.Context
		cfg  Config
		want string
	}{
		{"no jars", t.Context(), Config{Lib: t.TempDir(), Home: t.TempDir()}, "does not exist"},
		{"no time", expired, Config{Lib: lib, Home: t.TempDir()}, "deadline exceeded"},
		{"home is a file", t.Context(), Config{Lib: lib, Home: file}, "not a directory"},
		{"address in use", t.Context(), Config{Lib: lib, Home: t.TempDir(), Listen: taken.Addr().String()}, "already in use"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Start(test.ctx, test.cfg)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want an error with %q", err, test.want)
			}
		})
	}
}
