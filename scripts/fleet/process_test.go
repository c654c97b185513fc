package fleet

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a program that runs beside the test, with both outputs in one file.
type process struct {
	cmd   *exec.Cmd
	pid   int           // of the program itself, as the test sees it
	log   string        // file that it writes to
	from  int64         // where in the file it begins: before are earlier ones of its name
	ended chan struct{} // closed when cmd.ProcessState is set
}

// start starts cmd, whose output goes to NAME.log.
func start(t testing.TB, name string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, log: filepath.Join(logDir(t), name+".log"), ended: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the process has its own
	if p.from, err = log.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.pid = cmd.Process.Pid
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // its status is in cmd.ProcessState
	}()
	return p
}

// signal sends s to the program.
func (p *process) signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(p.pid, s); err != nil {
		t.Fatalf("%s: %v: %v", p.cmd.Path, s, err)
	}
}

// kill ends the program by SIGKILL and waits for its end.
func (p *process) kill(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGKILL)
	<-p.ended
}

// stop ends the program by SIGTERM, which must be its orderly end.
func (p *process) stop(t testing.TB) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: still there 20 s after SIGTERM", filepath.Base(p.log))
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%s: exit status %d after SIGTERM, want 0", filepath.Base(p.log), code)
	}
}

// says returns nil when the process has logged a line that holds every one of parts.
func (p *process) says(parts ...string) error {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text[p.from:])) {
		if holds(line, parts) {
			return nil
		}
	}
	return fmt.Errorf("%s: no line with %q", filepath.Base(p.log), parts)
}

func holds(line string, parts []string) bool {
	for _, part := range parts {
		if !strings.Contains(line, part) {
			return false
		}
	}
	return true
}

// onlyChild returns the process that pid has started.
func onlyChild(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// eventually asks again until the answer is nil, or fails the test with the last answer.
func eventually(t testing.TB, within time.Duration, ask func() error) {
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
		time.Sleep(100 * time.Millisecond)
	}
}

// logDir is where all processes of the run log.
func logDir(t testing.TB) string {
	dir := filepath.Join(os.Getenv(dirEnv), "log")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// write makes a file and the directories above it.
func write(t testing.TB, path string, mode os.FileMode, format string, args ...any) string {
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
