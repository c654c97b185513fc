package testbed

import (
	"bufio"
	"errors"
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

// maxLine bounds a line that Start passes on; of a longer one, and of all after it, nothing is.
const maxLine = 1 << 20

// Process is a program that runs beside the test.
type Process struct {
	Pid  int // of the program itself, as the test sees it
	name string
	path string // of its log
	from int64  // where in the log it begins: before are earlier ones of its name
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd.ProcessState is set and its output is all read
}

// Start starts cmd. Both its outputs go to NAME.log in LogDir, and by lines to hear, which one goroutine
// calls.
func Start(t testing.TB, name string, cmd *exec.Cmd, hear ...func(line string)) *Process {
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
	go p.follow(from, log, hear)
	return p
}

// follow takes what the process says until it has ended.
func (p *Process) follow(from io.ReadCloser, log io.WriteCloser, hear []func(line string)) {
	defer close(p.done)
	defer log.Close()
	defer from.Close()
	lines := bufio.NewScanner(io.TeeReader(from, log))
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		for _, h := range hear {
			h(lines.Text())
		}
	}
	_, _ = io.Copy(log, from) // behind a line that was too long
	_ = p.cmd.Wait()          // its status is in cmd.ProcessState
}

// Descend makes p the only child of what was started, as soon as there is one: nsenter stands between the
// test and what is in another namespace of processes, and ends with it and as it does.
func (p *Process) Descend(t testing.TB) {
	t.Helper()
	Eventually(t, 5*time.Second, func() error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", p.cmd.Process.Pid))
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err == nil {
			p.Pid = pid
		}
		return err
	})
}

// Signal sends s to the program, which must be there.
func (p *Process) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.send(s); err != nil {
		t.Fatalf("%s: %v: %v", p.name, s, err)
	}
}

// Kill ends the program by SIGKILL, if it is there, and waits for its end.
func (p *Process) Kill(t testing.TB) {
	t.Helper()
	if err := p.send(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("%s: %v", p.name, err)
	}
	<-p.done
}

// send leaves alone whoever may have the number of a program that has ended.
func (p *Process) send(s syscall.Signal) error {
	if p.Pid == p.cmd.Process.Pid {
		return p.cmd.Process.Signal(s)
	}
	select {
	case <-p.done:
		return os.ErrProcessDone
	default:
	}
	if err := syscall.Kill(p.Pid, s); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return os.ErrProcessDone
}

// Stop ends the program by SIGTERM, which must be its orderly end within 20 s.
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

// CPU is the processor time that the program has used, in hundredths of a second.
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	const tick = time.Second / 100 // USER_HZ
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ") // behind the program's name
	fields := strings.Fields(rest)
	var user, system time.Duration
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Fatalf("/proc/%d/stat: %v", p.Pid, err)
	}
	return (user + system) * tick
}
