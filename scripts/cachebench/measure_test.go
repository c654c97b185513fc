package cachebench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"
)

// cost is what a process took from its start to its end.
type cost struct {
	Seconds float64
	RSS     int64 // bytes, the most that were resident at a time
}

// measure runs a command with its output in a file, and prints its cost as JSON. It has a process of its
// own because a process inherits the mark of the most that was resident from the one that starts it.
func measure(out string, command []string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = f, os.Stderr
	began := time.Now()
	err = cmd.Run()
	took := time.Since(began)
	if err != nil {
		return fmt.Errorf("%q: %w", command, err)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return json.NewEncoder(os.Stdout).Encode(cost{took.Seconds(), usage.Maxrss << 10})
}

// command is one of those that are timed.
type command struct {
	name string
	args []string
	env  string // NAME=value, or none
	out  string // file for what it prints
}

// part is a command that is a part of this program.
func part(name, out string, args ...string) command {
	return command{name: name, args: append([]string{os.Args[0]}, args...), env: partEnv + "=" + name, out: out}
}

// run runs a command and returns its cost.
func (c command) run(t testing.TB) (took cost) {
	t.Helper()
	args := []string{c.out}
	if c.env != "" { // the measuring process has the variable for itself
		args = append(args, "env", c.env)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], append(args, c.args...)...)
	cmd.Env = append(os.Environ(), partEnv+"=measure")
	cmd.Stderr = os.Stderr
	said, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(said, &took)
	}
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	return took
}

// costs are those of several runs of one command.
type costs []cost

// turns runs commands n times, one after the other in turn.
func turns(t testing.TB, n int, commands ...command) []costs {
	t.Helper()
	all := make([]costs, len(commands))
	for range n {
		for i, c := range commands {
			all[i] = append(all[i], c.run(t))
		}
	}
	return all
}

// median is the time in the middle, in seconds.
func (cs costs) median() float64 {
	sorted := slices.SortedFunc(slices.Values(cs), func(a, b cost) int { return cmp.Compare(a.Seconds, b.Seconds) })
	return sorted[len(sorted)/2].Seconds
}

// rss is the most memory that one of the runs took, in bytes.
func (cs costs) rss() int64 {
	return slices.MaxFunc(cs, func(a, b cost) int { return cmp.Compare(a.RSS, b.RSS) }).RSS
}

// cpu is the processor time that this process has used.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
