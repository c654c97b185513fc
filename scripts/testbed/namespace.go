package testbed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"
)

// dirEnv names the directory for all files of a run. It is set inside the namespaces only.
const dirEnv = "ASSIM_TESTBED_DIR"

// Main runs m inside new namespaces, once furnish has furnished them, and exits. Under -short, and where
// namespaces can't be made, it runs m where it is, with an empty Dir.
func Main(m *testing.M, furnish func() error) {
	flag.String(programsFlag, "", "`directory` of our programs; empty: they are built")
	flag.Parse()
	switch {
	case testing.Short():
		os.Exit(m.Run())
	case Dir() != "":
		if err := errors.Join(settle(), furnish()); err != nil {
			fmt.Fprintln(os.Stderr, "testbed:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if err := runInside(); err != nil {
		var status *exec.ExitError
		if errors.As(err, &status) {
			os.Exit(1) // the tests inside have said why
		}
		fmt.Fprintln(os.Stderr, "testbed:", err)
		os.Exit(m.Run())
	}
}

// Dir is the directory for all files of the run, or empty outside the namespaces.
func Dir() string {
	if os.Getpid() != 1 { // not where someone has set the variable by hand
		return ""
	}
	return os.Getenv(dirEnv)
}

// runInside runs this program in new namespaces and waits for its end. It ends with this process, by
// whatever signal that ends.
func runInside() error {
	runtime.LockOSThread() // the kernel means this thread by the parent that Pdeathsig waits for
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "assim-testbed-")
	if err != nil {
		return err
	}
	defer os.Remove(dir) // empty here: what is in it is a tmpfs that only the inside sees
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), dirEnv+"="+dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("namespaces can't be made: %w", err)
	}
	return cmd.Wait()
}

// settle gives the namespaces that this process is the first of their own /proc, /run, files and
// loopback.
func settle() error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts can't be made private: %w", err)
	}
	for _, m := range []struct{ kind, at string }{{"proc", "/proc"}, {"tmpfs", "/run"}, {"tmpfs", Dir()}} {
		if err := syscall.Mount(m.kind, m.at, m.kind, 0, ""); err != nil {
			return fmt.Errorf("%s: %w", m.at, err)
		}
	}
	return IP("", "link set lo up")
}
