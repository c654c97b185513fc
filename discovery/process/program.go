package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
	"time"
)

// Environment is what every program needs of one, and then what else it is told ("NAME=value").
func Environment(further ...string) []string {
	return append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"}, further...)
}

// Program is one run of an executable, in the directory "/".
type Program struct {
	Path           string
	Args           []string
	Env            []string  // all of its environment
	Stdin          io.Reader // nil: it finds nothing to read; need not be read to its end
	Stdout, Stderr io.Writer // one that returns an error ends the output; may be the same one
	// Grace is how long it may take to end after SIGTERM, and how long output that a child of it holds
	// open is waited for after its end. It must be above 0.
	Grace time.Duration
}

// Run returns nil when the program ended with status 0, an *exec.ExitError when with another, and the
// cause of ctx when it was ended for its sake.
func (p Program) Run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, p.Path, p.Args...)
	cmd.Env = p.Env
	cmd.Dir = "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Stdin, p.Stdout, p.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = p.Grace
	if err := cmd.Start(); err != nil {
		return startError(err)
	}
	err := cmd.Wait()
	// Whatever it left behind goes too. The kernel gives no process the id of a group that lives.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil // in the second case it ended well, and a child kept its output open
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return err
}

func startError(err error) error {
	if errors.Is(err, syscall.ENOEXEC) {
		return fmt.Errorf("neither a binary for this machine nor a text that begins with #!: %w", err)
	}
	return fmt.Errorf("does not start: %w", err)
}
