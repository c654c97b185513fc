package fleet

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
const dirEnv = "ASSIM_FLEET_DIR"

// TestMain runs the tests inside namespaces of their own: it starts this program there once more.
func TestMain(m *testing.M) {
	flag.Parse()
	switch dir := os.Getenv(dirEnv); {
	case testing.Short():
		os.Exit(m.Run())
	case dir != "" && os.Getpid() == 1: // not where someone has set the variable by hand
		if err := settle(dir); err != nil {
			fmt.Fprintln(os.Stderr, "fleet:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	if err := runInside(); err != nil {
		var status *exec.ExitError
		if errors.As(err, &status) {
			os.Exit(1) // the tests inside have said why
		}
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(m.Run()) // outside, where each test fails by name
	}
}

// runInside runs this program in new namespaces and waits for its end. It ends with this process, by
// whatever signal that ends.
func runInside() error {
	runtime.LockOSThread() // the kernel means this thread by the parent that Pdeathsig waits for
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "assim-fleet-")
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

// settle furnishes the namespaces that this process is the first of.
func settle(dir string) error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts can't be made private: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return network([][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "br0", "type", "bridge"},
		{"addr", "add", centre + "/24", "dev", "br0"},
		{"link", "set", "br0", "up"},
	})
}

// network runs iproute2's ip with each list of arguments.
func network(commands [][]string) error {
	for _, args := range commands {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %q: %w: %s", args, err, out)
		}
	}
	return nil
}
