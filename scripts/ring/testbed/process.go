package testbed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// maxLine bounds a line that Config.Line sees; a longer one, and all after it, it does not.
const maxLine = 1 << 20

// Process is a program that runs beside the test.
type Process struct {
	Pid  int
	name string
	path string // of its log
	from int64  // where in the log it begins: before are earlier ones of its name
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd.ProcessState is set and its output is all read
}

// Start starts cmd. Both its outputs go to NAME.log in LogDir and, unless line is nil, by lines to that,
// which is called by one goroutine.
func Start(t testing.TB, name string, cmd *exec.Cmd, line func(string)) *Process {
	t.Helper()
	p := &Process{name: name, path: filepath.Join(LogDir(t), name+".log"), cmd: cmd, done: make(chan struct{})}
	log, err := os.OpenFile(p.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if p.from, err = log.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	from, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = to, to
	err = cmd.Start()
	to.Close() // the process has its own
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.Pid = cmd.Process.Pid
	go p.follow(from, log, line)
	return p
}

// follow takes what the process says until it has ended.
func (p *Process) follow(from io.ReadCloser, log io.WriteCloser, line func(string)) {
	defer close(p.done)
	defer log.Close()
	defer from.Close()
	lines := bufio.NewScanner(io.TeeReader(from, log))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if line != nil {
			line(lines.Text())
		}
	}
	_, _ = io.Copy(log, from) // behind a line that was too long
	_ = p.cmd.Wait()          // its status is in cmd.ProcessState
}

// Signal sends s to the process, which must be there.
func (p *Process) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("%s: %v: %v", p.name, s, err)
	}
}

// Kill ends the process by SIGKILL, if it is there, and waits for its end.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("%s: %v", p.name, err)
	}
	<-p.done
}

// Stop ends the process by SIGTERM, which must be its orderly end within 20 s.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	p.Signal(t, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: still there 20 s after SIGTERM", p.name)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%s: exit status %d after SIGTERM, want 0", p.name, code)
	}
}

// Ended waits for the end of a process that ends by itself, for at most within, and returns its exit
// status.
func (p *Process) Ended(t testing.TB, within time.Duration) int {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(within):
		t.Fatalf("%s: still there after %v", p.name, within)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Running returns nil while the process is there, and then how it ended and the last that it said.
func (p *Process) Running() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	text, err := os.ReadFile(p.path)
	if err != nil {
		return err
	}
	last := strings.TrimSpace(string(text[p.from:]))
	return fmt.Errorf("%s: %v: %s", p.name, p.cmd.ProcessState, last[strings.LastIndexByte(last, '\n')+1:])
}

// Says returns nil when the process has said a line that holds every one of parts.
func (p *Process) Says(parts ...string) error {
	text, err := os.ReadFile(p.path)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text[p.from:])) {
		if holds(line, parts) {
			return nil
		}
	}
	return fmt.Errorf("%s: no line with %q", p.name, parts)
}

func holds(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

// Eventually asks again until the answer is nil, or fails the test with the last answer.
func Eventually(t testing.TB, within time.Duration, ask func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %v: %v", within, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
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
