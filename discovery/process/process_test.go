package process

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program makes a shell script and returns its path.
func program(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// attentive keeps what is written and calls ready when that is said. It embeds nothing, or what copies
// to it would use the buffer's ReadFrom in place of Write.
type attentive struct {
	buf   bytes.Buffer
	ready func()
}

func (a *attentive) String() string { return a.buf.String() }

func (a *attentive) Write(p []byte) (int, error) {
	if string(p) == "ready\n" {
		a.ready()
	}
	return a.buf.Write(p)
}

func TestRun(t *testing.T) {
	errFull := errors.New("full")
	const sh = "#!/bin/sh\n"
	tests := []struct {
		name, text string
		out        string
		err        error  // matched by errors.Is
		says       string // the error
	}{
		{"well", sh + `cat; echo "$# $1 $A $(pwd)"; echo e >&2`, "in 2 x y a /\ne\n", nil, ""},
		{"does not read", sh + "exit 0", "", nil, ""},
		{"fails", sh + "echo why; exit 3", "why\n", nil, "exit status 3"},
		{"is killed", sh + "kill -9 $$", "", nil, "signal: killed"},
		{"leaves a child with its output", sh + "echo out; sleep 60 &", "out\n", nil, ""},
		{"is told to end", sh + "echo ready; sleep 60", "ready\n", errFull, "full"},
		{"ends well when told to", sh + "trap 'echo bye; exit 0' TERM; echo ready; sleep 60 & wait", "ready\nbye\n", errFull, "full"},
		{"its child is told too", sh + "(trap 'echo bye; exit 0' TERM; echo ready; sleep 60 & wait) & wait", "ready\nbye\n", errFull, "full"},
		{"does not listen", sh + "trap '' TERM; echo ready; sleep 60; sleep 60", "ready\n", errFull, "full"},
		{"no program", "echo", "", syscall.ENOEXEC, "neither a binary for this machine nor a text that begins with #!: "},
		{"no interpreter", "#!/no/such/sh\n", "", os.ErrNotExist, "does not start: "},
	}
	for _, tt := range tests {
		ctx, cancel := context.WithCancelCause(t.Context())
		out := &attentive{ready: func() { cancel(errFull) }}
		begin := time.Now()
		err := Program{
			Path: program(t, tt.text), Args: []string{"x y", "z"}, Env: Environment("A=a"),
			Stdin: strings.NewReader("in "), Stdout: out, Stderr: out, Grace: 200 * time.Millisecond,
		}.Run(ctx)
		cancel(nil)
		var exit *exec.ExitError
		switch {
		case tt.says == "":
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		case err == nil || !strings.HasPrefix(err.Error(), tt.says):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		case tt.err != nil && !errors.Is(err, tt.err), tt.err == nil && !errors.As(err, &exit):
			t.Errorf("%s: %#v is not what it should be", tt.name, err)
		}
		if out.String() != tt.out {
			t.Errorf("%s: printed %q, want %q", tt.name, out.String(), tt.out)
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s: took %v", tt.name, took)
		}
	}
}

func TestTail(t *testing.T) {
	tests := []struct{ in, want string }{
		{"ab cd", "abcd"},
		{"ab cde", "bcde"},
		{"abcdefgh", "efgh"},
		{"abcd ef gh i", "fghi"},
		{"", ""},
	}
	for _, tt := range tests {
		got := Tail{Limit: 4}
		for _, s := range strings.Fields(tt.in) {
			if n, err := got.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("Write(%q) = %d, %v", s, n, err)
			}
		}
		if got.String() != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got.String(), tt.want)
		}
	}
}

func TestExecutables(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"zebra": 0o755, "ant": 0o500, "README": 0o644, ".hidden": 0o755, "ant~": 0o755,
		"ant.dpkg-old": 0o755, "ant.sh": 0o755, "anyone": 0o757, "group": 0o775,
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, mode), os.Chmod(path, mode)); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	err := errors.Join(os.Mkdir(filepath.Join(dir, "dir"), 0o755), os.Symlink("zebra", filepath.Join(dir, "link")),
		os.Symlink("nowhere", filepath.Join(dir, "dangling")), syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	var unfit []string
	paths, err := Executables(dir, func(path string, err error) { unfit = append(unfit, filepath.Base(path)) })
	if got, want := strings.ReplaceAll(strings.Join(paths, " "), dir+"/", ""), "ant ant.sh group link zebra"; got != want || err != nil {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, want := strings.Join(unfit, " "), "README anyone dangling fifo"; got != want {
		t.Errorf("unfit %q, want %q", got, want)
	}
	if paths, err := Executables(filepath.Join(dir, "none"), nil); paths != nil || err != nil {
		t.Errorf("no directory: %v, %v, want nothing", paths, err)
	}
	if _, err := Executables(filepath.Join(dir, "zebra"), nil); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file for a directory: %v, want %v", err, syscall.ENOTDIR)
	}
}
